/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system clock's lines over its clocksource: pure functions, no kernel call, no
 * global.
 */
#ifndef CB_CLOCK_H
#define CB_CLOCK_H

#include <linux/clockbound.h>

#include "../claim/portable.h"

/*
 * The system clock's lines over its clocksource, as the timekeeper has them. Times are
 * rounded down.
 */
struct cb_clock {
	bool usable;		/* the clocksource is the counter that readers read */
	__u64 source;		/* tells clocksources apart; 0 in front of the first update */
	__u64 mask;		/* of the clocksource's values */
	__u64 counter_value;	/* clocksource at the last update, cycle_last */
	__s64 realtime;		/* CLOCK_REALTIME then, ns */
	__u64 realtime_frac;	/* its fraction, in 2^-shift ns */
	__s64 monotonic;	/* CLOCK_MONOTONIC then, ns; its fraction is the same */
	__u64 raw;		/* CLOCK_MONOTONIC_RAW then, ns */
	__u64 raw_frac;		/* its fraction, in 2^-raw_shift ns */
	__u32 mult;		/* of CLOCK_REALTIME, in 2^-shift ns per tick */
	__u32 shift;		/* at most 32 */
	__u32 raw_mult;		/* of CLOCK_MONOTONIC_RAW, in 2^-raw_shift ns per tick */
	__u32 raw_shift;	/* at most 32 */
	__s32 tai_offset;	/* TAI - UTC, s; 0 until somebody has set it */
	__s64 insert_at;	/* a leap second comes, CLOCK_REALTIME, ns; 0: none announced */
};

/* The system clock, and how often it did not go on. */
struct cb_timeline {
	struct cb_clock clock;	/* its last snapshot */
	__u64 steps;		/* CLOCK_REALTIME was set, leap seconds among it */
	__s64 jump;		/* how far the last time, ns */
	__u64 epochs;		/* CLOCK_MONOTONIC_RAW left its line; the first line is 1 */
};

/* TAI has been ahead of UTC by this much since 1972: less means that nobody said. */
#define CB_TAI_OFFSET_MIN	10

bool cb_clock_continues(const struct cb_clock *a, const struct cb_clock *b);
bool cb_clock_same_epoch(const struct cb_clock *a, const struct cb_clock *b);
void cb_clock_over_raw(const struct cb_clock *clock, struct cb_clock *over_raw);
void cb_timeline_follow(struct cb_timeline *timeline, const struct cb_clock *clock,
			bool was_set);
__u64 cb_clock_raw(const struct cb_clock *clock, __u64 counter);
__u32 cb_clock_raw_exact(const struct cb_clock *clock, __u64 counter, __u64 *raw);
__u64 cb_clock_counter(const struct cb_clock *clock, __u64 raw);
void cb_clock_counters(const struct cb_clock *clock, __u64 raw, __u64 *first, __u64 *last);
__s64 cb_clock_monotonic(const struct cb_clock *clock, __u64 counter);

#endif /* CB_CLOCK_H */
