// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calendar of leap seconds.
 */
#include <kunit/test.h>
#include <linux/time64.h>

#include "../../src/leap.h"

static s64 utc(int year, int month, int day)
{
	return mktime64(year, month, day, 0, 0, 0) * NSEC_PER_SEC;
}

static void leap_next_month_edges(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, cb_next_month(0), utc(1970, 2, 1));
	KUNIT_EXPECT_EQ(test, cb_next_month(-1), 0LL);
	KUNIT_EXPECT_EQ(test, cb_next_month(utc(2016, 12, 31)), utc(2017, 1, 1));
	KUNIT_EXPECT_EQ(test, cb_next_month(utc(2017, 1, 1) - 1), utc(2017, 1, 1));
	KUNIT_EXPECT_EQ(test, cb_next_month(utc(2017, 1, 1)), utc(2017, 2, 1));
	KUNIT_EXPECT_EQ(test, cb_next_month(utc(2024, 2, 28)), utc(2024, 3, 1));
	KUNIT_EXPECT_EQ(test, cb_next_month(utc(2100, 2, 28)), utc(2100, 3, 1));
	KUNIT_EXPECT_EQ(test, cb_next_month(utc(2000, 2, 29)), utc(2000, 3, 1));
}

/* Every day from 1890 to 2116, against the kernel's own calendar. */
static void leap_next_month_every_day(struct kunit *test)
{
	time64_t day;

	for (day = -80LL * 365 * 86400; day < 146LL * 365 * 86400; day += 86400) {
		struct tm tm;
		s64 expected;

		time64_to_tm(day, 0, &tm);
		expected = tm.tm_mon == 11 ? utc(tm.tm_year + 1901, 1, 1) :
					     utc(tm.tm_year + 1900, tm.tm_mon + 2, 1);
		KUNIT_ASSERT_EQ(test, cb_next_month(day * NSEC_PER_SEC), expected);
		KUNIT_ASSERT_EQ(test, cb_next_month((day + 86400) * NSEC_PER_SEC - 1), expected);
	}
}

static struct kunit_case leap_cases[] = {
	KUNIT_CASE(leap_next_month_edges),
	KUNIT_CASE(leap_next_month_every_day),
	{ }
};

static struct kunit_suite leap_suite = {
	.name = "clockbound_leap",
	.test_cases = leap_cases,
};

kunit_test_suite(leap_suite);

MODULE_DESCRIPTION("KUnit suites of clockbound");
MODULE_LICENSE("GPL");
