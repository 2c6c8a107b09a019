// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook into the kernel's timekeeping core.
 *
 * The core calls at every update of the timekeeper, once a tick at most: often enough to see
 * what the hypervisor does to its page. It calls inside its own lock, with its sequence count
 * open: whoever reads a clock in the kernel waits meanwhile. So nothing is decided here and
 * no lock is taken. The hook writes what CLOCK_REALTIME reads into the clock page, keeps the
 * timeline for those who decide, and calls them by an interrupt to itself if there is
 * anything to be decided.
 */
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/notifier.h>
#include <linux/pvclock_gtod.h>
#include <linux/seqlock.h>
#include <linux/timekeeper_internal.h>
#include <linux/timekeeping.h>

#include "counter.h"
#include "realtime.h"
#include "timekeeping.h"

/* The clock: as of anything but a tick; and, beside the clock page's line, what a tick moves. */
struct heard {
	struct cb_timeline timeline;
	u64 raw_base;			/* CLOCK_MONOTONIC_RAW, in the core's own units */
	u64 raw_nsec;
	u32 rate_shift;			/* from mult to the line's rate */
};

/* Nobody but the hook writes it. */
static struct {
	seqcount_t seq;
	struct heard heard;
	struct clockbound_realtime *line;
	/* With a larger mult, or another next leap second, it is more than a tick. */
	u32 mult_max;
	ktime_t next_leap_ktime;
	void (*decide)(void);
} hook = { .seq = SEQCNT_ZERO(hook.seq) };

/* In place of a page that is not there: nothing moves. */
static const struct vmclock_page no_page;

/*
 * Written by those who decide, whenever they like: each value counts for itself. It begins
 * with a deadline that is over.
 */
static struct cb_quiet quiet = { .page = &no_page };

static void run_decide(struct irq_work *work)
{
	hook.decide();
}

/* On PREEMPT_RT another one would wait for a thread. */
static struct irq_work call = IRQ_WORK_INIT_HARD(run_decide);

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
		.insert_at = tk->next_leap_ktime == KTIME_MAX ? 0 :
			     tk->next_leap_ktime + tk->offs_real,
	};
}

/* Both parts together: the clock at the last update. */
static void last_clock(const struct heard *heard, const struct clockbound_realtime *line,
		       struct cb_clock *clock)
{
	s64 offset = heard->timeline.clock.realtime - heard->timeline.clock.monotonic;

	*clock = heard->timeline.clock;
	if (!heard->timeline.epochs)
		return;
	clock->counter_value = line->counter_value;
	clock->realtime = line->time;
	clock->realtime_frac = line->frac >> (64 - clock->shift);
	clock->monotonic = line->time - offset;
	clock->mult = line->rate >> heard->rate_shift;
	clock->raw = heard->raw_base + (heard->raw_nsec >> clock->raw_shift);
	clock->raw_frac = heard->raw_nsec & (BIT_ULL(clock->raw_shift) - 1);
}

/*
 * The clock goes on, at the same rate or another one: the core changes it by one unit at
 * every other tick. To ask whether it has would cost as much as to write it down.
 */
static __always_inline void follow_tick(const struct timekeeper *tk)
{
	const struct tk_read_base *mono = &tk->tkr_mono;

	/* Pairs with the read side in cb_timekeeping_read(). */
	raw_write_seqcount_begin(&hook.seq);
	hook.heard.raw_base = tk->tkr_raw.base;
	hook.heard.raw_nsec = tk->tkr_raw.xtime_nsec;
	cb_realtime_advance(hook.line, mono->cycle_last,
			    mono->base + tk->offs_real + (mono->xtime_nsec >> mono->shift),
			    mono->xtime_nsec << (64 - mono->shift),
			    (u64)mono->mult << hook.heard.rate_shift);
	raw_write_seqcount_end(&hook.seq);
}

/* Anything else. Returns whether that has to be decided on. */
static bool follow(const struct timekeeper *tk, bool was_set)
{
	struct heard *heard = &hook.heard;
	u64 jumps = heard->timeline.steps + heard->timeline.epochs;
	struct cb_clock last, clock;

	last_clock(heard, hook.line, &last);
	take_clock(tk, &clock);
	/* As in follow_tick(). */
	raw_write_seqcount_begin(&hook.seq);
	heard->timeline.clock = last;
	cb_timeline_follow(&heard->timeline, &clock, was_set);
	heard->raw_base = tk->tkr_raw.base;
	heard->raw_nsec = tk->tkr_raw.xtime_nsec;
	cb_realtime_publish(hook.line, &clock);
	heard->rate_shift = 64 - clock.shift - hook.line->counter_shift;
	raw_write_seqcount_end(&hook.seq);
	hook.mult_max = min(U64_MAX >> heard->rate_shift, (u64)U32_MAX);
	hook.next_leap_ktime = tk->next_leap_ktime;
	return heard->timeline.steps + heard->timeline.epochs != jumps ||
	       clock.tai_offset != last.tai_offset || clock.insert_at != last.insert_at;
}

