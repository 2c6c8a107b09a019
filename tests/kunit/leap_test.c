// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leap seconds: the calendar, and the counts before and after one.
 */
#include <clockbound/eval.h>
#include <kunit/test.h>
#include <linux/time64.h>

#include "../../src/claim/claim.h"

static s64 next_month(s64 time)
{
	s64 this_month, next_month;

	cb_leap_months(time, &this_month, &next_month);
	return next_month * CB_NSEC_PER_DAY;
}

static s64 utc(int year, int month, int day)
{
	return mktime64(year, month, day, 0, 0, 0) * NSEC_PER_SEC;
}

static void leap_next_month_edges(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, next_month(0), utc(1970, 2, 1));
	KUNIT_EXPECT_EQ(test, next_month(-1), 0LL);
	KUNIT_EXPECT_EQ(test, next_month(utc(2016, 12, 31)), utc(2017, 1, 1));
	KUNIT_EXPECT_EQ(test, next_month(utc(2017, 1, 1) - 1), utc(2017, 1, 1));
	KUNIT_EXPECT_EQ(test, next_month(utc(2017, 1, 1)), utc(2017, 2, 1));
	KUNIT_EXPECT_EQ(test, next_month(utc(2024, 2, 28)), utc(2024, 3, 1));
	KUNIT_EXPECT_EQ(test, next_month(utc(2100, 2, 28)), utc(2100, 3, 1));
	KUNIT_EXPECT_EQ(test, next_month(utc(2000, 2, 29)), utc(2000, 3, 1));
}

/* Every day from 1890 to 2116, against the kernel's own calendar. */
static void leap_next_month_every_day(struct kunit *test)
{
	time64_t day;

	for (day = -80LL * 365 * 86400; day < 146LL * 365 * 86400; day += 86400) {
		s64 expected, this_month;
		struct tm tm;

		time64_to_tm(day, 0, &tm);
		expected = tm.tm_mon == 11 ? utc(tm.tm_year + 1901, 1, 1) :
					     utc(tm.tm_year + 1900, tm.tm_mon + 2, 1);
		KUNIT_ASSERT_EQ(test, next_month(day * NSEC_PER_SEC), expected);
		KUNIT_ASSERT_EQ(test, next_month((day + 86400) * NSEC_PER_SEC - 1), expected);
		cb_leap_months(day * NSEC_PER_SEC, &this_month, &expected);
		KUNIT_ASSERT_EQ(test, this_month * CB_NSEC_PER_DAY,
				utc(tm.tm_year + 1900, tm.tm_mon + 1, 1));
	}
}

#define DAY		20000
#define MIDNIGHT	(DAY * CB_NSEC_PER_DAY)

/* A bound with a leap second at the end of DAY - 1, TAI offset 37. */
static struct cb_bound counted(s8 leap, u16 leap_day, s64 earliest, s64 latest)
{
	return (struct cb_bound) {
		.claim = {
			.earliest = earliest,
			.latest = latest,
			.earliest_rate = 1ULL << 63,
			.latest_rate = 1ULL << 63,
			.tai_offset = 37,
			.leap_day = leap_day,
			.leap = leap,
		},
		.ticks = 1ULL << 60,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
	};
}

