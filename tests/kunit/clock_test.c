// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system clock's lines.
 */
#include <clockbound/eval.h>
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/time64.h>

#include "../../src/source/clock.h"
#include "../../src/source/realtime.h"

#define SECOND	NSEC_PER_SEC

/* A counter of 1 GHz, and a clock that starts at 1000 s with it. */
static const struct cb_clock nanoseconds = {
	.usable = true,
	.source = 1,
	.mask = U64_MAX,
	.realtime = 1000 * SECOND,
	.mult = 1U << 24,
	.shift = 24,
	.raw_mult = 1U << 24,
	.raw_shift = 24,
	.tai_offset = 37,
};

/* From a counter value to CLOCK_MONOTONIC_RAW and back, before and after a snapshot. */
static void clock_counters_of_raw(struct kunit *test)
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

static void clock_goes_on(struct kunit *test)
{
	struct cb_clock before = nanoseconds, after;

	before.mult += 12345;
	before.realtime_frac = 99;
	after = before;
	after.counter_value = 777777777;
	after.raw += 777777777;
	after.realtime += (777777777ULL * before.mult + 99) >> 24;
	after.realtime_frac = (777777777ULL * before.mult + 99) & ((1 << 24) - 1);
	KUNIT_EXPECT_TRUE(test, cb_clock_continues(&before, &after));
	after.realtime_frac ^= 1;
	KUNIT_EXPECT_FALSE(test, cb_clock_continues(&before, &after));
	after.realtime_frac ^= 1;
	after.mult++;
	KUNIT_EXPECT_FALSE(test, cb_clock_continues(&before, &after));
	after.mult--;
	KUNIT_EXPECT_TRUE(test, cb_clock_continues(&before, &after));
	after.source = 2;
	KUNIT_EXPECT_FALSE(test, cb_clock_continues(&before, &after));
}

/* What ends an epoch: not what is done to CLOCK_REALTIME. */
static void clock_epochs(struct kunit *test)
{
	struct cb_clock before = nanoseconds, after;

	before.raw_mult += 54321;
	before.raw_frac = 77;
	/* A clocksource of 32 bits that wraps meanwhile. */
	before.usable = false;
	before.mask = U32_MAX;
	before.counter_value = U32_MAX - 1000;
	after = before;
	after.counter_value = 777777777 - 1001;
	after.raw += (777777777ULL * before.raw_mult + 77) >> 24;
	after.raw_frac = (777777777ULL * before.raw_mult + 77) & ((1 << 24) - 1);
	after.realtime -= 3600 * SECOND;
	after.mult += 1000;
	KUNIT_EXPECT_TRUE(test, cb_clock_same_epoch(&before, &after));
	KUNIT_EXPECT_FALSE(test, cb_clock_continues(&before, &after));

	/* A suspend, however short; another frequency; another clocksource. */
	after.raw_frac ^= 1;
	KUNIT_EXPECT_FALSE(test, cb_clock_same_epoch(&before, &after));
	after.raw_frac ^= 1;
	after.raw--;
	KUNIT_EXPECT_FALSE(test, cb_clock_same_epoch(&before, &after));
	after.raw++;
	after.raw_mult++;
	KUNIT_EXPECT_FALSE(test, cb_clock_same_epoch(&before, &after));
	after.raw_mult--;
	after.source = 2;
	KUNIT_EXPECT_FALSE(test, cb_clock_same_epoch(&before, &after));
}

