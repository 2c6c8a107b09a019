// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook into the kernel's timekeeping core.
 *
 * The core calls at every update of the timekeeper, once a tick at most. That is
 * often enough to see what the hypervisor does to its page, and it costs no
 * timer of our own.
 */
#include <linux/notifier.h>
#include <linux/pvclock_gtod.h>
#include <linux/timekeeper_internal.h>

#include "counter.h"
#include "engine.h"
#include "timekeeping.h"

/* The inserted leap second that the core has ahead, if any; as CLOCK_REALTIME, ns. */
static s64 insert_at(const struct timekeeper *tk)
{
	return tk->next_leap_ktime == KTIME_MAX ? 0 : tk->next_leap_ktime + tk->offs_real;
}

/* CLOCK_MONOTONIC_COARSE from this update on. */
static s64 take_coarse(const struct timekeeper *tk)
{
#ifdef CB_HAVE_COARSE_NSEC
	return tk->tkr_mono.base + tk->coarse_nsec;
#else
	return tk->tkr_mono.base + (tk->tkr_mono.xtime_nsec >> tk->tkr_mono.shift);
#endif
}

/* base_real is stale here after a step, on 6.1 and 6.12: base and offs_real are not. */
static void take_clock(const struct timekeeper *tk, struct cb_clock *clock)
{
	const struct tk_read_base *mono = &tk->tkr_mono, *raw = &tk->tkr_raw;

	*clock = (struct cb_clock) {
		.usable = cb_counter_is_clocksource(mono->clock),
		.counter_value = mono->cycle_last,
		.realtime = mono->base + tk->offs_real + (mono->xtime_nsec >> mono->shift),
		.realtime_frac = mono->xtime_nsec & (BIT_ULL(mono->shift) - 1),
		.monotonic = mono->base + (mono->xtime_nsec >> mono->shift),
		.coarse = take_coarse(tk),
		.raw = raw->base + (raw->xtime_nsec >> raw->shift),
		.raw_frac = raw->xtime_nsec & (BIT_ULL(raw->shift) - 1),
		.mult = mono->mult,
		.shift = mono->shift,
		.raw_mult = raw->mult,
		.raw_shift = raw->shift,
		.tai_offset = tk->tai_offset,
		.insert_at = insert_at(tk),
	};
}

/* The timekeeper's lock is held, interrupts are off, its sequence is open. */
static int updated(struct notifier_block *block, unsigned long was_set, void *timekeeper)
{
	struct cb_clock clock;

	take_clock(timekeeper, &clock);
	cb_engine_tick(&clock, was_set);
	return NOTIFY_OK;
}

static struct notifier_block hook = { .notifier_call = updated };

/**
 * cb_timekeeping_init() - start to follow the timekeeping core
 *
 * Context: process.
 *
 * Return: 0 or a negative errno.
 */
int cb_timekeeping_init(void)
{
	return pvclock_gtod_register_notifier(&hook);
}

/**
 * cb_timekeeping_exit() - stop to follow it
 *
 * No call runs when it returns. Context: process.
 */
void cb_timekeeping_exit(void)
{
	pvclock_gtod_unregister_notifier(&hook);
}
