// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine: takes samples, decides, publishes.
 *
 * Its lock is inside of no clock's lock: what the timekeeping core does comes by an
 * interrupt of its own. Nothing that an unprivileged program can call waits for it.
 */
#include <clockbound/reader.h>
#include <linux/gfp.h>
#include <linux/rcupdate.h>
#include <linux/timekeeping.h>

#include "../source/counter.h"
#include "../source/registered.h"
#include "../source/timekeeping.h"
#include "engine.h"
#include "engine_data.h"
#include "events.h"
#include "page.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

struct cb_engine cb_engine = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(cb_engine.lock),
	.seq = SEQCNT_RAW_SPINLOCK_ZERO(cb_engine.seq, &cb_engine.lock),
};

static unsigned long begin(void)
	__acquires(&cb_engine.lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&cb_engine.lock, flags);
	write_seqcount_begin(&cb_engine.seq);
	return flags;
}

static void end(unsigned long flags)
	__releases(&cb_engine.lock)
{
	write_seqcount_end(&cb_engine.seq);
	raw_spin_unlock_irqrestore(&cb_engine.lock, flags);
}

static void look_at_registered(struct cb_look *look)
{
	cb_watch_look(&cb_engine.registered, look);
	if (cb_engine.registered.page && !cb_registered_attached()) {
		look->moved = true;
		look->busy = false;
		look->verdict = CB_VERDICT_GONE;
	}
}

static bool take_look(struct cb_watch *watch, const struct cb_look *look,
		      struct cb_source *source, u8 counter_id)
{
	if (!look->moved || look->busy)
		return false;
	cb_watch_remember(watch, look, counter_id);
	cb_state_sample(&cb_engine.state, source, look->verdict, &look->sample, counter_id,
			ktime_get_raw_ns());
	return true;
}

/*
 * Returns whether there was something new to be seen. The registered page is looked at first
 * and taken in last: if its provider has changed the marker because the VMClock's has
 * changed, that is seen, too.
 */
static bool take_sample(void)
{
	struct cb_facts *facts = &cb_engine.state.facts;
	/* Before the looks, which see if it changes. */
	u8 counter_id = cb_counter_id();
	struct cb_look vmclock, registered;
	bool moved;

	look_at_registered(&registered);
	cb_watch_look(&cb_engine.vmclock, &vmclock);
	if (vmclock.busy)
		return false;
	moved = take_look(&cb_engine.vmclock, &vmclock, &facts->vmclock, counter_id);
	moved |= take_look(&cb_engine.registered, &registered, &facts->registered, counter_id);
	return moved;
}

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

/* What is decided has no lines yet: if all else is as published, only time has passed. */
static bool worth_writing(const struct clockbound_model *model)
{
	struct clockbound_model published = cb_engine.page->model;

	published.seq = model->seq;
	return memcmp(&published, model, sizeof(published));
}

static void update_shm0(u64 counter)
{
	struct timespec64 coarse;

	if (!cb_engine.shm0_users)
		return;
	ktime_get_coarse_ts64(&coarse);
	cb_shm0_update(&cb_engine.shm0, &cb_engine.state, counter, timespec64_to_ns(&coarse));
}

/* Whether there may be something new at each tick, and nothing else tells of it. */
static bool look_always(void)
{
	const struct cb_watch *watch = &cb_engine.vmclock;
	const struct cb_state *state = &cb_engine.state;

	if (cb_engine.registered.page || !cb_counter_khz() ||
	    (watch->page && (!watch->sampled || watch->verdict == CB_VERDICT_FOREIGN)))
		return true;
	/* With lines, also of a TSC that has become unstable. */
	return !state->clock.usable &&
	       (state->reported || cb_engine.shm0_users || cb_engine.model.valid_ticks);
}

