// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be done with bound models.
 */
#include <clockbound/eval.h>
#include <kunit/test.h>
#include <linux/prandom.h>

#include "../../src/claim/merge.h"
#include "../../src/claim/model.h"

/* 1 GHz, +-1 us, +-1 ppm at counter 1000000. */
static struct clockbound_model good_model(void)
{
	struct clockbound_model model = {
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.counter_shift = 1,
		.counter_value = 1000000,
		.earliest = 500000000 - 1000,
		.latest = 500000000 + 1000,
		.earliest_rate = (1ULL << 63) - (1ULL << 63) / 1000000,
		.latest_rate = (1ULL << 63) + (1ULL << 63) / 1000000,
		.valid_ticks = 1ULL << 60,
		.synchronized_ticks = CB_SYNCHRONIZED_FOR_GOOD,
	};

	cb_model_round_up(&model);
	return model;
}

static void expect_same(struct kunit *test, const struct clockbound_model *a,
			const struct clockbound_model *b, u64 counter)
{
	s64 earliest[2], latest[2];

	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(a, counter, &earliest[0], &latest[0]));
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(b, counter, &earliest[1], &latest[1]));
	KUNIT_EXPECT_EQ(test, earliest[0], earliest[1]);
	KUNIT_EXPECT_EQ(test, latest[0], latest[1]);
}

/* Lines that start elsewhere are the same lines, to the last bit. */
static void model_advance_loses_nothing(struct kunit *test)
{
	struct clockbound_model start = good_model();
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 10000; i++) {
		struct clockbound_model later = start;
		u64 counter = start.counter_value + prandom_u32_state(&rnd);

		KUNIT_ASSERT_TRUE(test, cb_model_advance(&later, counter));
		KUNIT_EXPECT_EQ(test, later.counter_value, counter);
		expect_same(test, &start, &later, counter);
		expect_same(test, &start, &later, counter + prandom_u32_state(&rnd));
	}
}

static void model_advance_backwards(struct kunit *test)
{
	struct clockbound_model start = good_model(), before = start;

	KUNIT_ASSERT_TRUE(test, cb_model_advance(&before, 3));
	expect_same(test, &start, &before, 3);
}

