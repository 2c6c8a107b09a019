/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the counter and CLOCK_MONOTONIC_RAW go on together, where that clock runs on
 * something else: pure functions on a structure that the caller owns.
 */
#ifndef CB_PACE_H
#define CB_PACE_H

#include "../claim/portable.h"

/* Both clocks at one moment. */
struct cb_pair {
	__u64 before;		/* the counter, read before raw */
	__u64 raw;		/* CLOCK_MONOTONIC_RAW, ns */
	__u64 after;		/* the counter, read after raw */
};

/* How they have gone on so far. */
struct cb_pace {
	struct cb_pair last;	/* the newest pair */
	struct cb_pair base;	/* where the rate began to be measured */
	__u64 rate;		/* in 2^-32 ns per tick; 0 if nothing is known */
	unsigned int doubt;	/* it may be wrong by a part of 2^-doubt */
};

void cb_pace_start(struct cb_pace *pace, const struct cb_pair *pair, __u64 khz);
bool cb_pace_keeps(const struct cb_pace *pace, const struct cb_pair *pair);
void cb_pace_follow(struct cb_pace *pace, const struct cb_pair *pair);

#endif /* CB_PACE_H */