/* When the timekeeping hook has to call. */
static void set_quiet(u64 counter)
{
	const struct cb_watch *watch = &cb_engine.vmclock;
	const struct cb_state *state = &cb_engine.state;
	struct cb_quiet quiet = {
		.page = watch->page,
		.seq_count = watch->seq_count,
		.marker = watch->marker,
		.generation = watch->generation,
		/* Half of what a signed difference can tell: never. */
		.deadline = counter + (1ULL << 62),
		.asleep = state->asleep,
	};

	/* Without lines there is none: what is unknown stays so until something is said. */
	if (cb_engine.model.valid_ticks)
		quiet.deadline = state->deadline;
	if (cb_engine.shm0_users) {
		quiet.mult = state->clock.mult;
		counter += CB_SHM0_REFRESH_NS / NSEC_PER_MSEC * cb_counter_khz();
		if ((s64)(quiet.deadline - counter) > 0)
			quiet.deadline = counter;
	}
	if (look_always())
		quiet.deadline = 0;
	cb_timekeeping_set_quiet(&quiet);
}

/* Takes in how the system clock went on. */
static bool take_clock(void)
{
	struct cb_timeline timeline;

	cb_timekeeping_read(&timeline);
	return timeline.epochs && cb_state_clock(&cb_engine.state, &timeline,
						 clockbound_counter(), ktime_get_raw_ns());
}

/*
 * Returns whether the system clock has stood still while the counter went on. Where it runs
 * on the counter, or there is none, there is nothing to compare.
 */
static bool take_pace(void)
{
	struct cb_state *state = &cb_engine.state;
	struct cb_pace *pace = &cb_engine.pace;
	bool goes_on = pace->rate && cb_engine.pace_epochs == state->epochs;
	struct cb_pair pair;

	if (state->clock.usable || cb_counter_id() == CLOCKBOUND_COUNTER_NONE) {
		pace->rate = 0;
		return false;
	}
	cb_timekeeping_pair(&pair);
	if (goes_on && cb_pace_keeps(pace, &pair)) {
		cb_pace_follow(pace, &pair);
		return false;
	}
	if (goes_on)
		cb_state_stood_still(state, pair.after, pair.raw);
	cb_pace_start(pace, &pair, cb_counter_khz());
	cb_engine.pace_epochs = state->epochs;
	/* It did until now. */
	return goes_on;
}

/* Readers wait between begin and end. */
static void write_model(void)
{
	struct clockbound_model *model = &cb_engine.model;

	if (!worth_writing(model)) {
		cb_decide_start(&cb_engine.state, clockbound_counter(), model);
		return;
	}
	cb_page_begin(cb_engine.page);
	cb_decide_start(&cb_engine.state, clockbound_counter(), model);
	cb_page_end(cb_engine.page, model);
	cb_past_add(&cb_engine.past, model);
	trace_clockbound_publish(model);
}

/* @news: something was said of the time, not only by the clock that goes on */
static void publish(bool news)
{
	u64 counter = clockbound_counter();
	/* Who reads without the counter has read its clock in front of begin(). */
	u64 raw = ktime_get_raw_ns();
	u32 changes = cb_engine.state.changes;

	cb_decide(&cb_engine.state, counter, &cb_engine.model);
	WRITE_ONCE(cb_engine.page->disruptions, cb_engine.state.facts.disruptions);
	if ((changes & (CLOCKBOUND_EVENT_DISRUPTION | CLOCKBOUND_EVENT_GENERATION)) ||
	    cb_engine.state.epochs != cb_engine.past_epochs)
		cb_past_forget(&cb_engine.past, counter);
	cb_engine.past_epochs = cb_engine.state.epochs;
	write_model();
	changes = cb_decide_started(&cb_engine.state, raw);
	update_shm0(counter);
	set_quiet(counter);
	if (changes)
		post(changes, &cb_engine.model);
	if (news || changes)
		cb_events_wake();
}

/* Whether the published model can be done better, or its status ends here. */
static bool deadline_passed(u64 counter)
{
	return cb_engine.page->model.valid_ticks &&
	       (s64)(counter - cb_engine.state.deadline) >= 0;
}

/*
 * Looks at all that may be new, and publishes if anything is. Ticks and notifications come
 * also while the machine goes to sleep and wakes up.
 */
