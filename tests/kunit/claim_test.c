// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be done with claims, and what they amount to together.
 */
#include <kunit/test.h>
#include <linux/prandom.h>

#include "../../src/claim/claim.h"
#include "lines.h"

/* 1 GHz, +-1 us, +-1 ppm at counter 1000000. */
static struct cb_bound good_bound(void)
{
	return (struct cb_bound) {
		.claim = {
			.counter = 1000000,
			.earliest = 500000000 - 1000,
			.latest = 500000000 + 1000,
			.earliest_rate = (1ULL << 63) - (1ULL << 63) / 1000000,
			.latest_rate = (1ULL << 63) + (1ULL << 63) / 1000000,
			.tai_offset = CB_TAI_UNKNOWN,
			.shift = 1,
		},
		.ticks = 1ULL << 60,
		.synchronized_ticks = CB_TICKS_NO_END,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
	};
}

static void expect_same(struct kunit *test, const struct cb_bound *a,
			const struct cb_bound *b, u64 counter)
{
	s64 earliest[2], latest[2];

	KUNIT_ASSERT_EQ(test, 1, bound_eval(a, counter, &earliest[0], &latest[0]));
	KUNIT_ASSERT_EQ(test, 1, bound_eval(b, counter, &earliest[1], &latest[1]));
	KUNIT_EXPECT_EQ(test, earliest[0], earliest[1]);
	KUNIT_EXPECT_EQ(test, latest[0], latest[1]);
}

/* Lines that start elsewhere are the same lines, to the last bit. */
static void claim_move_loses_nothing(struct kunit *test)
{
	struct cb_bound start = good_bound();
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 10000; i++) {
		struct cb_bound later = start;
		u64 counter = start.claim.counter + prandom_u32_state(&rnd);

		KUNIT_ASSERT_TRUE(test, cb_bound_move(&later, counter));
		KUNIT_EXPECT_EQ(test, later.claim.counter, counter);
		expect_same(test, &start, &later, counter);
		expect_same(test, &start, &later, counter + prandom_u32_state(&rnd));
	}
}

static void claim_move_backwards(struct kunit *test)
{
	struct cb_bound start = good_bound(), before = start;

	KUNIT_ASSERT_TRUE(test, cb_bound_move(&before, 3));
	expect_same(test, &start, &before, 3);
}

