// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system clock as a source.
 */
#include <clockbound/eval.h>
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/time64.h>

#include "../../src/system.h"

#define SECOND	NSEC_PER_SEC

/* A counter of 1 GHz, and a clock that starts at 1000 s with it. */
static const struct cb_clock nanoseconds = {
	.usable = true,
	.realtime = 1000 * SECOND,
	.mult = 1U << 24,
	.shift = 24,
	.raw_mult = 1U << 24,
	.raw_shift = 24,
	.tai_offset = 37,
};

static const struct cb_claim claim_10us = {
	.bound = 10000,
	.max_drift = 1000,
	.fresh_until = 5 * SECOND,
	.void_after = 1000 * SECOND,
};

/* ClockBound's growth vectors: a bound of 10000 ns that drifts by 1000 ppb. */
static void system_growth_vectors(struct kunit *test)
{
	static const struct {
		u64 seconds;
		s64 half_width;
	} vectors[] = { { 2, 12000 }, { 4, 14000 }, { 8, 18000 }, { 10, 20000 } };
	struct clockbound_model model;
	s64 earliest, latest;
	int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		s64 now = vectors[i].seconds * SECOND;
		s64 spare;

		KUNIT_ASSERT_TRUE(test, cb_system_model(&nanoseconds, &claim_10us, now, &model));
		KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&model, now, &earliest, &latest));
		/* Never less, and not more than what the raw clock's rate is worth. */
		spare = (latest - earliest) - 2 * vectors[i].half_width;
		KUNIT_EXPECT_GE(test, spare, 0LL);
		KUNIT_EXPECT_LE(test, spare, 2 * (vectors[i].half_width / 1000 + 4));
		KUNIT_EXPECT_EQ(test, (latest + earliest) / 2, 1000 * SECOND + now);
		KUNIT_EXPECT_EQ(test, model.status, vectors[i].seconds < 5 ?
				CLOCKBOUND_STATUS_SYNCHRONIZED : CLOCKBOUND_STATUS_FREE_RUNNING);
	}
}

/* The line that is published widens as the claim does. */
static void system_line_is_the_claim(struct kunit *test)
{
	struct clockbound_model start, later;
	s64 earliest, latest, now;
	s64 earliest_then, latest_then;

	KUNIT_ASSERT_TRUE(test, cb_system_model(&nanoseconds, &claim_10us, 0, &start));
	for (now = 0; now < 900 * SECOND; now += 7 * SECOND + 12345) {
		KUNIT_ASSERT_TRUE(test, cb_system_model(&nanoseconds, &claim_10us, now, &later));
		KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&start, now, &earliest, &latest));
		KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&later, now, &earliest_then,
							 &latest_then));
		KUNIT_ASSERT_GE(test, earliest_then + 4, earliest);
		KUNIT_ASSERT_LE(test, latest_then - 4, latest);
		KUNIT_ASSERT_LE(test, abs((latest - earliest) - (latest_then - earliest_then)),
				(latest - earliest) / 500 + 8);
		KUNIT_ASSERT_EQ(test, clockbound_eval_realtime(&start, now), 1000 * SECOND + now);
	}
}

/* From a counter value to CLOCK_MONOTONIC_RAW and back, before and after a snapshot. */
static void system_counters_of_raw(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, 20261121);
	for (i = 0; i < 100000; i++) {
		/* 250 MHz to 8 GHz */
		struct cb_clock early = {
			.usable = true,
			.counter_value = prandom_u32_state(&rnd),
			.raw = 1000 * SECOND + prandom_u32_state(&rnd),
			.raw_mult = (1U << 21) + prandom_u32_state(&rnd) % (1U << 26),
			.raw_shift = 24,
		};
		struct cb_clock late = early;
		u64 distance = (u64)prandom_u32_state(&rnd) << 4;
		u64 counter = early.counter_value + (u64)(prandom_u32_state(&rnd) << 1);
		u64 first, last, ns;

		/* The same line, further on. */
		ns = distance * early.raw_mult + early.raw_frac;
		late.counter_value += distance;
		late.raw += ns >> late.raw_shift;
		late.raw_frac = ns & ((1U << late.raw_shift) - 1);
		KUNIT_ASSERT_EQ(test, late.raw, cb_clock_raw(&early, late.counter_value));

		cb_clock_counters(&late, cb_clock_raw(&early, counter), &first, &last);
		KUNIT_ASSERT_LE(test, first, counter);
		KUNIT_ASSERT_GE(test, last, counter);
		/* A few ns wide, and a few ticks. */
		KUNIT_ASSERT_LE(test, last - first, 3 + (5ULL << 24) / late.raw_mult);
	}
}

