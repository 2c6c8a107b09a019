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

/**
 * cb_leap_months() - the first days of this UTC month and of the next, days since 1970
 * @time: ns since 1970, UTC
 * @this_month: becomes the first day of its month
 * @next_month: becomes the first day of the next: there an announced leap second takes place
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

/**
 * cb_leap_recount() - what takes a time from one count to another
 * @from: the leap second of the one, as in struct cb_claim
 * @from_day: its day
 * @to: the leap second of the other
 * @to_day: its day
 *
 * Where only one of them has heard of a leap second, both count alike.
 * Return: ns, to be added.
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

/**
 * cb_leap_unpass() - count a claim that is past a leap second as before it
 * @claim: the claim
 * @leap: the leap second, 1 or -1
 * @leap_day: the day after it, days since 1970
 *
 * It may start before that all the same: a page or a clock counts as its own best estimate
 * says, and the true time is somewhere around that.
 */
void cb_leap_unpass(struct cb_claim *claim, __s8 leap, __u16 leap_day)
{
	shift_count(claim, leap);
	claim->leap = leap;
	claim->leap_day = leap_day;
}

/**
 * cb_leap_pass() - count a claim as past its leap second, if it certainly is
 * @claim: the claim
 */
void cb_leap_pass(struct cb_claim *claim)
{
	if (!claim->leap ||
	    claim->earliest < clockbound_leap_at(claim->leap, claim->leap_day))
		return;
	shift_count(claim, -claim->leap);
	claim->leap = 0;
}

/**
 * cb_leap_ticks() - how long a claim certainly stays in front of a time
 * @claim: the claim
 * @time: ns since 1970, in its count
 * Return: ticks after its start, rounded down.
 */
__u64 cb_leap_ticks(const struct cb_claim *claim, __s64 time)
{
	/* The fraction, and what rounding up takes off. */
	if (claim->latest >= time - 2)
		return 0;
	return cb_claim_ticks(time - 2 - claim->latest, claim->latest_rate, claim->shift);
}

/**
 * cb_leap_limit() - let a bound end in front of its leap second, and have none
 * @bound: the bound
 */
void cb_leap_limit(struct cb_bound *bound)
{
	struct cb_claim *claim = &bound->claim;
	__u64 ticks = cb_leap_ticks(claim, clockbound_leap_at(claim->leap, claim->leap_day));

	bound->ticks = min(bound->ticks, ticks);
	claim->leap = 0;
	claim->leap_day = 0;
}

/**
 * cb_leap_align() - bring two bounds to the same count
 * @a: a bound
 * @b: another one
 *
 * To the one before the leap second, if there is one in question. Two that tell of different
 * leap seconds say nothing about what comes after the first one.
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
