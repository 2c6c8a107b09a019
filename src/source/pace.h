/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the counter and CLOCK_MONOTONIC_RAW go on together, where that clock runs on
 * something else: pure functions on a structure that the caller owns.
 */
#ifndef CB_PACE_H
#define CB_PACE_H

#include "../claim/portable.h"

/**
 * struct cb_pair - both clocks at one moment
 * @before: the counter, read before @raw
 * @raw: CLOCK_MONOTONIC_RAW, ns
 * @after: the counter, read after @raw
 */
struct cb_pair {
	__u64 before;
	__u64 raw;
	__u64 after;
};

/**
 * struct cb_pace - how the clocks have gone on so far
 * @last: the newest pair
 * @base: where the rate began to be measured
 * @rate: of CLOCK_MONOTONIC_RAW, in 2^-32 ns per tick; 0 if nothing is known
 * @doubt: the rate may be wrong by a part of 2^-@doubt
 */
struct cb_pace {
	struct cb_pair last;
	struct cb_pair base;
	__u64 rate;
	unsigned int doubt;
};

void cb_pace_start(struct cb_pace *pace, const struct cb_pair *pair, __u64 khz);
bool cb_pace_keeps(const struct cb_pace *pace, const struct cb_pair *pair);
void cb_pace_follow(struct cb_pace *pace, const struct cb_pair *pair);

#endif /* CB_PACE_H */
