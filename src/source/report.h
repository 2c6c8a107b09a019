/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a report of the synchronization daemon claims: pure functions, no kernel call,
 * no global.
 */
#ifndef CB_REPORT_H
#define CB_REPORT_H

#include <linux/clockbound.h>

#include "../claim/portable.h"
#include "clock.h"

/**
 * struct cb_claim - two lines over CLOCK_MONOTONIC_RAW
 * @as_of: where they start, CLOCK_MONOTONIC_RAW, ns
 * @time: the true time then, ns since 1970, UTC, give or take @bound
 * @bound: ns
 * @slow: the true time that passes at the least in a ns of that clock, in 2^-60
 * @fast: the same at the most
 * @leap: the leap second that the reporter has ahead, as in struct clockbound_model;
 *	the lines count on through it
 * @leap_day: see there
 * @fresh_until: CLOCK_MONOTONIC_RAW, ns; from then on nobody corrects the clock
 * @void_after: CLOCK_MONOTONIC_RAW, ns; from then on there is no claim
 */
struct cb_claim {
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

bool cb_claim_valid(const struct clockbound_report *report, __u64 raw);
void cb_claim_make(struct cb_claim *claim, const struct clockbound_report *report);
bool cb_claim_model(const struct cb_claim *claim, const struct cb_clock *clock,
		    struct clockbound_model *model);

#endif /* CB_REPORT_H */