static void model_advance_too_far(struct kunit *test)
{
	struct clockbound_model model = good_model();

	model.valid_ticks = 1000;
	KUNIT_EXPECT_TRUE(test, cb_model_advance(&model, model.counter_value + 999));
	KUNIT_EXPECT_EQ(test, model.valid_ticks, 1ULL);
	KUNIT_EXPECT_FALSE(test, cb_model_advance(&model, model.counter_value + 1));
	KUNIT_EXPECT_FALSE(test, cb_model_has_lines(&model));
	KUNIT_EXPECT_EQ(test, model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_FALSE(test, cb_model_advance(&model, 0));
}

static void model_advance_ages_the_status(struct kunit *test)
{
	struct clockbound_model model = good_model();

	model.synchronized_ticks = 100;
	KUNIT_EXPECT_TRUE(test, cb_model_advance(&model, model.counter_value + 60));
	KUNIT_EXPECT_EQ(test, model.synchronized_ticks, 40ULL);
	KUNIT_EXPECT_TRUE(test, cb_model_advance(&model, model.counter_value + 60));
	KUNIT_EXPECT_EQ(test, model.synchronized_ticks, 0ULL);
	KUNIT_EXPECT_EQ(test, clockbound_eval_status(&model, model.counter_value),
			CLOCKBOUND_STATUS_FREE_RUNNING);
}

/* Never more ticks than the line needs, and at most one part in 2^20 fewer. */
static void model_ticks(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	KUNIT_EXPECT_EQ(test, cb_model_ticks(0, 1ULL << 63, 0), 0ULL);
	KUNIT_EXPECT_EQ(test, cb_model_ticks(U64_MAX, 0, 0), U64_MAX);
	KUNIT_EXPECT_EQ(test, cb_model_ticks(U64_MAX, 1, 31), U64_MAX >> 31);

	prandom_seed_state(&rnd, 2);
	for (i = 0; i < 100000; i++) {
		u64 rate = 1ULL << 62 | (u64)prandom_u32_state(&rnd) << 30;
		unsigned int shift = prandom_u32_state(&rnd) % 32;
		u64 ns = prandom_u32_state(&rnd) * (1ULL + prandom_u32_state(&rnd) % 1000000);
		u64 ticks = cb_model_ticks(ns, rate, shift);
		cb_u128 rise = ((cb_u128)ticks * rate) >> (64 - shift);
		u64 step = (rate >> (63 - shift)) + 1;

		KUNIT_ASSERT_TRUE(test, rise <= ns);
		KUNIT_ASSERT_TRUE(test, rise + (ns >> 20) + step >= ns);
	}
}

static void model_intersect_takes_the_tighter_lines(struct kunit *test)
{
	struct clockbound_model a = good_model(), b = good_model(), both;

	a.earliest += 300;
	b.latest -= 400;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_merge_intersect(&both, &b));
	KUNIT_EXPECT_EQ(test, both.earliest, a.earliest);
	KUNIT_EXPECT_EQ(test, both.latest, b.latest);
	both = b;
	KUNIT_ASSERT_TRUE(test, cb_merge_intersect(&both, &a));
	KUNIT_EXPECT_EQ(test, both.earliest, a.earliest);
	KUNIT_EXPECT_EQ(test, both.latest, b.latest);

	/* The fractions decide, too. */
	a = good_model();
	b = good_model();
	a.earliest_frac = 5;
	b.earliest_frac = 6;
	b.latest_frac -= 7;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_merge_intersect(&both, &b));
	KUNIT_EXPECT_EQ(test, both.earliest_frac, 6ULL);
	KUNIT_EXPECT_EQ(test, both.latest_frac, b.latest_frac);

	/* Of equal lines the one that stays tighter. */
	a = good_model();
	b = good_model();
	b.earliest_rate++;
	b.latest_rate--;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_merge_intersect(&both, &b));
	KUNIT_EXPECT_EQ(test, both.earliest_rate, b.earliest_rate);
	KUNIT_EXPECT_EQ(test, both.latest_rate, b.latest_rate);
	both = b;
	KUNIT_ASSERT_TRUE(test, cb_merge_intersect(&both, &a));
	KUNIT_EXPECT_EQ(test, both.earliest_rate, b.earliest_rate);
	KUNIT_EXPECT_EQ(test, both.latest_rate, b.latest_rate);
}

static void model_intersect_of_two_shifts(struct kunit *test)
{
	struct clockbound_model a = good_model(), b = good_model(), both;
	s64 earliest[2], latest[2];
	u64 counter = a.counter_value + 123456789;

	b.counter_shift = 4;
	b.earliest_rate = (b.earliest_rate >> 3) | 1;
	b.latest_rate = (b.latest_rate >> 3) | 1;
	a.latest_rate |= 1;
	b.earliest += 100;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_merge_intersect(&both, &b));
	KUNIT_EXPECT_EQ(test, both.counter_shift, 4);
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&both, counter, &earliest[0], &latest[0]));
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&b, counter, &earliest[1], &latest[1]));
	KUNIT_EXPECT_EQ(test, earliest[0], earliest[1]);
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&a, counter, &earliest[1], &latest[1]));
	KUNIT_EXPECT_GE(test, latest[0], latest[1]);
	KUNIT_EXPECT_LE(test, latest[0], latest[1] + 1);
	both = b;
	KUNIT_ASSERT_TRUE(test, cb_merge_intersect(&both, &a));
	KUNIT_EXPECT_EQ(test, both.counter_shift, 4);
}