/* Every clocksource's clock as a function of CLOCK_MONOTONIC_RAW. */
static void clock_over_raw(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, 20261121);
	for (i = 0; i < 100000; i++) {
		u32 mult = (1U << 16) + (prandom_u32_state(&rnd) >> 1);
		struct cb_clock clock = {
			.counter_value = prandom_u32_state(&rnd),
			.realtime = 1000 * SECOND + prandom_u32_state(&rnd),
			.raw = prandom_u32_state(&rnd),
			.mult = mult + (s32)(prandom_u32_state(&rnd) % (mult / 5)) - (s32)mult / 10,
			.raw_mult = mult,
			.shift = 24,
			.raw_shift = 24,
		};
		struct clockbound_realtime line;
		struct cb_clock over_raw;
		/* Up to 10 s */
		u64 cycles = ((u64)prandom_u32_state(&rnd) << 25) / mult;
		u64 raw = clock.raw + (cycles * clock.raw_mult >> 24);
		s64 realtime = clock.realtime + (s64)(cycles * clock.mult >> 24), spare;

		cb_clock_over_raw(&clock, &over_raw);
		cb_realtime_line(&over_raw, &line);
		KUNIT_ASSERT_TRUE(test, line.valid);
		KUNIT_ASSERT_EQ(test, line.counter_value, clock.raw);
		spare = realtime - clockbound_eval_realtime(&line, raw);
		/* 2^-31 of 10 s, and what was rounded down. */
		KUNIT_ASSERT_GE(test, spare, -1LL);
		KUNIT_ASSERT_LE(test, spare, 7LL);
	}
}

/* Slow and fast counters, all shifts that a clocksource has: without rounding. */
static void clock_lines(struct kunit *test)
{
	struct cb_clock clock = nanoseconds;
	struct clockbound_realtime line;
	u32 mult;

	for (clock.shift = 1; clock.shift <= 32; clock.shift++) {
		for (mult = 1U << 8; mult; mult <<= 1) {
			clock.mult = mult + 1;
			cb_realtime_line(&clock, &line);
			KUNIT_ASSERT_TRUE(test, line.valid);
			KUNIT_ASSERT_EQ(test, clockbound_eval_realtime(&line, 1000), (s64)
					(1000 * SECOND + (1000ULL * clock.mult >> clock.shift)));
			KUNIT_ASSERT_EQ(test, clockbound_eval_realtime(&line, -1000ULL), (s64)
					(1000 * SECOND - 1 - ((1000ULL * clock.mult - 1) >>
							      clock.shift)));
		}
	}
}

/* How often it did not go on, and how far it was set. */
static void clock_timeline(struct kunit *test)
{
	struct cb_timeline timeline = { };
	struct cb_clock clock = nanoseconds;

	cb_timeline_follow(&timeline, &clock, true);
	KUNIT_EXPECT_EQ(test, timeline.epochs, 1ULL);
	KUNIT_EXPECT_EQ(test, timeline.steps, 0ULL);
	clock.counter_value += 5000;
	clock.realtime += 5000;
	clock.raw += 5000;
	cb_timeline_follow(&timeline, &clock, true);
	KUNIT_EXPECT_EQ(test, timeline.epochs, 1ULL);
	KUNIT_EXPECT_EQ(test, timeline.steps, 0ULL);
	/* A slew begins in the middle of a tick. */
	clock.mult += 1000000;
	clock.realtime -= 300;
	cb_timeline_follow(&timeline, &clock, false);
	KUNIT_EXPECT_EQ(test, timeline.steps, 0ULL);
	clock.counter_value += 1000;
	clock.realtime += (1000ULL * clock.mult >> 24) - SECOND;
	clock.raw += 1000;
	cb_timeline_follow(&timeline, &clock, true);
	KUNIT_EXPECT_EQ(test, timeline.epochs, 1ULL);
	KUNIT_EXPECT_EQ(test, timeline.steps, 1ULL);
	KUNIT_EXPECT_EQ(test, timeline.jump, -SECOND);
	clock.counter_value += 1000;
	cb_timeline_follow(&timeline, &clock, true);
	KUNIT_EXPECT_EQ(test, timeline.epochs, 2ULL);
	KUNIT_EXPECT_EQ(test, timeline.steps, 1ULL);
}

static struct kunit_case clock_cases[] = {
	KUNIT_CASE(clock_counters_of_raw),
	KUNIT_CASE(clock_goes_on),
	KUNIT_CASE(clock_epochs),
	KUNIT_CASE(clock_over_raw),
	KUNIT_CASE(clock_lines),
	KUNIT_CASE(clock_timeline),
	{ }
};

static struct kunit_suite clock_suite = {
	.name = "clockbound_clock",
	.test_cases = clock_cases,
};

kunit_test_suite(clock_suite);
