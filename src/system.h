/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system clock as a source: pure functions, no kernel call, no global.
 */
#ifndef CB_SYSTEM_H
#define CB_SYSTEM_H

#include <linux/clockbound.h>

#include "portable.h"

/**
 * struct cb_clock - the system clock's lines, as the timekeeper has them
 * @usable: whether the counter is the clocksource; without it only the times and
 *	@tai_offset count
 * @counter_value: counter at the last update, cycle_last
 * @realtime: CLOCK_REALTIME then, ns, rounded down
 * @realtime_frac: its fraction, in 2^-shift ns
 * @monotonic: CLOCK_MONOTONIC then, ns, rounded down; its fraction is the same
 * @coarse: CLOCK_MONOTONIC_COARSE from then on, ns
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
	__u64 counter_value;
	__s64 realtime;
	__u64 realtime_frac;
	__s64 monotonic;
	__s64 coarse;
	__u64 raw;
	__u64 raw_frac;
	__u32 mult;
	__u32 shift;
	__u32 raw_mult;
	__u32 raw_shift;
	__s32 tai_offset;
	__s64 insert_at;
};

/* TAI has been ahead of UTC by this much since 1972: less means that nobody said. */
#define CB_TAI_OFFSET_MIN	10

/**
 * struct cb_claim - what is claimed about CLOCK_REALTIME's error
 * @as_of: when @bound was true, CLOCK_MONOTONIC_RAW, ns
 * @bound: ns
 * @max_drift: ppb, below CLOCKBOUND_DRIFT_LIMIT_PPB
 * @fresh_until: CLOCK_MONOTONIC_RAW, ns; from then on nobody corrects the clock
 * @void_after: CLOCK_MONOTONIC_RAW, ns; from then on there is no claim
 */
struct cb_claim {
	__u64 as_of;
	__u64 bound;
	__u32 max_drift;
	__u64 fresh_until;
	__u64 void_after;
};

bool cb_clock_continues(const struct cb_clock *a, const struct cb_clock *b);
bool cb_clock_same(const struct cb_clock *a, const struct cb_clock *b);
void cb_clock_counters(const struct cb_clock *clock, __u64 raw, __u64 *first, __u64 *last);
__u64 cb_clock_raw(const struct cb_clock *clock, __u64 counter);
__s64 cb_clock_monotonic(const struct cb_clock *clock, __u64 counter);
void cb_clock_realtime(const struct cb_clock *clock, struct clockbound_model *model);
__u64 cb_claim_error(const struct cb_claim *claim, __u64 raw);
void cb_claim_update(struct cb_claim *claim, const struct cb_claim *report, __u64 raw);
bool cb_system_model(const struct cb_clock *clock, const struct cb_claim *claim,
		     __u64 counter, struct clockbound_model *model);

#endif /* CB_SYSTEM_H */
