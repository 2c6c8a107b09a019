// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a report claims, against exact arithmetic.
 */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/time64.h>

#include "../../src/source/report.h"
#include "lines.h"

#define SECOND		((s64)NSEC_PER_SEC)
#define START		(1795219200LL * SECOND)
#define UPTIME		(1000 * SECOND)
#define SHIFT		24

/* A counter of 1 GHz. */
static const struct cb_clock nanoseconds = {
	.usable = true,
	.source = 1,
	.mask = U64_MAX,
	.raw = UPTIME,
	.mult = 1U << SHIFT,
	.shift = SHIFT,
	.raw_mult = 1U << SHIFT,
	.raw_shift = SHIFT,
};

static const struct clockbound_report good_report = {
	.size = sizeof(good_report),
	.as_of = UPTIME,
	.void_after = UPTIME + 1000 * SECOND,
	.time = START,
	.bound = 10000,
	.measured = UPTIME,
	.max_drift = 1000,
	.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
};

/* From as_of on, or from the clock's snapshot if that is later. */
static bool bound_of(const struct cb_report *taken, const struct cb_clock *clock,
		     struct cb_bound *bound)
{
	struct cb_claim claim;

	cb_report_claim(taken, clock, &claim);
	return cb_report_bound(taken, &claim, clock, claim.counter, bound);
}

/* ClockBound's growth vectors: a bound of 10000 ns that drifts by 1000 ppb. */
static void report_growth_vectors(struct kunit *test)
{
	static const struct {
		u64 seconds;
		s64 half_width;
		int status;
	} vectors[] = {
		{ 2, 12000, CLOCKBOUND_STATUS_SYNCHRONIZED },
		{ 4, 14000, CLOCKBOUND_STATUS_SYNCHRONIZED },
		{ 8, 18000, CLOCKBOUND_STATUS_FREE_RUNNING },
		{ 10, 20000, CLOCKBOUND_STATUS_FREE_RUNNING },
	};
	struct clockbound_model model;
	struct cb_bound bound;
	struct cb_report taken;
	s64 earliest, latest;
	size_t i;

	cb_report_take(&taken, &good_report);
	KUNIT_ASSERT_TRUE(test, bound_of(&taken, &nanoseconds, &bound));
	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		s64 now = vectors[i].seconds * SECOND;

		KUNIT_ASSERT_EQ(test, 1, bound_eval(&bound, now, &earliest, &latest));
		KUNIT_EXPECT_LE(test, earliest, START + now - vectors[i].half_width);
		KUNIT_EXPECT_GE(test, earliest, START + now - vectors[i].half_width - 2);
		KUNIT_EXPECT_GE(test, latest, START + now + vectors[i].half_width);
		KUNIT_EXPECT_LE(test, latest, START + now + vectors[i].half_width + 2);
		model = model_of(&bound);
		KUNIT_EXPECT_EQ(test, clockbound_eval_status(&model, now), vectors[i].status);
	}
	KUNIT_EXPECT_EQ(test, 1, bound_eval(&bound, 990 * SECOND, &earliest, &latest));
	KUNIT_EXPECT_EQ(test, 0, bound_eval(&bound, 1000 * SECOND, &earliest, &latest));
}

static void report_ends(struct kunit *test)
{
	struct cb_clock clock = nanoseconds;
	struct cb_bound bound;
	struct cb_report taken;

	cb_report_take(&taken, &good_report);
	clock.raw = taken.fresh_until;
	KUNIT_EXPECT_TRUE(test, bound_of(&taken, &clock, &bound));
	KUNIT_EXPECT_EQ(test, bound.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	clock.raw = taken.void_after;
	KUNIT_EXPECT_FALSE(test, bound_of(&taken, &clock, &bound));
}

/*
 * @elapsed, in 2^-24 ns, times @ppt, rounded down to ns. By long multiplication in
 * halves of 40 bits, and long division, digit by digit: slow, and of nothing of src/.
 */
static s64 exact_passed(u64 elapsed, u64 ppt, bool *fraction)
{
	unsigned __int128 low = (unsigned __int128)(elapsed & U32_MAX) * ppt;
	unsigned __int128 high = (unsigned __int128)(elapsed >> 32) * ppt + (u64)(low >> 32);
	unsigned __int128 product = high << 32 | (u32)low;	/* below 2^105 */
	unsigned __int128 ns = product >> SHIFT, rest = 0;
	u64 quotient = 0;
	int bit;

	*fraction = product & ((1U << SHIFT) - 1);
	for (bit = 127; bit >= 0; bit--) {
		rest = rest << 1 | (ns >> bit & 1);
		quotient <<= 1;
		if (rest >= 1000000000000ULL) {
			rest -= 1000000000000ULL;
			quotient |= 1;
		}
	}
	*fraction |= rest != 0;
	return quotient;
}

/* Random reports and clocks: never inside of the exact lines, and at most 2 ns outside. */
static void report_random(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, 20261122);
	for (i = 0; i < 300000; i++) {
		/* 250 MHz to 4 GHz, and a snapshot up to 4 s from as_of */
		u32 raw_mult = (1U << 22) + prandom_u32_state(&rnd) % (1U << 26);
		struct cb_clock clock = {
			.usable = true,
			.counter_value = prandom_u32_state(&rnd),
			.raw = UPTIME + prandom_u32_state(&rnd),
			.raw_frac = prandom_u32_state(&rnd) >> 8,
			.raw_mult = raw_mult,
			.raw_shift = SHIFT,
		};
		u32 drift = prandom_u32_state(&rnd) >> (prandom_u32_state(&rnd) % 32);
		s64 frequency = (s64)(prandom_u32_state(&rnd) >>
				      (prandom_u32_state(&rnd) % 32)) * 20;
		struct clockbound_report report = {
			.as_of = clock.raw + prandom_u32_state(&rnd) / 2 -
				 prandom_u32_state(&rnd) / 2,
			.void_after = UPTIME + 1000000 * SECOND,
			.time = START,
			.bound = prandom_u32_state(&rnd),
			.frequency = prandom_u32_state(&rnd) % 2 ? frequency : -frequency,
			.max_drift = drift % 500000000,
			.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		};
		/* Up to 400 s */
		u64 ticks = ((u64)prandom_u32_state(&rnd) % 400000) * (1000000ULL << SHIFT) /
			    raw_mult;
		s64 elapsed = ((s64)(clock.raw - report.as_of) << SHIFT) + clock.raw_frac +
			      ticks * raw_mult;
		u64 slow = 1000000000000ULL + report.frequency - report.max_drift * 1000ULL;
		u64 fast = 1000000000000ULL + report.frequency + report.max_drift * 1000ULL;
		s64 earliest, latest, low, high;
		struct cb_bound bound;
		struct cb_report taken;
		bool fraction, ignored;

		report.measured = report.as_of;
		KUNIT_ASSERT_TRUE(test, cb_report_valid(&report, UPTIME + 100 * SECOND));
		cb_report_take(&taken, &report);
		KUNIT_ASSERT_TRUE(test, bound_of(&taken, &clock, &bound));
		KUNIT_ASSERT_EQ(test, 1, bound_eval(&bound, clock.counter_value + ticks,
						    &earliest, &latest));
		if (elapsed < 0)
			/* No reading is from before the report. */
			continue;
		low = exact_passed(elapsed, slow, &ignored);
		high = exact_passed(elapsed, fast, &fraction) + fraction;
		low += START - report.bound;
		high += START + report.bound;
		/* as_of is rounded down, so the lower line starts up to 1 ns later. */
		KUNIT_ASSERT_LE(test, earliest, low);
		KUNIT_ASSERT_GE(test, earliest, low - 3);
		KUNIT_ASSERT_GE(test, latest, high);
		KUNIT_ASSERT_LE(test, latest, high + 1);
	}
}