/* Whether the hypervisor has said nothing new, and it is not yet time for anything. */
static __always_inline bool is_quiet(u64 counter)
{
	const struct vmclock_page *page = READ_ONCE(quiet.page);

	/* Without a branch: as a rule, nothing has moved. */
	return !((le32_to_cpu(READ_ONCE(page->seq_count)) ^ READ_ONCE(quiet.seq_count)) |
		 (le64_to_cpu(READ_ONCE(page->disruption_marker)) ^ READ_ONCE(quiet.marker)) |
		 (le64_to_cpu(READ_ONCE(page->vm_generation_counter)) ^
		  READ_ONCE(quiet.generation))) &&
	       (s64)(counter - READ_ONCE(quiet.deadline)) < 0;
}

/* A tick, if the clock was not set. Another rate may need another unit. */
static bool is_tick(const struct timekeeper *tk)
{
	return tk->next_leap_ktime == hook.next_leap_ktime &&
	       tk->tkr_mono.mult <= hook.mult_max;
}

static noinline int call_decide(void)
{
	if (!READ_ONCE(quiet.asleep))
		irq_work_queue(&call);
	return NOTIFY_OK;
}

/* More than a tick; or somebody wants to know the rate. */
static noinline int updated_specially(const struct timekeeper *tk, bool was_set)
{
	u32 mult = tk->tkr_mono.mult, told = READ_ONCE(quiet.mult);
	bool news = told && (mult > told + 1 || mult + 1 < told);

	if (was_set || !is_tick(tk))
		news |= follow(tk, was_set);
	else
		follow_tick(tk);
	return news || !is_quiet(tk->tkr_mono.cycle_last) ? call_decide() : NOTIFY_OK;
}

/* The timekeeper's lock is held, interrupts are off, its sequence is open. */
static int updated(struct notifier_block *block, unsigned long was_set, void *timekeeper)
{
	const struct timekeeper *tk = timekeeper;

	if (unlikely((was_set | READ_ONCE(quiet.mult)) || !is_tick(tk)))
		return updated_specially(tk, was_set);
	follow_tick(tk);
	return is_quiet(tk->tkr_mono.cycle_last) ? NOTIFY_OK : call_decide();
}

static struct notifier_block block = { .notifier_call = updated };

/**
 * cb_timekeeping_init() - start to follow the timekeeping core
 * @realtime: where the clock page has what CLOCK_REALTIME reads
 * @decide: called in hard interrupt context, outside of all locks, when there is something to
 *	be decided
 * Context: process.
 * Return: 0 or a negative errno.
 */
int cb_timekeeping_init(struct clockbound_realtime *realtime, void (*decide)(void))
{
	hook.line = realtime;
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
 * @timeline: becomes a consistent copy; all zeros before the first update
 * Context: any but the hook's own.
 */
void cb_timekeeping_read(struct cb_timeline *timeline)
{
	struct clockbound_realtime line = { };
	struct heard heard;
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&hook.seq);
		heard = hook.heard;
		if (heard.timeline.epochs)
			line = *hook.line;
	} while (read_seqcount_retry(&hook.seq, seq));
	*timeline = heard.timeline;
	last_clock(&heard, &line, &timeline->clock);
}

/**
 * cb_timekeeping_pair() - the counter and CLOCK_MONOTONIC_RAW at one moment
 * @pair: where they go; nobody but a hypervisor takes the CPU away in between
 * Context: any but NMI.
 */
void cb_timekeeping_pair(struct cb_pair *pair)
{
	unsigned long flags;

	local_irq_save(flags);
	pair->before = clockbound_counter();
	pair->raw = ktime_get_raw_ns();
	pair->after = clockbound_counter();
	local_irq_restore(flags);
}

/**
 * cb_timekeeping_set_quiet() - say when to be called
 * @new: from now on; a call too many may come
 * Context: any; calls do not overlap.
 */
void cb_timekeeping_set_quiet(const struct cb_quiet *new)
{
	WRITE_ONCE(quiet.page, new->page ?: &no_page);
	WRITE_ONCE(quiet.seq_count, new->seq_count);
	WRITE_ONCE(quiet.marker, new->marker);
	WRITE_ONCE(quiet.generation, new->generation);
	WRITE_ONCE(quiet.deadline, new->deadline);
	WRITE_ONCE(quiet.mult, new->mult);
	WRITE_ONCE(quiet.asleep, new->asleep);
}
