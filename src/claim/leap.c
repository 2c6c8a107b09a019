// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a leap second may come, and what it does to times.
 *
 * UTC as CLOCK_REALTIME counts it goes back by a second when one is inserted. So a
 * time near a leap second means something only together with its count: before it
 * (leap is set, the count goes on as if there were none) or past it (leap is zero and
 * leap_day that of the leap second or later).
 */
#include <clockbound/eval.h>

#include "claim.h"

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

/*
 * The days since 1970 on which the UTC month of @time began and the next one begins, where
 * an announced leap second takes place; @time, ns since 1970, is more than a month away from
 * where 64 bits end. The proleptic Gregorian calendar, with years that start in March.
 */
void cb_leap_months(__s64 time, __s64 *this_month, __s64 *next_month)
{
	__s64 day = divide_floor(time, CB_NSEC_PER_DAY) + DAYS_TO_1970;
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

	day -= day_of_year + DAYS_TO_1970;
	*this_month = day + days_before(month);
	*next_month = day + next;
}

/*
 * What has to be added to a time, ns, to go from one count to another, each as in struct
 * cb_claim. Where only one of them has heard of a leap second, both count alike.
 */
__s64 cb_leap_recount(__s8 from, __u16 from_day, __s8 to, __u16 to_day)
{
	if (from && !to && to_day >= from_day)
		return -from * NSEC_PER_SEC;
	if (to && !from && from_day >= to_day)
		return to * NSEC_PER_SEC;
	return 0;
}

static void shift_count(struct cb_claim *claim, int seconds)
{
	claim->earliest += seconds * NSEC_PER_SEC;
	claim->latest += seconds * NSEC_PER_SEC;
	if (claim->tai_offset != CB_TAI_UNKNOWN)
		claim->tai_offset -= seconds;
}

/*
 * Counts a claim that is past a leap second as before it. It may start before that all the
 * same: a page or a clock counts as its own best estimate says, and the true time is
 * somewhere around that.
 */
void cb_leap_unpass(struct cb_claim *claim, __s8 leap, __u16 leap_day)
{
	shift_count(claim, leap);
	claim->leap = leap;
	claim->leap_day = leap_day;
}

/* Counts a claim as past its leap second, if it certainly is. */
void cb_leap_pass(struct cb_claim *claim)
{
	if (!claim->leap ||
	    claim->earliest < clockbound_leap_at(claim->leap, claim->leap_day))
		return;
	shift_count(claim, -claim->leap);
	claim->leap = 0;
}

/*
 * How long a claim certainly stays in front of @time, ns since 1970 in its count: ticks
 * after its start, rounded down.
 */
__u64 cb_leap_ticks(const struct cb_claim *claim, __s64 time)
{
	/* The fraction, and what rounding up takes off. */
	if (claim->latest >= time - 2)
		return 0;
	return cb_claim_ticks(time - 2 - claim->latest, claim->latest_rate, claim->shift);
}

/* Lets a bound that has a leap second end in front of it, and have none. */
void cb_leap_limit(struct cb_bound *bound)
{
	struct cb_claim *claim = &bound->claim;
	__u64 ticks = cb_leap_ticks(claim, clockbound_leap_at(claim->leap, claim->leap_day));

	bound->ticks = min(bound->ticks, ticks);
	claim->leap = 0;
	claim->leap_day = 0;
}

/*
 * Brings two bounds to the same count: to the one before the leap second, if there is one
 * in question. Two that tell of different leap seconds say nothing about what comes after
 * the first one.
 */
void cb_leap_align(struct cb_bound *a, struct cb_bound *b)
{
	struct cb_claim *x = &a->claim, *y = &b->claim;

	if (x->leap && y->leap && (x->leap != y->leap || x->leap_day != y->leap_day)) {
		cb_leap_limit(a);
		cb_leap_limit(b);
	} else if (cb_leap_recount(x->leap, x->leap_day, y->leap, y->leap_day)) {
		if (x->leap)
			cb_leap_unpass(y, x->leap, x->leap_day);
		else
			cb_leap_unpass(x, y->leap, y->leap_day);
	}
}