/* What does not overlap contradicts each other: both are inside, for ever. */
static void model_hull(struct kunit *test)
{
	struct clockbound_model a = good_model(), b = good_model(), hull;
	s64 earliest[2], latest[2];
	u64 counter;
	int i;

	b.earliest += 5000;
	b.latest += 5000;
	b.earliest_rate -= 1ULL << 40;
	b.latest_rate -= 1ULL << 40;
	for (i = 0; i < 2; i++) {
		hull = i ? a : b;
		KUNIT_ASSERT_FALSE(test, cb_merge_intersect(&hull, i ? &b : &a));
		KUNIT_EXPECT_EQ(test, hull.status, CLOCKBOUND_STATUS_FREE_RUNNING);
		for (counter = a.counter_value; counter < 1ULL << 50; counter *= 2) {
			KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&hull, counter, &earliest[0],
								 &latest[0]));
			KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&a, counter, &earliest[1],
								 &latest[1]));
			KUNIT_EXPECT_LE(test, earliest[0], earliest[1]);
			KUNIT_EXPECT_GE(test, latest[0], latest[1]);
			KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&b, counter, &earliest[1],
								 &latest[1]));
			KUNIT_EXPECT_LE(test, earliest[0], earliest[1]);
			KUNIT_EXPECT_GE(test, latest[0], latest[1]);
		}
	}
}

/* I3: lines that converge are used up to where they would cross, and no further. */
static void model_converging_lines(struct kunit *test)
{
	struct clockbound_model a = good_model(), b = good_model(), both;
	s64 earliest, latest;
	u64 last;

	b.latest += 100;
	a.latest += 200;
	b.earliest_rate -= b.earliest_rate / 1000;
	b.latest_rate -= b.latest_rate / 1000;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_merge_intersect(&both, &b));
	KUNIT_ASSERT_GT(test, both.earliest_rate, both.latest_rate);
	last = both.counter_value + both.valid_ticks - 1;
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&both, last, &earliest, &latest));
	KUNIT_EXPECT_LE(test, earliest, latest);
	KUNIT_EXPECT_LE(test, latest - earliest, 5LL);
	KUNIT_EXPECT_EQ(test, 0, clockbound_eval(&both, last + 1, &earliest, &latest));

	/* No room at all. */
	b.latest = a.earliest + 1;
	b.latest_frac = 0;
	b.earliest = a.earliest - 1;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_merge_intersect(&both, &b));
	KUNIT_EXPECT_FALSE(test, cb_model_has_lines(&both));
}

static void model_intersect_status(struct kunit *test)
{
	struct clockbound_model a = good_model(), b = good_model(), both;

	a.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	a.synchronized_ticks = 0;
	b.synchronized_ticks = 500;
	b.valid_ticks = 1000;
	both = a;
	KUNIT_ASSERT_TRUE(test, cb_merge_intersect(&both, &b));
	KUNIT_EXPECT_EQ(test, both.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, both.synchronized_ticks, 500ULL);
	KUNIT_EXPECT_EQ(test, both.valid_ticks, 1000ULL);
	a.status = CLOCKBOUND_STATUS_SYNCHRONIZED;
	a.synchronized_ticks = 700;
	both = b;
	KUNIT_ASSERT_TRUE(test, cb_merge_intersect(&both, &a));
	KUNIT_EXPECT_EQ(test, both.synchronized_ticks, 700ULL);
}

static struct kunit_case model_cases[] = {
	KUNIT_CASE(model_advance_loses_nothing),
	KUNIT_CASE(model_advance_backwards),
	KUNIT_CASE(model_advance_too_far),
	KUNIT_CASE(model_advance_ages_the_status),
	KUNIT_CASE(model_ticks),
	KUNIT_CASE(model_intersect_takes_the_tighter_lines),
	KUNIT_CASE(model_intersect_of_two_shifts),
	KUNIT_CASE(model_hull),
	KUNIT_CASE(model_converging_lines),
	KUNIT_CASE(model_intersect_status),
	{ }
};

static struct kunit_suite model_suite = {
	.name = "clockbound_model",
	.test_cases = model_cases,
};

kunit_test_suite(model_suite);
