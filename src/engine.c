// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine: takes samples, decides, publishes, answers.
 *
 * The lock is taken in the timekeeping notifier, inside the timekeeper's own
 * lock and its open sequence count. So no clock may be read while it is held,
 * except by the ktime_get_*_fast_ns() functions, and nothing may be woken up.
 */
#include <clockbound/reader.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "at.h"
#include "counter.h"
#include "decide.h"
#include "engine.h"
#include "events.h"
#include "model.h"
#include "page.h"
#include "past.h"
#include "registered.h"
#include "shm0.h"
#include "wait.h"
#include "watch.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static struct {
	raw_spinlock_t lock;
	struct clockbound_page *page;
	struct cb_bound bound;			/* under the lock, like all below */
	struct clockbound_model model;		/* the last decision */
	struct cb_past past;
	struct cb_shm0 shm0;
	unsigned int shm0_users;		/* it is brought up to date for them */
	s64 coarse;				/* CLOCK_MONOTONIC_COARSE, ns */
	u64 coarse_until;			/* counter: then it has to be taken in again */
	struct cb_watch vmclock;		/* its page is constant */
	struct cb_watch registered;
	const struct vmclock_page __rcu *registered_page;	/* for readings */
} engine = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(engine.lock),
};

struct cb_quiet cb_quiet;

static void look_at_registered(struct cb_look *look)
{
	cb_watch_look(&engine.registered, look);
	if (engine.registered.page && !cb_registered_attached()) {
		look->moved = true;
		look->busy = false;
		look->verdict = CB_VERDICT_GONE;
	}
}

/* A function of its own: as a rule nobody needs its room on the stack. */
static noinline bool look_and_take(void)
{
	u8 counter_id = cb_counter_id();
	struct cb_look vmclock, registered;

	look_at_registered(&registered);
	cb_watch_look(&engine.vmclock, &vmclock);
	if (vmclock.busy)
		return false;

	if (vmclock.moved) {
		cb_watch_remember(&engine.vmclock, &vmclock, counter_id);
		cb_bound_sample(&engine.bound, vmclock.verdict, &vmclock.sample, counter_id,
				ktime_get_raw_fast_ns());
	}
	if (registered.moved && !registered.busy) {
		cb_watch_remember(&engine.registered, &registered, counter_id);
		cb_bound_sample_registered(&engine.bound, registered.verdict,
					   &registered.sample, counter_id,
					   ktime_get_raw_fast_ns());
	}
	return vmclock.moved || (registered.moved && !registered.busy);
}

/*
 * The registered page is looked at first and taken in last: if its provider has
 * changed the marker because the VMClock's has changed, that is seen, too.
 *
 * Returns whether there was something new to be seen.
 */
static bool take_sample(void)
{
	return (engine.registered.page || cb_watch_moved(&engine.vmclock) ||
		engine.vmclock.busy_since) && look_and_take();
}

/* @changes: not 0 */
static noinline void post(u32 changes, const struct clockbound_model *model)
{
	struct clockbound_event event = {
		.counter_value = clockbound_counter(),
		.disruption_marker = model->disruption_marker,
		.vm_generation = model->vm_generation,
		.changes = changes,
		.status = model->status,
	};

	trace_clockbound_event(&event);
	cb_events_post(&event);
}

/* Nothing but time changes a model without lines, so it need not be written. */
static bool worth_writing(const struct clockbound_model *model)
{
	struct clockbound_model *published = &engine.page->model;

	if (cb_model_has_lines(model) || cb_model_has_lines(published))
		return true;
	return model->status != published->status || model->flags != published->flags ||
	       model->disruption_marker != published->disruption_marker ||
	       model->vm_generation != published->vm_generation ||
	       engine.registered.marker != engine.page->registered_marker ||
	       engine.registered.generation != engine.page->registered_generation;
}

static void update_shm0(u64 counter)
{
	if (engine.shm0_users)
		cb_shm0_update(&engine.shm0, &engine.bound, counter, engine.coarse);
}

