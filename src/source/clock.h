/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system clock's lines over its clocksource: pure functions, no kernel call, no
 * global.
 */
#ifndef CB_CLOCK_H
#define CB_CLOCK_H

#include <linux/clockbound.h>

#include "../claim/portable.h"

/**
 * struct cb_clock - the system clock's lines, as the timekeeper has them
 * @usable: whether the clocksource is the counter that readers read; without it,
 *	nothing else here is a function of their counter
 * @source: tells one clocksource from another; 0 in front of the first update
 * @mask: of the clocksource's values
 * @counter_value: clocksource at the last update, cycle_last
 * @realtime: CLOCK_REALTIME then, ns, rounded down
 * @realtime_frac: its fraction, in 2^-shift ns
 * @monotonic: CLOCK_MONOTONIC then, ns, rounded down; its fraction is the same
 * @raw: CLOCK_MONOTONIC_RAW then, ns, rounded down
 * @raw_frac: its fraction, in 2^-raw_shift ns
 * @mult: of CLOCK_REALTIME, in 2^-shift ns per tick
 * @shift: at most 32
 * @raw_mult: of CLOCK_MONOTONIC_RAW, in 2^-raw_shift ns per tick
 * @raw_shift: at most 32
 * @tai_offset: TAI - UTC, s; 0 until somebody has set it
 * @insert_at: CLOCK_REALTIME at which a leap second will be inserted, ns since 1970;
 *	0 if none is announced
 */
struct cb_clock {
	bool usable;
	__u64 source;
	__u64 mask;
	__u64 counter_value;
	__s64 realtime;
	__u64 realtime_frac;
	__s64 monotonic;
	__u64 raw;
	__u64 raw_frac;
	__u32 mult;
	__u32 shift;
	__u32 raw_mult;
	__u32 raw_shift;
	__s32 tai_offset;
	__s64 insert_at;
};

/**
 * struct cb_timeline - the system clock, and how often it did not go on
 * @clock: its last snapshot
 * @steps: how often CLOCK_REALTIME was set, leap seconds among it
 * @jump: how far the last time, ns
 * @epochs: how often CLOCK_MONOTONIC_RAW left its line; the first line is 1
 */
struct cb_timeline {
	struct cb_clock clock;
	__u64 steps;
	__s64 jump;
	__u64 epochs;
};

/* TAI has been ahead of UTC by this much since 1972: less means that nobody said. */
#define CB_TAI_OFFSET_MIN	10

bool cb_clock_continues(const struct cb_clock *a, const struct cb_clock *b);
bool cb_clock_same_epoch(const struct cb_clock *a, const struct cb_clock *b);
bool cb_clock_same(const struct cb_clock *a, const struct cb_clock *b);
void cb_clock_counters(const struct cb_clock *clock, __u64 raw, __u64 *first, __u64 *last);
__u32 cb_clock_raw_exact(const struct cb_clock *clock, __u64 counter, __u64 *raw);
__u64 cb_clock_counter(const struct cb_clock *clock, __u64 raw);
__u64 cb_clock_raw(const struct cb_clock *clock, __u64 counter);
__s64 cb_clock_monotonic(const struct cb_clock *clock, __u64 counter);
void cb_timeline_follow(struct cb_timeline *timeline, const struct cb_clock *clock,
			bool was_set);
void cb_clock_over_raw(const struct cb_clock *clock, struct cb_clock *over_raw);

#endif /* CB_CLOCK_H */
