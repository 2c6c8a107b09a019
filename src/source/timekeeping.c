// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook into the kernel's timekeeping core.
 *
 * The core calls at every update of the timekeeper, once a tick at most. That is
 * often enough to see what the hypervisor does to its page, and it costs no
 * timer of our own.
 *
 * It calls inside its own lock, with its sequence count open: whoever reads a clock in
 * the kernel waits meanwhile. So nothing is decided here and no lock is taken. The hook
 * writes what CLOCK_REALTIME reads into the clock page, keeps the timeline for those who
 * decide, and calls them by an interrupt to itself if there is anything to be decided.
 */
#include <linux/irq_work.h>
#include <linux/notifier.h>
#include <linux/pvclock_gtod.h>
#include <linux/seqlock.h>
#include <linux/timekeeper_internal.h>

#include "counter.h"
#include "realtime.h"
#include "timekeeping.h"

/* Nobody but the hook writes it. */
static struct {
	seqcount_t seq;
	struct cb_timeline timeline;
	struct clockbound_realtime *realtime;
	void (*decide)(void);
} hook = { .seq = SEQCNT_ZERO(hook.seq) };

/* Written by those who decide, whenever they like: each value counts for itself. */
static struct cb_quiet quiet = { .always = true };

static void run_decide(struct irq_work *work)
{
	hook.decide();
}

/* On PREEMPT_RT another one would wait for a thread. */
static struct irq_work call = IRQ_WORK_INIT_HARD(run_decide);

/* The inserted leap second that the core has ahead, if any; as CLOCK_REALTIME, ns. */
static s64 insert_at(const struct timekeeper *tk)
{
	return tk->next_leap_ktime == KTIME_MAX ? 0 : tk->next_leap_ktime + tk->offs_real;
}

/* base_real is stale here after a step, on 6.1 and 6.12: base and offs_real are not. */
static void take_clock(const struct timekeeper *tk, struct cb_clock *clock)
{
	const struct tk_read_base *mono = &tk->tkr_mono, *raw = &tk->tkr_raw;

	*clock = (struct cb_clock) {
		.usable = cb_counter_is_clocksource(mono->clock),
		.source = (unsigned long)mono->clock,
		.mask = mono->mask,
		.counter_value = mono->cycle_last,
		.realtime = mono->base + tk->offs_real + (mono->xtime_nsec >> mono->shift),
		.realtime_frac = mono->xtime_nsec & (BIT_ULL(mono->shift) - 1),
		.monotonic = mono->base + (mono->xtime_nsec >> mono->shift),
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

	/* Another clocksource is followed at each update: nothing else tells its time. */
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

/* Returns whether that has to be decided on. */
static noinline bool follow(const struct timekeeper *tk, bool was_set)
{
	const struct cb_timeline *timeline = &hook.timeline;
	u64 jumps = timeline->steps + timeline->epochs;
	s32 tai_offset = timeline->clock.tai_offset;
	s64 insert_at = timeline->clock.insert_at;
	struct cb_clock clock;

	take_clock(tk, &clock);
	/* Pairs with the read side in cb_timekeeping_read(). */
	raw_write_seqcount_begin(&hook.seq);
	cb_timeline_follow(&hook.timeline, &clock, was_set);
	raw_write_seqcount_end(&hook.seq);
	cb_realtime_publish(hook.realtime, &clock);
	remember(tk);
	return READ_ONCE(quiet.rates) || timeline->steps + timeline->epochs != jumps ||
	       clock.tai_offset != tai_offset || clock.insert_at != insert_at;
}

/* Without a branch where it can be: as a rule, nothing has moved. */
static bool is_quiet(u64 counter)
{
	const struct vmclock_page *page = READ_ONCE(quiet.page);
	u64 moved = READ_ONCE(quiet.always);

	if (page)
		moved |= (le32_to_cpu(READ_ONCE(page->seq_count)) ^ READ_ONCE(quiet.seq_count)) |
			 (le64_to_cpu(READ_ONCE(page->disruption_marker)) ^
			  READ_ONCE(quiet.marker)) |
			 (le64_to_cpu(READ_ONCE(page->vm_generation_counter)) ^
			  READ_ONCE(quiet.generation));
	return !moved && (s64)(counter - READ_ONCE(quiet.deadline)) < 0;
}

/* The timekeeper's lock is held, interrupts are off, its sequence is open. */
static int updated(struct notifier_block *block, unsigned long was_set, void *timekeeper)
{
	const struct timekeeper *tk = timekeeper;
	bool news = false;

	if (was_set || !goes_on(tk))
		news = follow(tk, was_set);
	if (news || !is_quiet(tk->tkr_mono.cycle_last))
		irq_work_queue(&call);
	return NOTIFY_OK;
}

static struct notifier_block block = { .notifier_call = updated };

/**
 * cb_timekeeping_init() - start to follow the timekeeping core
 * @realtime: where the clock page has what CLOCK_REALTIME reads
 * @decide: called in hard interrupt context, outside of all locks, when there is
 *	something to be decided
 *
 * Context: process.
 *
 * Return: 0 or a negative errno.
 */
int cb_timekeeping_init(struct clockbound_realtime *realtime, void (*decide)(void))
{
	hook.realtime = realtime;
	hook.decide = decide;
	return pvclock_gtod_register_notifier(&block);
}

/**
 * cb_timekeeping_exit() - stop to follow it
 *
 * No call runs when it returns. Context: process, may sleep.
 */
void cb_timekeeping_exit(void)
{
	pvclock_gtod_unregister_notifier(&block);
	irq_work_sync(&call);
}

/**
 * cb_timekeeping_read() - the system clock, as the hook has seen it last
 * @timeline: where a consistent copy goes; all zeros before the first update
 *
 * Any context but the hook's own.
 */
void cb_timekeeping_read(struct cb_timeline *timeline)
{
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&hook.seq);
		*timeline = hook.timeline;
	} while (read_seqcount_retry(&hook.seq, seq));
}

/**
 * cb_timekeeping_set_quiet() - say when to be called
 * @new: from now on; a call too many may come
 *
 * Calls do not overlap. Any context.
 */
void cb_timekeeping_set_quiet(const struct cb_quiet *new)
{
	WRITE_ONCE(quiet.page, new->page);
	WRITE_ONCE(quiet.seq_count, new->seq_count);
	WRITE_ONCE(quiet.marker, new->marker);
	WRITE_ONCE(quiet.generation, new->generation);
	WRITE_ONCE(quiet.deadline, new->deadline);
	WRITE_ONCE(quiet.rates, new->rates);
	WRITE_ONCE(quiet.always, new->always);
}