/* What the notifier compares; the lock is held. */
static void set_quiet(u64 counter)
{
	static const struct vmclock_page no_page;
	const struct cb_watch *watch = &engine.vmclock;
	/* However often something is published: that is done without the coarse clock. */
	u64 deadline = engine.coarse_until;

	/* Without lines there is none: what is unknown stays so until something is said. */
	if (cb_model_has_lines(&engine.model) &&
	    (s64)(engine.bound.deadline - deadline) < 0)
		deadline = engine.bound.deadline;
	/* There is something to be done at each update. */
	if (engine.bound.floored || engine.registered.page ||
	    (watch->page && (!watch->sampled || watch->verdict == CB_VERDICT_FOREIGN)))
		deadline = counter;
	WRITE_ONCE(cb_quiet.page, watch->page ? watch->page : &no_page);
	WRITE_ONCE(cb_quiet.seq_count, watch->seq_count);
	WRITE_ONCE(cb_quiet.marker, watch->marker);
	WRITE_ONCE(cb_quiet.generation, watch->generation);
	WRITE_ONCE(cb_quiet.deadline, deadline);
}

/* @news: something was said of the time, not only by the clock that goes on */
static void publish(bool news)
{
	struct clockbound_model *model = &engine.model;
	u64 counter = clockbound_counter();
	u32 changes = cb_decide(&engine.bound, counter, model);

	if (changes & (CLOCKBOUND_EVENT_DISRUPTION | CLOCKBOUND_EVENT_GENERATION))
		cb_past_forget(&engine.past, counter);
	WRITE_ONCE(engine.page->disruptions, engine.bound.state.disruptions);
	if (worth_writing(model)) {
		cb_page_write(engine.page, model, engine.registered.marker,
			      engine.registered.generation);
		cb_past_add(&engine.past, model);
		trace_clockbound_publish(model);
	}
	update_shm0(counter);
	set_quiet(counter);
	if (changes)
		post(changes, model);
	if (news || changes)
		cb_wait_wake();
}

/**
 * cb_engine_refresh() - look at the pages and publish what they say now
 *
 * Any context but NMI. Does not sleep, wakes nobody.
 */