static void look(void)
{
	u64 counter = clockbound_counter();
	bool ticked, moved;

	if (cb_engine.state.asleep)
		return;
	ticked = take_clock();
	ticked |= take_pace();
	moved = take_sample();
	if (ticked || moved || deadline_passed(counter)) {
		publish(moved);
	} else {
		update_shm0(counter);
		set_quiet(counter);
	}
}

/**
 * cb_engine_update() - there may be something new: look at it
 * Context: any but NMI, inside of no clock's lock.
 */
void cb_engine_update(void)
{
	unsigned long flags = begin();

	look();
	end(flags);
}

/**
 * cb_engine_pages_moved() - whether a VMClock page may say something new
 * Context: any. Without the lock it may say so a moment too late, or too early.
 * Return: true if one may.
 */
bool cb_engine_pages_moved(void)
{
	bool moved;

	/* Pairs with the synchronize_rcu() in cb_registered_unregister(). */
	rcu_read_lock();
	/* Without the lock: whoever remembers a look meanwhile has seen what there is. */
	moved = data_race(cb_watch_moved(&cb_engine.vmclock) ||
			  cb_watch_moved(&cb_engine.registered));
	rcu_read_unlock();
	return moved;
}

/**
 * cb_engine_try() - look at all that may be new, if nobody else is at it
 *
 * Waits for nobody. Context: any but NMI, inside of no clock's lock.
 */
void cb_engine_try(void)
{
	unsigned long flags;

	if (!raw_spin_trylock_irqsave(&cb_engine.lock, flags))
		return;
	write_seqcount_begin(&cb_engine.seq);
	look();
	end(flags);
}

/**
 * cb_engine_look() - the same for everybody: nothing is done if no page has moved
 *
 * Waits for nobody: if somebody else is at it, that is as good.
 * Context: any but NMI, inside of no clock's lock.
 */
void cb_engine_look(void)
{
	if (cb_engine_pages_moved())
		cb_engine_try();
}

/**
 * cb_engine_registered() - another registered page, or none
 * @page: the page; stays until the next call, and for a grace period. NULL for none
 *
 * No model names the page before when this returns; readings that have begun may still look at
 * it for a grace period.
 * Context: any but NMI, inside of no clock's lock.
 */
void cb_engine_registered(const struct vmclock_page *page)
{
	unsigned long flags = begin();

	cb_engine.registered = (struct cb_watch){ .page = page };
	rcu_assign_pointer(cb_engine.registered_page, page);
	cb_state_register(&cb_engine.state, page ? CB_VERDICT_BUSY : CB_VERDICT_NO_DEVICE);
	if (!cb_engine.state.asleep)
		take_sample();
	publish(true);
	end(flags);
}

/**
 * cb_engine_report() - a report of the synchronization daemon's
 * @report: the report, as it comes from user space
 * Context: any but NMI, inside of no clock's lock.
 * Return: 0 or a negative errno, as the ABI has it.
 */
int cb_engine_report(const struct clockbound_report *report)
{
	unsigned long flags = begin();
	int error = -ESTALE;

	if (cb_engine.state.asleep)
		goto out;
	/* Also a step that the hook has seen and not called for yet. */
	take_clock();
	take_pace();
	take_sample();
	/* In the middle of an update, the page may be ahead of the sample. */
	if (!cb_engine.vmclock.busy_since)
		error = cb_state_report(&cb_engine.state, report, ktime_get_raw_ns());
	publish(true);
out:
	end(flags);
	return error;
}

/**
 * cb_engine_sleep() - the machine is about to sleep: nothing is known until it wakes up
 *
 * From here to cb_engine_wake() nothing but "unknown" is published, whatever the sources say:
 * a hibernation image has nothing else in it, and nothing from before is left for a counter
 * that begins anew. A program that is stopped in the middle of a reading sees by the sequence
 * count that it has to begin again.
 * Context: any but NMI, while the clocks go.
 */
void cb_engine_sleep(void)
{
	unsigned long flags = begin();

	take_clock();
	cb_state_sleep(&cb_engine.state, clockbound_counter(), ktime_get_raw_ns());
	publish(true);
	end(flags);
}

