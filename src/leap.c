// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a leap second may come.
 */
#include "leap.h"
#include "portable.h"

#define SECONDS_PER_DAY		86400LL

/* From 0000-03-01, where years that start in March have their leap day last. */
#define DAYS_TO_1970		719468
#define DAYS_PER_ERA		146097	/* 400 years */
#define YEARS_PER_ERA		400

static __s64 divide_floor(__s64 dividend, __s64 divisor)
{
	__s64 quotient = dividend / divisor;

	return quotient - (dividend % divisor < 0);
}

/* Days before month @month (0 is March) of a year that starts in March. */
static int days_before(int month)
{
	return (153 * month + 2) / 5;
}

/**
 * cb_next_month() - when the next UTC month begins
 * @time: ns since 1970, UTC; more than a month away from where 64 bits end
 *
 * Leap seconds come at the end of a month, so this is where an announced one
 * takes place. The proleptic Gregorian calendar, with years that start in March.
 * Pure; any context.
 *
 * Return: ns since 1970, UTC; greater than @time by at most 31 days.
 */
__s64 cb_next_month(__s64 time)
{
	__s64 day = divide_floor(time, SECONDS_PER_DAY * NSEC_PER_SEC) + DAYS_TO_1970;
	__s64 era = divide_floor(day, DAYS_PER_ERA);
	int day_of_era = day - era * DAYS_PER_ERA;
	int year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
		    day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
	int month = (5 * day_of_year + 2) / 153;
	int next = days_before(month + 1);
	int leap_year = (year + 1) % 4 == 0 &&
			((year + 1) % 100 != 0 || (year + 1) % YEARS_PER_ERA == 0);

	/* The last month, February, ends with the year. */
	if (month == 11)
		next = 365 + leap_year;

	return (day - day_of_year + next - DAYS_TO_1970) * SECONDS_PER_DAY * NSEC_PER_SEC;
}
