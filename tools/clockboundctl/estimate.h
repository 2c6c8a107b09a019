/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From one exchange with chronyd to what the true time is. No input, no output and no
 * clock of its own.
 */
#ifndef CTL_ESTIMATE_H
#define CTL_ESTIMATE_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/timex.h>

#include "chrony_wire.h"

/* An exchange that took longer does not count, ns: the clock may have been slewed in it. */
#define EXCHANGE_TIME	2000000
/* Nor does one with a look at the clocks that dates them worse than this, ns. */
#define LOOK_ERROR	200000

/**
 * struct look - both clocks at one moment, and how the kernel runs the one of them
 * @raw: CLOCK_MONOTONIC_RAW, ns
 * @realtime: CLOCK_REALTIME, ns
 * @error: how far it was from @realtime at @raw, at most, ns
 * @tick: timex.tick
 * @frequency: timex.freq
 */
struct look {
	__u64 raw;
	__s64 realtime;
	__u64 error;
	long tick;
	long frequency;
};

/**
 * struct exchange - a question and its answer
 * @sent: before the question was sent
 * @received: after the answer was received
 * @said: the answer
 */
struct exchange {
	struct look sent;
	struct look received;
	struct chrony_tracking said;
};

/**
 * struct estimate - what the true time is
 * @raw: CLOCK_MONOTONIC_RAW at some moment, ns
 * @time: the true time then, by the source's estimate, ns since 1970
 * @error: how far @time may be from what the source meant, ns
 * @bound: how far it may be from the true time, ns; contains @error
 * @frequency: how much faster than CLOCK_MONOTONIC_RAW the true time advances by the
 *	source's estimate, parts per trillion
 * @max_drift: how wrong @frequency may be, ppb
 * @leap: 1 if a second is to be inserted at the end of the day, -1 if one is to be left
 *	out, or 0
 */
struct estimate {
	__u64 raw;
	__s64 time;
	__u64 error;
	__u64 bound;
	__s64 frequency;
	__u32 max_drift;
	__s8 leap;
};

bool exchange_counts(const struct exchange *exchange);
bool estimate_chrony(const struct exchange *exchange, __u32 max_drift,
		     struct estimate *estimate);
bool estimate_add(struct estimate *estimate, __u64 error);
bool estimate_adjtimex(const struct look *look, const struct timex *timex, __u64 bound,
		       __u32 max_drift, struct estimate *estimate);
__int128 estimate_ns(struct chrony_float seconds);
__s64 estimate_at(const struct estimate *estimate, __u64 raw);

#endif /* CTL_ESTIMATE_H */