/* The largest of everything: nothing overflows. */
static void report_extremes(struct kunit *test)
{
	static const s64 times[] = { (1LL << 62) - 1, 0, 1 - (1LL << 62) };
	struct cb_clock clock = nanoseconds;
	size_t i;
	int k;

	for (i = 0; i < ARRAY_SIZE(times) * 8; i++) {
		struct clockbound_report report = good_report;
		struct cb_bound bound;
		struct cb_report taken;
		s64 earliest, latest;

		report.time = times[i / 8];
		report.bound = i & 1 ? CLOCKBOUND_BOUND_LIMIT_NS - 1 : 0;
		report.max_drift = i & 2 ? CLOCKBOUND_DRIFT_LIMIT_PPB - 1 : 0;
		report.frequency = i & 4 ? CLOCKBOUND_FREQUENCY_LIMIT_PPT - 1 :
					   1 - CLOCKBOUND_FREQUENCY_LIMIT_PPT;
		report.as_of = 0;
		report.measured = 0;
		report.void_after = CLOCKBOUND_BOUND_LIMIT_NS - 1;
		clock.raw = CLOCKBOUND_BOUND_LIMIT_NS / 2;
		KUNIT_ASSERT_TRUE(test, cb_report_valid(&report, clock.raw));
		cb_report_take(&taken, &report);
		KUNIT_ASSERT_TRUE(test, bound_of(&taken, &clock, &bound));
		for (k = 0; k < 60; k++) {
			if (!bound_eval(&bound, 1ULL << k, &earliest, &latest))
				continue;
			KUNIT_ASSERT_LE(test, earliest, latest);
			if (report.bound)
				KUNIT_ASSERT_GT(test, latest - earliest, 1LL << 60);
		}
	}
}

static void report_leap_days(struct kunit *test)
{
	struct clockbound_report report = good_report;
	s64 day = START / (86400 * SECOND);
	struct cb_report taken;

	cb_report_take(&taken, &report);
	KUNIT_EXPECT_EQ(test, taken.leap, 0);
	KUNIT_EXPECT_EQ(test, (s64)taken.leap_day, day);
	report.flags = CLOCKBOUND_REPORT_LEAP_INSERT;
	cb_report_take(&taken, &report);
	KUNIT_EXPECT_EQ(test, taken.leap, 1);
	KUNIT_EXPECT_EQ(test, (s64)taken.leap_day, day + 1);
	report.flags = CLOCKBOUND_REPORT_LEAP_DELETE;
	report.time = 1LL << 61;
	cb_report_take(&taken, &report);
	KUNIT_EXPECT_EQ(test, taken.leap, -1);
	report.time = -SECOND;
	cb_report_take(&taken, &report);
	KUNIT_EXPECT_EQ(test, (s64)taken.leap_day, 1LL);
}

static struct kunit_case report_cases[] = {
	KUNIT_CASE(report_growth_vectors),
	KUNIT_CASE(report_ends),
	KUNIT_CASE(report_random),
	KUNIT_CASE(report_extremes),
	KUNIT_CASE(report_leap_days),
	{ }
};

static struct kunit_suite report_suite = {
	.name = "clockbound_report",
	.test_cases = report_cases,
};

kunit_test_suite(report_suite);