static void claim_move_too_far(struct kunit *test)
{
	struct cb_bound bound = good_bound();

	bound.ticks = 1000;
	KUNIT_EXPECT_TRUE(test, cb_bound_move(&bound, bound.claim.counter + 999));
	KUNIT_EXPECT_EQ(test, bound.ticks, 1ULL);
	KUNIT_EXPECT_FALSE(test, cb_bound_move(&bound, bound.claim.counter + 1));
	KUNIT_EXPECT_FALSE(test, bound.ticks);
	KUNIT_EXPECT_EQ(test, bound.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_FALSE(test, cb_bound_move(&bound, 0));
}

static void claim_move_ages_the_status(struct kunit *test)
{
	struct cb_bound bound = good_bound();

	bound.synchronized_ticks = 100;
	KUNIT_EXPECT_TRUE(test, cb_bound_move(&bound, bound.claim.counter + 60));
	KUNIT_EXPECT_EQ(test, bound.synchronized_ticks, 40ULL);
	KUNIT_EXPECT_TRUE(test, cb_bound_move(&bound, bound.claim.counter + 60));
	KUNIT_EXPECT_EQ(test, bound.synchronized_ticks, 0ULL);
}

/* Never more ticks than the line needs, and at most one part in 2^20 fewer. */
static void claim_ticks_of_a_line(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	KUNIT_EXPECT_EQ(test, cb_claim_ticks(0, 1ULL << 63, 0), 0ULL);
	KUNIT_EXPECT_EQ(test, cb_claim_ticks(U64_MAX, 0, 0), U64_MAX);
	KUNIT_EXPECT_EQ(test, cb_claim_ticks(U64_MAX, 1, 31), U64_MAX >> 31);

	prandom_seed_state(&rnd, 2);
	for (i = 0; i < 100000; i++) {
		u64 rate = 1ULL << 62 | (u64)prandom_u32_state(&rnd) << 30;
		unsigned int shift = prandom_u32_state(&rnd) % 32;
		u64 ns = prandom_u32_state(&rnd) * (1ULL + prandom_u32_state(&rnd) % 1000000);
		u64 ticks = cb_claim_ticks(ns, rate, shift);
		cb_u128 rise = ((cb_u128)ticks * rate) >> (64 - shift);
		u64 step = (rate >> (63 - shift)) + 1;

		KUNIT_ASSERT_TRUE(test, rise <= ns);
		KUNIT_ASSERT_TRUE(test, rise + (ns >> 20) + step >= ns);
	}
}

static void claim_intersect_takes_the_tighter_lines(struct kunit *test)
{
	struct cb_bound a = good_bound(), b = good_bound(), both;

	a.claim.earliest += 300;
	b.claim.latest -= 400;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_bound_intersect(&both, &b));
	KUNIT_EXPECT_EQ(test, both.claim.earliest, a.claim.earliest);
	KUNIT_EXPECT_EQ(test, both.claim.latest, b.claim.latest);
	both = b;
	KUNIT_ASSERT_TRUE(test, cb_bound_intersect(&both, &a));
	KUNIT_EXPECT_EQ(test, both.claim.earliest, a.claim.earliest);
	KUNIT_EXPECT_EQ(test, both.claim.latest, b.claim.latest);

	/* The fractions decide, too. */
	a = good_bound();
	b = good_bound();
	a.claim.earliest_frac = 5;
	b.claim.earliest_frac = 6;
	b.claim.latest--;
	b.claim.latest_frac -= 7;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_bound_intersect(&both, &b));
	KUNIT_EXPECT_EQ(test, both.claim.earliest_frac, 6ULL);
	KUNIT_EXPECT_EQ(test, both.claim.latest_frac, b.claim.latest_frac);

	/* Of equal lines the one that stays tighter. */
	a = good_bound();
	b = good_bound();
	b.claim.earliest_rate++;
	b.claim.latest_rate--;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_bound_intersect(&both, &b));
	KUNIT_EXPECT_EQ(test, both.claim.earliest_rate, b.claim.earliest_rate);
	KUNIT_EXPECT_EQ(test, both.claim.latest_rate, b.claim.latest_rate);
	both = b;
	KUNIT_ASSERT_TRUE(test, cb_bound_intersect(&both, &a));
	KUNIT_EXPECT_EQ(test, both.claim.earliest_rate, b.claim.earliest_rate);
	KUNIT_EXPECT_EQ(test, both.claim.latest_rate, b.claim.latest_rate);
}

static void claim_intersect_of_two_shifts(struct kunit *test)
{
	struct cb_bound a = good_bound(), b = good_bound(), both;
	s64 earliest[2], latest[2];
	u64 counter = a.claim.counter + 123456789;

	b.claim.shift = 4;
	b.claim.earliest_rate = (b.claim.earliest_rate >> 3) | 1;
	b.claim.latest_rate = (b.claim.latest_rate >> 3) | 1;
	a.claim.latest_rate |= 1;
	b.claim.earliest += 100;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_bound_intersect(&both, &b));
	KUNIT_EXPECT_EQ(test, both.claim.shift, 4);
	KUNIT_ASSERT_EQ(test, 1, bound_eval(&both, counter, &earliest[0], &latest[0]));
	KUNIT_ASSERT_EQ(test, 1, bound_eval(&b, counter, &earliest[1], &latest[1]));
	KUNIT_EXPECT_EQ(test, earliest[0], earliest[1]);
	KUNIT_ASSERT_EQ(test, 1, bound_eval(&a, counter, &earliest[1], &latest[1]));
	KUNIT_EXPECT_GE(test, latest[0], latest[1]);
	KUNIT_EXPECT_LE(test, latest[0], latest[1] + 1);
	both = b;
	KUNIT_ASSERT_TRUE(test, cb_bound_intersect(&both, &a));
	KUNIT_EXPECT_EQ(test, both.claim.shift, 4);

	/* To the wider side. */
	both = a;
	both.claim.earliest_rate = 15;
	both.claim.latest_rate = 17;
	cb_claim_use_shift(&both.claim, 4);
	KUNIT_EXPECT_EQ(test, both.claim.earliest_rate, 1ULL);
	KUNIT_EXPECT_EQ(test, both.claim.latest_rate, 3ULL);
}