static void system_ends_of_a_claim(struct kunit *test)
{
	struct clockbound_model model;
	s64 earliest, latest;

	KUNIT_ASSERT_TRUE(test, cb_system_model(&nanoseconds, &claim_10us, 0, &model));
	KUNIT_EXPECT_EQ(test, clockbound_eval_status(&model, 4 * SECOND),
			CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, clockbound_eval_status(&model, 5 * SECOND),
			CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_EQ(test, 1, clockbound_eval(&model, 990 * SECOND, &earliest, &latest));
	KUNIT_EXPECT_EQ(test, 0, clockbound_eval(&model, 1000 * SECOND, &earliest, &latest));

	KUNIT_EXPECT_FALSE(test, cb_system_model(&nanoseconds, &claim_10us, 1000 * SECOND,
						 &model));
	KUNIT_EXPECT_EQ(test, model.valid_ticks, 0);
}

static void system_without_the_counter(struct kunit *test)
{
	struct cb_clock other = nanoseconds;
	struct clockbound_model model;

	other.tai_offset = 0;
	KUNIT_EXPECT_TRUE(test, cb_system_model(&other, &claim_10us, 0, &model));
	KUNIT_EXPECT_EQ(test, model.flags & CLOCKBOUND_MODEL_TAI, 0);
	other.usable = false;
	KUNIT_EXPECT_FALSE(test, cb_system_model(&other, &claim_10us, 0, &model));
	KUNIT_EXPECT_EQ(test, model.valid_ticks, 0);
}

static void system_absurd_clocks(struct kunit *test)
{
	struct cb_clock clock = nanoseconds;
	struct clockbound_model model;

	clock.realtime = S64_MAX;
	KUNIT_EXPECT_FALSE(test, cb_system_model(&clock, &claim_10us, 0, &model));
	clock.realtime = S64_MIN;
	KUNIT_EXPECT_FALSE(test, cb_system_model(&clock, &claim_10us, 0, &model));
}

/* An earlier claim, aged, stays if it is the tighter one. */
static void system_history(struct kunit *test)
{
	struct cb_claim claim = claim_10us;
	struct cb_claim wide = {
		.as_of = SECOND,
		.bound = 50000,
		.max_drift = 1000,
		.fresh_until = 6 * SECOND,
		.void_after = 1001 * SECOND,
	};
	struct cb_claim tight = { .as_of = 2 * SECOND, .bound = 5000, .void_after = SECOND };

	cb_claim_update(&claim, &wide, SECOND);
	KUNIT_EXPECT_EQ(test, claim.bound, 10000ULL);
	KUNIT_EXPECT_EQ(test, claim.as_of, 0ULL);
	KUNIT_EXPECT_EQ(test, claim.fresh_until, wide.fresh_until);
	KUNIT_EXPECT_EQ(test, claim.void_after, wide.void_after);
	cb_claim_update(&claim, &tight, 2 * SECOND);
	KUNIT_EXPECT_MEMEQ(test, &claim, &tight, sizeof(claim));
}

static void system_clock_goes_on(struct kunit *test)
{
	struct cb_clock before = nanoseconds, after;

	before.mult += 12345;
	before.realtime_frac = 99;
	after = before;
	after.counter_value = 777777777;
	after.realtime += (777777777ULL * before.mult + 99) >> 24;
	after.realtime_frac = (777777777ULL * before.mult + 99) & ((1 << 24) - 1);
	KUNIT_EXPECT_TRUE(test, cb_clock_same(&before, &after));
	after.realtime_frac ^= 1;
	KUNIT_EXPECT_FALSE(test, cb_clock_same(&before, &after));
	after.realtime_frac ^= 1;
	after.mult++;
	KUNIT_EXPECT_FALSE(test, cb_clock_same(&before, &after));
	after.mult--;
	after.tai_offset = 38;
	KUNIT_EXPECT_FALSE(test, cb_clock_same(&before, &after));
	after.usable = false;
	KUNIT_EXPECT_FALSE(test, cb_clock_same(&before, &after));
	before.usable = false;
	KUNIT_EXPECT_FALSE(test, cb_clock_same(&before, &after));
}

/* Slow and fast counters, all shifts that a clocksource has. */
static void system_counters(struct kunit *test)
{
	struct cb_clock clock = nanoseconds;
	struct clockbound_model model;
	s64 earliest, latest;
	u32 mult;

	for (clock.shift = 8; clock.shift <= 32; clock.shift++) {
		for (mult = 1U << 8; mult; mult <<= 1) {
			u64 ns;

			clock.mult = mult + 1;
			clock.raw_mult = clock.mult;
			clock.raw_shift = clock.shift;
			ns = (cb_u128)1000 * clock.mult >> clock.shift;
			if (!cb_system_model(&clock, &claim_10us, 0, &model))
				continue;
			if (!clockbound_eval(&model, 1000, &earliest, &latest))
				continue;
			KUNIT_ASSERT_LE(test, earliest, (s64)(1000 * SECOND + ns - 10000));
			KUNIT_ASSERT_GE(test, latest, (s64)(1000 * SECOND + ns + 10000));
			KUNIT_ASSERT_EQ(test, clockbound_eval_realtime(&model, 1000),
					(s64)(1000 * SECOND + ns));
		}
	}
}

/* In a model with its own unit, as a VMClock's for a counter of more than 1 GHz. */
static void system_realtime_in_another_unit(struct kunit *test)
{
	struct clockbound_model model = { .counter_value = 1000, .valid_ticks = 1ULL << 40 };
	struct cb_clock clock = nanoseconds;

	clock.mult = (1U << 24) / 5 * 4 + 1;
	cb_clock_realtime(&clock, &model);
	KUNIT_EXPECT_EQ(test, model.flags & CLOCKBOUND_MODEL_REALTIME,
			CLOCKBOUND_MODEL_REALTIME);
	KUNIT_EXPECT_EQ(test, clockbound_eval_realtime(&model, 1000 * SECOND),
			1000 * SECOND + (s64)(((cb_u128)1000 * SECOND * clock.mult) >> 24));
	/* A rate that does not fit into the unit. */
	clock.mult = 1U << 24;
	cb_clock_realtime(&clock, &model);
	KUNIT_EXPECT_EQ(test, model.flags & CLOCKBOUND_MODEL_REALTIME, 0);
	model.counter_shift = 31;
	cb_clock_realtime(&clock, &model);
	KUNIT_EXPECT_EQ(test, model.flags & CLOCKBOUND_MODEL_REALTIME,
			CLOCKBOUND_MODEL_REALTIME);
	KUNIT_EXPECT_EQ(test, model.realtime_rate, 1ULL << 33);
}

static struct kunit_case system_cases[] = {
	KUNIT_CASE(system_counters_of_raw),
	KUNIT_CASE(system_growth_vectors),
	KUNIT_CASE(system_line_is_the_claim),
	KUNIT_CASE(system_ends_of_a_claim),
	KUNIT_CASE(system_without_the_counter),
	KUNIT_CASE(system_absurd_clocks),
	KUNIT_CASE(system_history),
	KUNIT_CASE(system_clock_goes_on),
	KUNIT_CASE(system_counters),
	KUNIT_CASE(system_realtime_in_another_unit),
	{ }
};

static struct kunit_suite system_suite = {
	.name = "clockbound_system",
	.test_cases = system_cases,
};

kunit_test_suite(system_suite);
