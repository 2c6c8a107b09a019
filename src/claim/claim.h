/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims: two lines over the counter, with the true time between them. Pure functions, no
 * kernel call, no global.
 */
#ifndef CB_CLAIM_H
#define CB_CLAIM_H

#include <linux/clockbound.h>

#include "portable.h"

/* Largest shift of a claim: a period below 2^31 ns. */
#define CB_SHIFT_MAX		31

/* No claim is used further from its start than this many ticks, at shift 0. */
#define CB_TICKS_SHIFT		61

/* For ever. */
#define CB_TICKS_NO_END		((__u64)S64_MAX)

#define CB_TAI_UNKNOWN		((__s32)-0x80000000LL)

/**
 * struct cb_claim - what a source says
 * @counter: c1, the counter value where both lines start
 * @earliest: the lower line there, ns since 1970; @earliest_frac comes on top
 * @latest: the upper line there; @latest_frac comes on top
 * @earliest_frac: in 2^-64 ns
 * @latest_frac: in 2^-64 ns
 * @earliest_rate: slope of the lower line, in 2^(shift - 64) ns per tick
 * @latest_rate: slope of the upper line, in the same unit; 0: nothing is claimed
 * @tai_offset: TAI - UTC, s; CB_TAI_UNKNOWN
 * @leap_day: days since 1970: with @leap, its second is at the end of the day before, and
 *	the lines count on as if there were none; without, they are past any before that day
 * @leap: 1 if a second is inserted there, -1 if one is left out; 0 if none is known to come
 * @shift: binary exponent of the rates
 *
 * In front of c1 the rates are swapped. One cache line.
 */
struct cb_claim {
	__u64 counter;
	__s64 earliest;
	__s64 latest;
	__u64 earliest_frac;
	__u64 latest_frac;
	__u64 earliest_rate;
	__u64 latest_rate;
	__s32 tai_offset;
	__u16 leap_day;
	__s8 leap;
	__u8 shift;
};

/**
 * struct cb_bound - what claims amount to
 * @claim: a claim that follows from theirs
 * @ticks: it is used for so long after its start; 0: nothing is known
 * @synchronized_ticks: for so long, SYNCHRONIZED does not become FREE_RUNNING
 * @status: SYNCHRONIZED or FREE_RUNNING; UNKNOWN if nothing is known
 */
struct cb_bound {
	struct cb_claim claim;
	__u64 ticks;
	__u64 synchronized_ticks;
	__u8 status;
};

bool cb_claim_move(struct cb_claim *claim, __u64 counter);
void cb_claim_use_shift(struct cb_claim *claim, unsigned int shift);
__u64 cb_claim_ticks(__u64 ns, __u64 rate, unsigned int shift);

#endif /* CB_CLAIM_H */