/* What does not overlap contradicts each other: both are inside, for ever. */
static void claim_hull(struct kunit *test)
{
	struct cb_bound a = good_bound(), b = good_bound(), hull;
	s64 earliest[2], latest[2];
	u64 counter;
	int i;

	b.claim.earliest += 5000;
	b.claim.latest += 5000;
	b.claim.earliest_rate -= 1ULL << 40;
	b.claim.latest_rate -= 1ULL << 40;
	for (i = 0; i < 2; i++) {
		hull = i ? a : b;
		KUNIT_ASSERT_FALSE(test, cb_bound_intersect(&hull, i ? &b : &a));
		KUNIT_EXPECT_EQ(test, hull.status, CLOCKBOUND_STATUS_FREE_RUNNING);
		for (counter = a.claim.counter; counter < 1ULL << 50; counter *= 2) {
			KUNIT_ASSERT_EQ(test, 1, bound_eval(&hull, counter, &earliest[0],
							    &latest[0]));
			KUNIT_ASSERT_EQ(test, 1, bound_eval(&a, counter, &earliest[1],
							    &latest[1]));
			KUNIT_EXPECT_LE(test, earliest[0], earliest[1]);
			KUNIT_EXPECT_GE(test, latest[0], latest[1]);
			KUNIT_ASSERT_EQ(test, 1, bound_eval(&b, counter, &earliest[1],
							    &latest[1]));
			KUNIT_EXPECT_LE(test, earliest[0], earliest[1]);
			KUNIT_EXPECT_GE(test, latest[0], latest[1]);
		}
	}
}

/* I3: lines that converge are used up to where they would cross, and no further. */
static void claim_converging_lines(struct kunit *test)
{
	struct cb_bound a = good_bound(), b = good_bound(), both;
	s64 earliest, latest;
	u64 last;

	b.claim.latest += 100;
	a.claim.latest += 200;
	b.claim.earliest_rate -= b.claim.earliest_rate / 1000;
	b.claim.latest_rate -= b.claim.latest_rate / 1000;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_bound_intersect(&both, &b));
	KUNIT_ASSERT_GT(test, both.claim.earliest_rate, both.claim.latest_rate);
	last = both.claim.counter + both.ticks - 1;
	KUNIT_ASSERT_EQ(test, 1, bound_eval(&both, last, &earliest, &latest));
	KUNIT_EXPECT_LE(test, earliest, latest);
	KUNIT_EXPECT_LE(test, latest - earliest, 5LL);
	KUNIT_EXPECT_EQ(test, 0, bound_eval(&both, last + 1, &earliest, &latest));

	/* No room at all. */
	b.claim.latest = a.claim.earliest;
	b.claim.earliest = a.claim.earliest - 1;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_bound_intersect(&both, &b));
	KUNIT_EXPECT_FALSE(test, both.ticks);
}

static void claim_intersect_status(struct kunit *test)
{
	struct cb_bound a = good_bound(), b = good_bound(), both;

	a.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	a.synchronized_ticks = 0;
	b.synchronized_ticks = 500;
	b.ticks = 1000;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_bound_intersect(&both, &b));
	KUNIT_EXPECT_EQ(test, both.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, both.synchronized_ticks, 500ULL);
	KUNIT_EXPECT_EQ(test, both.ticks, 1000ULL);
	a.status = CLOCKBOUND_STATUS_SYNCHRONIZED;
	a.synchronized_ticks = 700;
	both = b;
	KUNIT_ASSERT_TRUE(test, cb_bound_intersect(&both, &a));
	KUNIT_EXPECT_EQ(test, both.synchronized_ticks, 700ULL);
}

static struct kunit_case claim_cases[] = {
	KUNIT_CASE(claim_move_loses_nothing),
	KUNIT_CASE(claim_move_backwards),
	KUNIT_CASE(claim_move_too_far),
	KUNIT_CASE(claim_move_ages_the_status),
	KUNIT_CASE(claim_ticks_of_a_line),
	KUNIT_CASE(claim_intersect_takes_the_tighter_lines),
	KUNIT_CASE(claim_intersect_of_two_shifts),
	KUNIT_CASE(claim_hull),
	KUNIT_CASE(claim_converging_lines),
	KUNIT_CASE(claim_intersect_status),
	{ }
};

static struct kunit_suite claim_suite = {
	.name = "clockbound_claim",
	.test_cases = claim_cases,
};

kunit_test_suite(claim_suite);
