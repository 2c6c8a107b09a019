/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a report of the synchronization daemon claims: pure functions, no kernel call,
 * no global.
 */
#ifndef CB_REPORT_H
#define CB_REPORT_H

#include "../claim/claim.h"
#include "clock.h"

/**
 * struct cb_report - two lines over CLOCK_MONOTONIC_RAW
 * @as_of: where they start, CLOCK_MONOTONIC_RAW, ns
 * @time: the true time then, ns since 1970, UTC, give or take @bound
 * @bound: ns
 * @slow: the true time that passes at the least in a ns of that clock, in 2^-60
 * @fast: the same at the most
 * @leap: the leap second that the reporter has ahead, as in struct cb_claim;
 *	the lines count on through it
 * @leap_day: see there
 * @fresh_until: CLOCK_MONOTONIC_RAW, ns; from then on nobody corrects the clock
 * @void_after: CLOCK_MONOTONIC_RAW, ns; from then on there is no claim
 */
struct cb_report {
	__u64 as_of;
	__s64 time;
	__u64 bound;
	__u64 slow;
	__u64 fast;
	__s8 leap;
	__u16 leap_day;
	__u64 fresh_until;
	__u64 void_after;
};

bool cb_report_valid(const struct clockbound_report *report, __u64 raw);
void cb_report_take(struct cb_report *taken, const struct clockbound_report *report);
void cb_report_claim(const struct cb_report *report, const struct cb_clock *clock,
		     struct cb_claim *claim);
bool cb_report_bound(const struct cb_report *report, const struct cb_claim *claim,
		     const struct cb_clock *clock, __u64 counter, struct cb_bound *bound);

#endif /* CB_REPORT_H */