void cb_engine_refresh(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	if (take_sample())
		publish(true);
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

/**
 * cb_engine_register() - watch a registered page
 * @page: the page; stays until cb_engine_unregister(), and for a grace period
 *
 * There is no registered page yet. Any context but NMI.
 */
void cb_engine_register(const struct vmclock_page *page)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	engine.registered = (struct cb_watch){ .page = page };
	rcu_assign_pointer(engine.registered_page, page);
	cb_bound_register(&engine.bound, CB_VERDICT_BUSY);
	take_sample();
	publish(true);
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

/**
 * cb_engine_unregister() - let go of the registered page
 *
 * No model names it when this returns; readings that have begun may still look at it
 * for a grace period. Any context but NMI.
 */
void cb_engine_unregister(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	engine.registered = (struct cb_watch){ };
	RCU_INIT_POINTER(engine.registered_page, NULL);
	cb_bound_register(&engine.bound, CB_VERDICT_NO_DEVICE);
	publish(true);
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

/* Whether the published model can be done better, or its status ends here. */
static bool deadline_passed(u64 counter)
{
	if (engine.bound.floored)
		return true;
	return cb_model_has_lines(&engine.page->model) &&
	       (s64)(counter - engine.bound.deadline) >= 0;
}

/**
 * cb_engine_tick() - an update of the timekeeper
 * @clock: the system clock
 * @was_set: as the notifier has it
 *
 * Publishes if anything has changed. In the timekeeping notifier only: calls do
 * not overlap.
 */
void cb_engine_tick(const struct cb_clock *clock, bool was_set)
{
	bool moved;

	raw_spin_lock(&engine.lock);
	engine.coarse = clock->coarse;
	engine.coarse_until = clock->counter_value +
			      CB_SHM0_REFRESH_NS / NSEC_PER_MSEC * cb_counter_khz();
	moved = take_sample();
	/* The time now is read only where it is needed: it costs something. */
	if (cb_bound_clock(&engine.bound, clock, was_set,
			   was_set ? ktime_get_raw_fast_ns() : 0) || moved ||
	    deadline_passed(clock->counter_value)) {
		publish(moved);
	} else {
		update_shm0(clockbound_counter());
		set_quiet(clock->counter_value);
	}
	raw_spin_unlock(&engine.lock);
}

/**
 * cb_engine_report() - a report about the system clock's error
 * @report: the report, as it comes from user space
 *
 * Any context but NMI.
 *
 * Return: 0 or a negative errno, as the ABI has it.
 */
int cb_engine_report(const struct clockbound_report *report)
{
	unsigned long flags;
	int error;

	raw_spin_lock_irqsave(&engine.lock, flags);
	take_sample();
	/* In the middle of an update, the page may be ahead of the sample. */
	if (engine.vmclock.busy_since)
		error = -ESTALE;
	else
		error = cb_bound_report(&engine.bound, report, ktime_get_raw_fast_ns());
	publish(true);
	raw_spin_unlock_irqrestore(&engine.lock, flags);
	return error;
}

/**
 * cb_engine_disrupt() - disrupt by hand, or end that
 * @force: whether to start or to end it
 *
 * Any context but NMI.
 */
void cb_engine_disrupt(bool force)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	cb_bound_disrupt(&engine.bound, force, ktime_get_raw_fast_ns());
	publish(true);
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

static bool pages_moved(void)
{
	return cb_watch_moved(&engine.vmclock) || cb_watch_moved(&engine.registered);
}

/* How often CLOCK_REALTIME did not go on; the lock is held. */
static u64 jumps(void)
{
	return engine.bound.state.steps + engine.bound.leaps;
}

static u64 jumps_so_far(void)
{
	unsigned long flags;
	u64 count;

	raw_spin_lock_irqsave(&engine.lock, flags);
	count = jumps();
	raw_spin_unlock_irqrestore(&engine.lock, flags);
	return count;
}

/*
 * A reading of the system clock itself. If it was set or the VMClock has moved
 * meanwhile, the reading stays unknown: the next one is as good as a second try.
 * Not under the lock: that is inside the timekeeper's.
 */
static void read_clock(struct clockbound_reading *reading)
{
	u64 before = jumps_so_far();
	s64 realtime = ktime_get_real_ns();
	u64 raw = ktime_get_raw_ns();
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	if (jumps() == before && !(engine.bound.supported && pages_moved()))
		cb_decide_read(&engine.bound, realtime, raw, reading);
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

static int read_page(struct clockbound_reading *reading)
{
	int result;

	/* Pairs with the synchronize_rcu() in cb_registered_unregister(). */
	rcu_read_lock();
	result = clockbound_page_read(engine.page, engine.vmclock.page,
				      rcu_dereference(engine.registered_page), reading);
	rcu_read_unlock();
	return result;
}

/**
 * cb_engine_read() - take a reading
 * @reading: where it goes; all but its size and request is written
 *
 * If a VMClock page has moved on since the model was made, the model is made anew
 * first, so the answer is what the page says at this moment. Any context
 * but NMI.
 */
void cb_engine_read(struct clockbound_reading *reading)
{
	int result = read_page(reading);

	if (result == CLOCKBOUND_READ_STALE || result == CLOCKBOUND_READ_BUSY) {
		cb_engine_refresh();
		result = read_page(reading);
	}
	if (result == CLOCKBOUND_READ_IOCTL)
		read_clock(reading);
}

/**
 * cb_engine_at() - the interval of a moment in the past
 * @reading: as the ABI has it for CLOCKBOUND_AT
 *
 * Any context but NMI.
 *
 * Return: 0 or a negative errno, as the ABI has it.
 */
int cb_engine_at(struct clockbound_reading *reading)
{
	unsigned long flags;
	int error;

	raw_spin_lock_irqsave(&engine.lock, flags);
	if (take_sample())
		publish(true);
	/* In the middle of an update, a page may be ahead of the sample. */
	if (engine.vmclock.busy_since || engine.registered.busy_since)
		error = -ESTALE;
	else
		error = cb_at_read(&engine.past, &engine.bound, &engine.page->model,
				   clockbound_counter(), reading);
	raw_spin_unlock_irqrestore(&engine.lock, flags);
	return error;
}

/**
 * cb_engine_too_wide() - whether a reading is wider than its caller accepts
 * @reading: the reading
 *
 * Any context.
 */
bool cb_engine_too_wide(const struct clockbound_reading *reading)
{
	u64 width = (u64)reading->latest - (u64)reading->earliest;

	return reading->max_width && width > reading->max_width;
}

/**
 * cb_engine_disruptions() - disruptions noticed since the module was loaded
 *
 * Any context.
 */
u64 cb_engine_disruptions(void)
{
	return READ_ONCE(engine.page->disruptions);
}

/**
 * cb_engine_state() - what the engine knows
 * @state: where a consistent copy goes
 *
 * Any context but NMI.
 */
void cb_engine_state(struct cb_state *state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	*state = engine.bound.state;
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

/**
 * cb_engine_publications() - models published since the module was loaded
 *
 * Any context.
 */
u64 cb_engine_publications(void)
{
	return READ_ONCE(engine.page->publications);
}

/**
 * cb_engine_features() - what the clock page offers
 *
 * Return: CLOCKBOUND_FEATURE_*; constant.
 */
u64 cb_engine_features(void)
{
	return engine.page->features;
}

/**
 * cb_engine_page() - the memory of the clock page
 *
 * Return: the page; it lives until cb_engine_exit(), or longer if the caller
 * takes a reference.
 */
struct page *cb_engine_page(void)
{
	return virt_to_page(engine.page);
}

/**
 * cb_engine_shm0_get() - somebody is going to read ClockBound's segment
 *
 * It is up to date on return, and kept so until cb_engine_shm0_put(). Context:
 * process.
 */
void cb_engine_shm0_get(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	engine.shm0_users++;
	if (take_sample())
		publish(true);
	else
		update_shm0(clockbound_counter());
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

/**
 * cb_engine_shm0_put() - for each cb_engine_shm0_get()
 *
 * Any context but NMI.
 */
void cb_engine_shm0_put(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	engine.shm0_users--;
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

/**
 * cb_engine_shm0_page() - the memory of ClockBound's segment
 *
 * Return: the page; it lives as long as that of cb_engine_page().
 */
struct page *cb_engine_shm0_page(void)
{
	return virt_to_page(engine.shm0.segment);
}

/**
 * cb_engine_shm0() - ClockBound's segment
 * @segment: where a consistent copy goes; its generation is even
 *
 * Any context but NMI.
 */
void cb_engine_shm0(struct shm0_segment *segment)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	*segment = *engine.shm0.segment;
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

/**
 * cb_engine_init() - make the pages and publish the first model
 * @vmclock: the VMClock page; NULL if there is none
 * @vmclock_mappable: whether user space can map it
 * @allowed: CB_SOURCE_* that may be used
 *
 * Context: process.
 *
 * Return: 0 or -ENOMEM.
 */
int cb_engine_init(const struct vmclock_page *vmclock, bool vmclock_mappable, u8 allowed)
{
	u8 counter_id = cb_counter_id();
	struct shm0_segment *shm0;

	BUILD_BUG_ON(sizeof(struct clockbound_page) > PAGE_SIZE);
	BUILD_BUG_ON(offsetof(struct clockbound_page, model) % 128);
	BUILD_BUG_ON(sizeof(struct clockbound_model) != 128);
	BUILD_BUG_ON(sizeof(struct vmclock_page) != 112);
	BUILD_BUG_ON(sizeof(struct shm0_segment) != 80);

	shm0 = (struct shm0_segment *)get_zeroed_page(GFP_KERNEL);
	engine.page = (struct clockbound_page *)get_zeroed_page(GFP_KERNEL);
	if (!shm0 || !engine.page) {
		free_page((unsigned long)shm0);
		free_page((unsigned long)engine.page);
		return -ENOMEM;
	}
	cb_shm0_init(&engine.shm0, shm0);

	engine.vmclock.page = vmclock;
	cb_page_format(engine.page, counter_id, cb_counter_features() |
		       CLOCKBOUND_FEATURE_REGISTERED |
		       (vmclock_mappable ? CLOCKBOUND_FEATURE_VMCLOCK : 0));
	cb_bound_init(&engine.bound, allowed, counter_id);
	take_sample();
	cb_past_forget(&engine.past, clockbound_counter());
	publish(true);
	return 0;
}

/**
 * cb_engine_exit() - give the pages back
 *
 * Nobody calls any other function of the engine any more. Context: process.
 */
void cb_engine_exit(void)
{
	free_page((unsigned long)engine.shm0.segment);
	free_page((unsigned long)engine.page);
}
