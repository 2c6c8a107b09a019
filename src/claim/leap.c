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

/* Of the proleptic Gregorian calendar. */
static int days_of_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
}

static int days_of_month(int year, int month)
{
	static const __u8 days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 1 ? days_of_year(year) - 337 : days[month];
}

/*
 * The days since 1970 on which the UTC month of @time, ns since 1970, began and the next one
 * begins, where an announced leap second takes place.
 */
void cb_leap_months(__s64 time, __s64 *this_month, __s64 *next_month)
{
	__s64 day = time / CB_NSEC_PER_DAY - (time % CB_NSEC_PER_DAY < 0), first = 0;
	int year = 1970, month = 0;

	while (first > day)
		first -= days_of_year(--year);
	while (first + days_of_year(year) <= day)
		first += days_of_year(year++);
	while (first + days_of_month(year, month) <= day)
		first += days_of_month(year, month++);
	*this_month = first;
	*next_month = first + days_of_month(year, month);
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
