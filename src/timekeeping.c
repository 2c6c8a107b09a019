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

/* What the last update that was taken in said; for the notifier alone. */
static struct {
	const struct clocksource *clock;
	u64 cycle_last;
	u64 xtime_nsec;
	ktime_t base;
	ktime_t offs_real;
	ktime_t next_leap_ktime;
	u32 mult;
	s32 tai_offset;
} seen;

static void remember(const struct timekeeper *tk)
{
	const struct tk_read_base *mono = &tk->tkr_mono;

	/* On another clocksource there is something to be done at each update. */
	seen.clock = cb_counter_is_clocksource(mono->clock) ? mono->clock : NULL;
	seen.cycle_last = mono->cycle_last;
	seen.xtime_nsec = mono->xtime_nsec;
	seen.base = mono->base;
	seen.offs_real = tk->offs_real;
	seen.next_leap_ktime = tk->next_leap_ktime;
	seen.mult = mono->mult;
	seen.tai_offset = tk->tai_offset;
}

/* Does the clock go on as it did, on the counter? */
static bool goes_on(const struct timekeeper *tk)
{
	const struct tk_read_base *mono = &tk->tkr_mono;

	/* All at once, without a branch: as a rule, nothing differs. */
	return !(((unsigned long)mono->clock ^ (unsigned long)seen.clock) |
		 (mono->mult ^ seen.mult) | (tk->offs_real ^ seen.offs_real) |
		 (tk->tai_offset ^ seen.tai_offset) |
		 (tk->next_leap_ktime ^ seen.next_leap_ktime) |
		 ((seen.xtime_nsec + (mono->cycle_last - seen.cycle_last) * mono->mult) ^
		  (mono->xtime_nsec + ((u64)(mono->base - seen.base) << mono->shift))));
}

/* A function of its own, for updated() to need no stack as a rule. */
static noinline void take_in(const struct timekeeper *tk, bool was_set)
{
	struct cb_clock clock;

	take_clock(tk, &clock);
	cb_engine_tick(&clock, was_set);
	remember(tk);
}

/* The timekeeper's lock is held, interrupts are off, its sequence is open. */
static int updated(struct notifier_block *block, unsigned long was_set, void *timekeeper)
{
	const struct timekeeper *tk = timekeeper;

	/* Mostly there is nothing new, and this is the kernel's hottest lock. */
	if (was_set || !goes_on(tk) || !cb_engine_quiet(tk->tkr_mono.cycle_last))
		take_in(tk, was_set);
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
