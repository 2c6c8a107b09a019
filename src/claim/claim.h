/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims: two lines over the counter, with the true time between them; what they amount to
 * together; and what leap seconds do to them. Pure functions, no kernel call, no global.
 */
#ifndef CB_CLAIM_H
#define CB_CLAIM_H

#include <linux/clockbound.h>

#include "portable.h"

/* Largest shift of a line: a period below 2^31 ns. */
#define CB_SHIFT_MAX		31

/* No claim is used further from its start than this many ticks, at shift 0. */
#define CB_TICKS_SHIFT		61

/* For ever. */
#define CB_TICKS_NO_END		((__u64)S64_MAX)

#define CB_NSEC_PER_DAY		(86400 * NSEC_PER_SEC)

#define CB_TAI_UNKNOWN		((__s32)-0x80000000LL)

/*
 * What a source says: two lines that start at the counter value c1. In front of c1 the
 * rates are swapped. One cache line.
 */
struct cb_claim {
	__u64 counter;		/* c1 */
	__s64 earliest;		/* the lower line there, ns since 1970 */
	__s64 latest;		/* the upper line there */
	__u64 earliest_frac;	/* on top of them, in 2^-64 ns */
	__u64 latest_frac;
	__u64 earliest_rate;	/* slopes, in 2^(shift - 64) ns per tick */
	__u64 latest_rate;	/* 0: nothing is claimed */
	__s32 tai_offset;	/* TAI - UTC, s; CB_TAI_UNKNOWN */
	/*
	 * Days since 1970. With leap, its second is at the end of the day before, and the
	 * lines count on as if there were none; without, they are past any before that day.
	 */
	__u16 leap_day;
	__s8 leap;		/* 1: a second is inserted there, -1: left out; 0: none known */
	__u8 shift;
};

/* What claims amount to. */
struct cb_bound {
	struct cb_claim claim;		/* follows from theirs */
	__u64 ticks;			/* of use so long after its start; 0: nothing known */
	__u64 synchronized_ticks;	/* after them SYNCHRONIZED becomes FREE_RUNNING */
	__u8 status;			/* one of the two; UNKNOWN if nothing is known */
};

bool cb_claim_move(struct cb_claim *claim, __u64 counter);
void cb_claim_use_shift(struct cb_claim *claim, unsigned int shift);
__u64 cb_claim_ticks(__u64 ns, __u64 rate, unsigned int shift);

/* bound.c */
bool cb_bound_move(struct cb_bound *bound, __u64 counter);
void cb_bound_hull(struct cb_bound *a, const struct cb_bound *b);
bool cb_bound_intersect(struct cb_bound *a, const struct cb_bound *b);

/* leap.c */
void cb_leap_months(__s64 time, __s64 *this_month, __s64 *next_month);
__s64 cb_leap_recount(__s8 from, __u16 from_day, __s8 to, __u16 to_day);
void cb_leap_unpass(struct cb_claim *claim, __s8 leap, __u16 leap_day);
void cb_leap_pass(struct cb_claim *claim);
__u64 cb_leap_ticks(const struct cb_claim *claim, __s64 time);
void cb_leap_limit(struct cb_bound *bound);
void cb_leap_align(struct cb_bound *a, struct cb_bound *b);

#endif /* CB_CLAIM_H */