/**
 * cb_engine_wake() - the machine has slept, or was about to
 *
 * For each cb_engine_sleep(), before a program runs. Context: any but NMI, while the clocks go.
 */
void cb_engine_wake(void)
{
	unsigned long flags = begin();
	struct cb_timeline timeline;

	cb_timekeeping_read(&timeline);
	cb_state_wake(&cb_engine.state, &timeline, clockbound_counter(), ktime_get_raw_ns());
	take_sample();
	publish(true);
	end(flags);
}

/**
 * cb_engine_disrupt() - disrupt by hand, or end that
 * @force: whether to start or to end it
 * Context: any but NMI, inside of no clock's lock.
 */
void cb_engine_disrupt(bool force)
{
	unsigned long flags = begin();

	cb_state_disrupt(&cb_engine.state, force, ktime_get_raw_ns());
	publish(true);
	end(flags);
}

/**
 * cb_engine_shm0_get() - somebody is going to read ClockBound's segment
 *
 * It is up to date on return, and kept so until cb_engine_shm0_put(). Context: process.
 */
void cb_engine_shm0_get(void)
{
	unsigned long flags = begin();

	cb_engine.shm0_users++;
	look();
	end(flags);
}

/**
 * cb_engine_shm0_put() - for each cb_engine_shm0_get()
 * Context: any but NMI, inside of no clock's lock.
 */
void cb_engine_shm0_put(void)
{
	unsigned long flags = begin();

	cb_engine.shm0_users--;
	end(flags);
}

/**
 * cb_engine_clock_page() - the clock page
 * Return: a page of its own, until cb_engine_exit(), or longer if the caller takes a reference.
 */
struct clockbound_page *cb_engine_clock_page(void)
{
	return cb_engine.page;
}

/**
 * cb_engine_shm0_page() - ClockBound's segment, to be mapped
 * Return: a page of its own, as cb_engine_clock_page() does.
 */
struct shm0_segment *cb_engine_shm0_page(void)
{
	return cb_engine.shm0.segment;
}

/**
 * cb_engine_init() - make the pages and publish the first model
 * @vmclock: the VMClock page; NULL if there is none
 * @vmclock_mappable: whether user space can map it
 * @allowed: CB_SOURCE_* that may be used
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int cb_engine_init(const struct vmclock_page *vmclock, bool vmclock_mappable, u8 allowed)
{
	u8 counter_id = cb_counter_id();
	struct shm0_segment *shm0;
	unsigned long flags;

	BUILD_BUG_ON(sizeof(struct clockbound_page) > PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct clockbound_realtime) != 64);
	BUILD_BUG_ON(offsetof(struct clockbound_page, model) % 128);
	BUILD_BUG_ON(sizeof(struct clockbound_model) != 128);
	BUILD_BUG_ON(sizeof(struct vmclock_page) != 112);
	BUILD_BUG_ON(sizeof(struct shm0_segment) != 80);

	shm0 = (struct shm0_segment *)get_zeroed_page(GFP_KERNEL);
	cb_engine.page = (struct clockbound_page *)get_zeroed_page(GFP_KERNEL);
	if (!shm0 || !cb_engine.page) {
		free_page((unsigned long)shm0);
		free_page((unsigned long)cb_engine.page);
		return -ENOMEM;
	}
	cb_shm0_init(&cb_engine.shm0, shm0);

	cb_engine.vmclock.page = vmclock;
	cb_page_format(cb_engine.page, counter_id, cb_counter_features() |
		       CLOCKBOUND_FEATURE_REGISTERED |
		       (vmclock_mappable ? CLOCKBOUND_FEATURE_VMCLOCK : 0));
	cb_state_init(&cb_engine.state, allowed, counter_id);
	flags = begin();
	take_sample();
	cb_past_forget(&cb_engine.past, clockbound_counter());
	publish(true);
	end(flags);
	return 0;
}

/**
 * cb_engine_exit() - give the pages back
 *
 * Nobody calls any other function of the engine any more. Context: process.
 */
void cb_engine_exit(void)
{
	cb_events_exit();
	free_page((unsigned long)cb_engine.shm0.segment);
	free_page((unsigned long)cb_engine.page);
}