static void leap_eval(struct kunit *test)
{
	static const struct {
		s8 leap;
		s64 earliest, latest;		/* from midnight, counted on */
		s64 utc_earliest, utc_latest;
		int tai_offset;
		bool inside;
	} cases[] = {
		/* Inserted: what counts on is UTC up to midnight. */
		{ 1, -20, -1, -20, -1, 37, false },
		{ 1, -20, 0, -NSEC_PER_SEC, 0, 37, true },
		{ 1, -20, 5, -NSEC_PER_SEC, 0, 37, true },
		{ 1, -1, 2 * NSEC_PER_SEC, -NSEC_PER_SEC, NSEC_PER_SEC, 37, true },
		{ 1, -2 * NSEC_PER_SEC, 5, -2 * NSEC_PER_SEC, 0, 37, true },
		{ 1, 0, 5, -NSEC_PER_SEC, -NSEC_PER_SEC + 5, 38, false },
		{ 1, NSEC_PER_SEC, NSEC_PER_SEC + 9, 0, 9, 38, false },
		/* Left out: a second before midnight it is midnight. */
		{ -1, -NSEC_PER_SEC - 20, -NSEC_PER_SEC - 1, -NSEC_PER_SEC - 20,
		  -NSEC_PER_SEC - 1, 37, false },
		{ -1, -NSEC_PER_SEC - 20, -NSEC_PER_SEC, -NSEC_PER_SEC - 20, 0, 37, true },
		{ -1, -NSEC_PER_SEC - 20, -NSEC_PER_SEC + 5, -NSEC_PER_SEC - 20, 5, 37, true },
		{ -1, -NSEC_PER_SEC, -NSEC_PER_SEC + 5, 0, 5, 36, false },
		{ -1, 0, 5, NSEC_PER_SEC, NSEC_PER_SEC + 5, 36, false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct clockbound_model model = { .leap = cases[i].leap, .leap_day = DAY };
		struct clockbound_reading reading = {
			.earliest = MIDNIGHT + cases[i].earliest,
			.latest = MIDNIGHT + cases[i].latest,
			.flags = CLOCKBOUND_MODEL_TAI | CLOCKBOUND_MODEL_LEAP,
			.tai_offset = 37,
		};

		clockbound_eval_leap(&model, &reading);
		KUNIT_EXPECT_EQ_MSG(test, reading.earliest, MIDNIGHT + cases[i].utc_earliest,
				    "case %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, reading.latest, MIDNIGHT + cases[i].utc_latest,
				    "case %zu", i);
		KUNIT_EXPECT_EQ(test, reading.tai_offset, cases[i].tai_offset);
		KUNIT_EXPECT_EQ(test, !!(reading.flags & CLOCKBOUND_MODEL_LEAP),
				cases[i].inside);
		if (!cases[i].inside)
			continue;
		KUNIT_EXPECT_EQ(test, reading.leap_earliest, MIDNIGHT + cases[i].earliest);
		KUNIT_EXPECT_EQ(test, reading.leap_latest, MIDNIGHT + cases[i].latest);
	}
}

static void leap_recount(struct kunit *test)
{
	static const struct {
		s8 from, to;
		u16 from_day, to_day;
		s64 seconds;
	} cases[] = {
		{ 1, 0, DAY, DAY, -1 }, { 0, 1, DAY, DAY, 1 },
		{ -1, 0, DAY, DAY, 1 }, { 0, -1, DAY, DAY, -1 },
		{ 1, 1, DAY, DAY, 0 },
		/* One has not heard of it. */
		{ 1, 0, DAY, DAY - 30, 0 }, { 0, 0, DAY - 30, DAY, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ(test, cases[i].seconds * NSEC_PER_SEC,
				cb_leap_recount(cases[i].from, cases[i].from_day,
						cases[i].to, cases[i].to_day));
}

static void leap_pass(struct kunit *test)
{
	struct cb_claim claim = counted(1, DAY, MIDNIGHT - 1, MIDNIGHT + 9).claim;

	cb_leap_pass(&claim);
	KUNIT_EXPECT_EQ(test, claim.leap, 1);
	claim.earliest++;
	cb_leap_pass(&claim);
	KUNIT_EXPECT_EQ(test, claim.leap, 0);
	KUNIT_EXPECT_EQ(test, claim.leap_day, DAY);
	KUNIT_EXPECT_EQ(test, claim.earliest, MIDNIGHT - NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, claim.latest, MIDNIGHT - NSEC_PER_SEC + 9);
	KUNIT_EXPECT_EQ(test, claim.tai_offset, 38);
	cb_leap_unpass(&claim, 1, DAY);
	KUNIT_EXPECT_EQ(test, claim.earliest, MIDNIGHT);
	KUNIT_EXPECT_EQ(test, claim.tai_offset, 37);
}

/* One source has passed the leap second, and a wider one may not have. */
static void leap_intersect(struct kunit *test)
{
	struct cb_bound past = counted(0, DAY, MIDNIGHT - NSEC_PER_SEC,
					       MIDNIGHT - NSEC_PER_SEC + 10);
	struct cb_bound wide = counted(1, DAY, MIDNIGHT - 50, MIDNIGHT + 50);
	struct cb_bound other = counted(-1, DAY, MIDNIGHT - 5 * NSEC_PER_SEC,
						MIDNIGHT - 3 * NSEC_PER_SEC);
	struct cb_bound unaware = counted(0, DAY - 30, MIDNIGHT - 20, MIDNIGHT + 20);
	struct cb_bound result;

	past.claim.tai_offset = 38;
	result = past;
	KUNIT_EXPECT_TRUE(test, cb_bound_intersect(&result, &wide));
	KUNIT_EXPECT_EQ(test, result.claim.earliest, MIDNIGHT);
	KUNIT_EXPECT_EQ(test, result.claim.latest, MIDNIGHT + 10);
	KUNIT_EXPECT_EQ(test, result.claim.leap, 1);
	KUNIT_EXPECT_EQ(test, result.claim.tai_offset, 37);
	result = wide;
	KUNIT_EXPECT_TRUE(test, cb_bound_intersect(&result, &past));
	KUNIT_EXPECT_EQ(test, result.claim.earliest, MIDNIGHT);

	/* Only one has heard of it. */
	unaware.claim.tai_offset = CB_TAI_UNKNOWN;
	result = unaware;
	KUNIT_EXPECT_TRUE(test, cb_bound_intersect(&result, &wide));
	KUNIT_EXPECT_EQ(test, result.claim.earliest, MIDNIGHT - 20);
	KUNIT_EXPECT_EQ(test, result.claim.leap, 1);
	KUNIT_EXPECT_EQ(test, result.claim.leap_day, DAY);
	KUNIT_EXPECT_EQ(test, result.claim.tai_offset, 37);

	/* None of them has one ahead, but one has heard of a later one. */
	result = unaware;
	past.claim.earliest = unaware.claim.earliest;
	past.claim.latest = unaware.claim.latest;
	KUNIT_EXPECT_TRUE(test, cb_bound_intersect(&result, &past));
	KUNIT_EXPECT_EQ(test, result.claim.leap, 0);
	KUNIT_EXPECT_EQ(test, result.claim.leap_day, DAY);

	/* They disagree about it: nobody knows what comes after the first of them. */
	wide.claim.earliest = other.claim.earliest;
	wide.claim.latest = other.claim.latest;
	result = wide;
	KUNIT_EXPECT_TRUE(test, cb_bound_intersect(&result, &other));
	KUNIT_EXPECT_EQ(test, result.claim.leap, 0);
	/* 2 s ahead, at half a ns per tick. */
	KUNIT_EXPECT_LE(test, result.ticks, 4000000000ULL);
	KUNIT_EXPECT_GE(test, result.ticks, 3999999000ULL);
	/* The same kind, in another month: 3 s ahead. */
	other.claim.leap = 1;
	other.claim.leap_day = DAY + 31;
	result = wide;
	KUNIT_EXPECT_TRUE(test, cb_bound_intersect(&result, &other));
	KUNIT_EXPECT_EQ(test, result.claim.leap, 0);
	KUNIT_EXPECT_LE(test, result.ticks, 6000000000ULL);
	KUNIT_EXPECT_GE(test, result.ticks, 5999999000ULL);
}

static struct kunit_case leap_cases[] = {
	KUNIT_CASE(leap_next_month_edges),
	KUNIT_CASE(leap_next_month_every_day),
	KUNIT_CASE(leap_eval),
	KUNIT_CASE(leap_recount),
	KUNIT_CASE(leap_pass),
	KUNIT_CASE(leap_intersect),
	{ }
};

static struct kunit_suite leap_suite = {
	.name = "clockbound_leap",
	.test_cases = leap_cases,
};

kunit_test_suite(leap_suite);

MODULE_DESCRIPTION("KUnit suites of clockbound");
MODULE_LICENSE("GPL");
