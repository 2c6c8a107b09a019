/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a report of the synchronization daemon claims, and the state machine of its clock:
 * pure functions, no kernel call, no global.
 */
#ifndef CB_REPORT_H
#define CB_REPORT_H

#include "../claim/claim.h"
#include "clock.h"

/* A report, as two lines over CLOCK_MONOTONIC_RAW: ns of that clock, if nothing else is said. */
struct cb_report {
	__u64 as_of;		/* where they start */
	__s64 time;		/* the true time then, ns since 1970, UTC, give or take bound */
	__u64 bound;		/* ns */
	__u64 slow;		/* true time that passes at least in 1 ns, in 2^-60 ns */
	__u64 fast;		/* and at most */
	__s8 leap;		/* what the reporter has ahead, as in struct cb_claim: */
	__u16 leap_day;		/* the lines count on through it */
	__u64 fresh_until;	/* from then on nobody corrects the clock */
	__u64 void_after;	/* from then on there is no claim */
};

/* What is known about disruptions. */
enum cb_disruption {
	CB_DISRUPTION_UNKNOWN,		/* nothing */
	CB_DISRUPTION_RELIABLE,		/* there is none */
	CB_DISRUPTION_DISRUPTED,	/* there is one */
};

bool cb_report_valid(const struct clockbound_report *report, __u64 raw);
void cb_report_take(struct cb_report *taken, const struct clockbound_report *report);
void cb_report_claim(const struct cb_report *report, const struct cb_clock *clock,
		     struct cb_claim *claim);
bool cb_report_bound(const struct cb_report *report, const struct cb_claim *claim,
		     const struct cb_clock *clock, __u64 counter, struct cb_bound *bound);
enum clockbound_status cb_reported_next(enum clockbound_status state,
					enum clockbound_status clock,
					enum cb_disruption disruption, bool supported);

#endif /* CB_REPORT_H */
