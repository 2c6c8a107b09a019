// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine: takes samples, decides, publishes, answers.
 *
 * Its lock is inside of no clock's lock: what the timekeeping core does comes by an
 * interrupt of its own. Nothing that an unprivileged program can call waits for it.
 */
#include <clockbound/reader.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "../source/counter.h"
#include "../source/pace.h"
#include "../source/registered.h"
#include "../source/timekeeping.h"
#include "../source/watch.h"
#include "at.h"
#include "decide.h"
#include "engine.h"
#include "events.h"
#include "model.h"
#include "page.h"
#include "past.h"
#include "shm0.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static struct {
	raw_spinlock_t lock;
	seqcount_raw_spinlock_t seq;		/* for those who read without the lock */
	struct clockbound_page *page;
	struct cb_state state;			/* under the lock, like all below */
	struct clockbound_model model;		/* the last decision */
	struct cb_past past;
	u64 past_epochs;			/* as the bound had it when @past began */
	struct cb_pace pace;			/* where the clock does not run on the counter */
	u64 pace_epochs;			/* as the bound had it when @pace began */
	struct cb_shm0 shm0;
	unsigned int shm0_users;		/* it is brought up to date for them */
	struct cb_watch vmclock;		/* its page is constant */
	struct cb_watch registered;
	const struct vmclock_page __rcu *registered_page;	/* for readings */
	void (*news)(void);			/* tells those who wait */
} engine = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(engine.lock),
	.seq = SEQCNT_RAW_SPINLOCK_ZERO(engine.seq, &engine.lock),
};

static unsigned long begin(void)
	__acquires(&engine.lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	write_seqcount_begin(&engine.seq);
	return flags;
}

static void end(unsigned long flags)
	__releases(&engine.lock)
{
	write_seqcount_end(&engine.seq);
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

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
		cb_state_sample(&engine.state, vmclock.verdict, &vmclock.sample, counter_id,
				ktime_get_raw_ns());
	}
	if (registered.moved && !registered.busy) {
		cb_watch_remember(&engine.registered, &registered, counter_id);
		cb_state_sample_registered(&engine.state, registered.verdict,
					   &registered.sample, counter_id,
					   ktime_get_raw_ns());
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
	       model->registered_marker != published->registered_marker ||
	       model->registered_generation != published->registered_generation;
}

static void update_shm0(u64 counter)
{
	struct timespec64 coarse;

	if (!engine.shm0_users)
		return;
	ktime_get_coarse_ts64(&coarse);
	cb_shm0_update(&engine.shm0, &engine.state, counter, timespec64_to_ns(&coarse));
}

/* When the timekeeping hook has to call. */
static void set_quiet(u64 counter)
{
	const struct cb_watch *watch = &engine.vmclock;
	struct cb_quiet quiet = {
		.page = watch->page,
		.seq_count = watch->seq_count,
		.marker = watch->marker,
		.generation = watch->generation,
		/* Half of what a signed difference can tell: never. */
		.deadline = counter + (1ULL << 62),
		.always = engine.registered.page || !cb_counter_khz() ||
			  (watch->page && (!watch->sampled ||
					   watch->verdict == CB_VERDICT_FOREIGN)) ||
			  (!engine.state.clock.usable &&
			   (engine.state.reported || engine.shm0_users ||
			    /* Nobody else tells of a TSC that has become unstable. */
			    cb_model_has_lines(&engine.model))),
		.rates = engine.shm0_users,
	};

	/* Without lines there is none: what is unknown stays so until something is said. */
	if (cb_model_has_lines(&engine.model))
		quiet.deadline = engine.state.deadline;
	if (engine.shm0_users) {
		counter += CB_SHM0_REFRESH_NS / NSEC_PER_MSEC * cb_counter_khz();
		if ((s64)(quiet.deadline - counter) > 0)
			quiet.deadline = counter;
	}
	cb_timekeeping_set_quiet(&quiet);
}

/* Takes in how the system clock went on. */
static bool take_clock(void)
{
	struct cb_timeline timeline;

	cb_timekeeping_read(&timeline);
	return timeline.epochs && cb_state_clock(&engine.state, &timeline,
						 clockbound_counter(), ktime_get_raw_ns());
}

/* Nobody but a hypervisor takes the CPU away in between. */
static void take_pair(struct cb_pair *pair)
{
	unsigned long flags;

	local_irq_save(flags);
	pair->before = clockbound_counter();
	pair->raw = ktime_get_raw_ns();
	pair->after = clockbound_counter();
	local_irq_restore(flags);
}

/*
 * Where the system clock runs on something else, it can stand still while the counter goes
 * on. Where it runs on the counter, or there is none, there is nothing to compare.
 *
 * Returns whether it has stood still.
 */
static bool take_pace(void)
{
	struct cb_state *state = &engine.state;
	struct cb_pace *pace = &engine.pace;
	bool goes_on = pace->rate && engine.pace_epochs == state->epochs;
	bool stood_still = false;
	struct cb_pair pair;

	if (state->clock.usable || cb_counter_id() == CLOCKBOUND_COUNTER_NONE) {
		pace->rate = 0;
		return false;
	}
	take_pair(&pair);
	if (goes_on && cb_pace_keeps(pace, &pair)) {
		cb_pace_follow(pace, &pair);
		return false;
	}
	if (goes_on) {
		cb_state_stood_still(state, pair.after, pair.raw);
		stood_still = true;
	}
	cb_pace_start(pace, &pair, cb_counter_khz());
	engine.pace_epochs = state->epochs;
	return stood_still;
}

/* Readers wait between begin and end. */
static void write_model(void)
{
	struct clockbound_model *model = &engine.model;

	if (!worth_writing(model)) {
		cb_decide_start(&engine.state, clockbound_counter(), model);
		return;
	}
	cb_page_begin(engine.page);
	cb_decide_start(&engine.state, clockbound_counter(), model);
	cb_page_end(engine.page, model);
	cb_past_add(&engine.past, model);
	trace_clockbound_publish(model);
}

/* @news: something was said of the time, not only by the clock that goes on */
static void publish(bool news)
{
	u64 counter = clockbound_counter();
	/* Who reads without the counter has read its clock in front of begin(). */
	u64 raw = ktime_get_raw_ns();
	u32 changes = engine.state.changes;

	cb_decide(&engine.state, counter, &engine.model);
	WRITE_ONCE(engine.page->disruptions, engine.state.facts.disruptions);
	if ((changes & (CLOCKBOUND_EVENT_DISRUPTION | CLOCKBOUND_EVENT_GENERATION)) ||
	    engine.state.epochs != engine.past_epochs)
		cb_past_forget(&engine.past, counter);
	engine.past_epochs = engine.state.epochs;
	write_model();
	changes = cb_decide_started(&engine.state, raw);
	update_shm0(counter);
	set_quiet(counter);
	if (changes)
		post(changes, &engine.model);
	if (news || changes)
		engine.news();
}

/* Whether the published model can be done better, or its status ends here. */
static bool deadline_passed(u64 counter)
{
	return cb_model_has_lines(&engine.page->model) &&
	       (s64)(counter - engine.state.deadline) >= 0;
}

/*
 * Looks at all that may be new, and publishes if anything is. Ticks and notifications come
 * also while the machine goes to sleep and wakes up.
 */
static void look(void)
{
	u64 counter = clockbound_counter();
	bool ticked, moved;

	if (engine.state.asleep)
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
 *
 * Any context but NMI, inside of no clock's lock. Does not sleep.
 */
void cb_engine_update(void)
{
	unsigned long flags = begin();

	look();
	end(flags);
}

/* Also without the lock: then it may say so a moment too late, or too early. */
static bool pages_moved(void)
{
	bool moved;

	/* Pairs with the synchronize_rcu() in cb_registered_unregister(). */
	rcu_read_lock();
	moved = cb_watch_moved(&engine.vmclock) || cb_watch_moved(&engine.registered);
	rcu_read_unlock();
	return moved;
}

static void try_to_look(void)
{
	unsigned long flags;

	if (!raw_spin_trylock_irqsave(&engine.lock, flags))
		return;
	write_seqcount_begin(&engine.seq);
	look();
	end(flags);
}

/**
 * cb_engine_look() - the same, for everybody
 *
 * Does nothing if no page has moved, and waits for nobody: if somebody else is at it, that
 * is as good. Any context but NMI.
 */
void cb_engine_look(void)
{
	if (pages_moved())
		try_to_look();
}

/**
 * cb_engine_registered() - another registered page, or none
 * @page: the page; stays until the next call, and for a grace period. NULL for none
 *
 * No model names the page before when this returns; readings that have begun may still
 * look at it for a grace period. Any context but NMI.
 */
void cb_engine_registered(const struct vmclock_page *page)
{
	unsigned long flags = begin();

	engine.registered = (struct cb_watch){ .page = page };
	rcu_assign_pointer(engine.registered_page, page);
	cb_state_register(&engine.state, page ? CB_VERDICT_BUSY : CB_VERDICT_NO_DEVICE);
	if (!engine.state.asleep)
		take_sample();
	publish(true);
	end(flags);
}

/**
 * cb_engine_report() - a report of the synchronization daemon's
 * @report: the report, as it comes from user space
 *
 * Any context but NMI.
 *
 * Return: 0 or a negative errno, as the ABI has it.
 */
int cb_engine_report(const struct clockbound_report *report)
{
	unsigned long flags = begin();
	int error = -ESTALE;

	if (engine.state.asleep)
		goto out;
	/* Also a step that the hook has seen and not called for yet. */
	take_clock();
	take_pace();
	take_sample();
	/* In the middle of an update, the page may be ahead of the sample. */
	if (!engine.vmclock.busy_since)
		error = cb_state_report(&engine.state, report, ktime_get_raw_ns());
	publish(true);
out:
	end(flags);
	return error;
}

/**
 * cb_engine_sleep() - the machine is about to sleep: nothing is known until it wakes up
 *
 * From here to cb_engine_wake() nothing but "unknown" is published, whatever the sources
 * say: a hibernation image has nothing else in it, and nothing from before is left for a
 * counter that begins anew. A program that is stopped in the middle of a reading sees by the
 * sequence count that it has to begin again. Any context but NMI, while the clocks go.
 */
void cb_engine_sleep(void)
{
	unsigned long flags = begin();

	take_clock();
	cb_state_sleep(&engine.state, clockbound_counter(), ktime_get_raw_ns());
	publish(true);
	end(flags);
}

/**
 * cb_engine_wake() - the machine has slept, or was about to
 *
 * For each cb_engine_sleep(), before a program runs. Any context but NMI, while the clocks
 * go.
 */
void cb_engine_wake(void)
{
	unsigned long flags = begin();
	struct cb_timeline timeline;

	cb_timekeeping_read(&timeline);
	cb_state_wake(&engine.state, &timeline, clockbound_counter(), ktime_get_raw_ns());
	take_sample();
	publish(true);
	end(flags);
}

/**
 * cb_engine_disrupt() - disrupt by hand, or end that
 * @force: whether to start or to end it
 *
 * Any context but NMI.
 */
void cb_engine_disrupt(bool force)
{
	unsigned long flags = begin();

	cb_state_disrupt(&engine.state, force, ktime_get_raw_ns());
	publish(true);
	end(flags);
}

/*
 * A reading where the system clock does not run on the counter. If a VMClock has moved
 * meanwhile, or that clock has stood still, the reading stays unknown: the next one is as
 * good as a second try.
 */
static void read_clock(struct clockbound_reading *reading, bool realtime)
{
	u64 first = ktime_get_raw_ns();
	s64 now = realtime ? ktime_get_real_ns() : 0;
	struct clockbound_reading answer = { };
	struct cb_pair last;
	unsigned int seq;
	bool known, keeps;

	take_pair(&last);
	do {
		seq = read_seqcount_begin(&engine.seq);
		keeps = cb_pace_keeps(&engine.pace, &last);
		known = !pages_moved() &&
			cb_decide_read(&engine.state, first, last.raw, &answer);
	} while (read_seqcount_retry(&engine.seq, seq));
	if (known && !keeps)
		try_to_look();
	if (!known || !keeps)
		return;
	answer.size = reading->size;
	answer.request = reading->request;
	answer.max_width = reading->max_width;
	*reading = answer;
	if (realtime) {
		reading->realtime = now;
		reading->flags |= CLOCKBOUND_MODEL_REALTIME;
	}
}

static int read_page(struct clockbound_reading *reading, bool realtime)
{
	const struct vmclock_page *registered;
	int result;

	/* Pairs with the synchronize_rcu() in cb_registered_unregister(). */
	rcu_read_lock();
	registered = rcu_dereference(engine.registered_page);
	result = realtime ? clockbound_page_read_realtime(engine.page, engine.vmclock.page,
							  registered, reading) :
			    clockbound_page_read_any(engine.page, engine.vmclock.page,
						     registered, reading);
	rcu_read_unlock();
	return result;
}

/* A function of its own: as a rule nobody needs it. */
static noinline bool read_any(struct clockbound_reading *reading, bool realtime)
{
	int result = read_page(reading, realtime);

	if (result == CLOCKBOUND_READ_STALE || result == CLOCKBOUND_READ_BUSY) {
		cb_engine_look();
		result = read_page(reading, realtime);
	}
	if (result == CLOCKBOUND_READ_IOCTL)
		read_clock(reading, realtime);
	return result != CLOCKBOUND_READ_BUSY;
}

/**
 * cb_engine_read() - take a reading
 * @reading: where it goes; all that is valid but its size and request is written
 * @realtime: whether CLOCK_REALTIME is wanted, too
 *
 * If a VMClock page has moved on since the model was made, the model is made anew
 * first, so the answer is what the page says at this moment. Any context
 * but NMI.
 *
 * Return: false if a writer is in the way, so that the reading says nothing.
 */
bool cb_engine_read(struct clockbound_reading *reading, bool realtime)
{
	/* It looks at nothing that can go away. */
	return (!realtime && clockbound_page_read_straight(engine.page, engine.vmclock.page,
							   reading)) ||
	       read_any(reading, realtime);
}

/* Up to some 50 ms. */
static noinline void wait_and_read(struct clockbound_reading *reading, bool realtime)
{
	unsigned int us;

	for (us = 50; us < 50000; us *= 2) {
		usleep_range(us, 2 * us);
		if (cb_engine_read(reading, realtime))
			return;
	}
}

/**
 * cb_engine_read_patiently() - take a reading, and give a writer some time
 * @reading: as for cb_engine_read()
 * @realtime: whether CLOCK_REALTIME is wanted, too
 *
 * A writer can be taken off its CPU by a hypervisor, just where readers wait for it. It is
 * waited for, and not by spinning. Context: process, may sleep.
 */
void cb_engine_read_patiently(struct clockbound_reading *reading, bool realtime)
{
	if (!cb_engine_read(reading, realtime))
		wait_and_read(reading, realtime);
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
	struct clockbound_reading answer;
	unsigned int seq;
	int error;

	cb_engine_look();
	do {
		seq = read_seqcount_begin(&engine.seq);
		answer = *reading;
		/* In the middle of an update, a page may be ahead of the sample. */
		if (engine.vmclock.busy_since || engine.registered.busy_since || pages_moved())
			error = -ESTALE;
		else
			error = cb_at_read(&engine.past, &engine.state, &engine.page->model,
					   clockbound_counter(), &answer);
	} while (read_seqcount_retry(&engine.seq, seq));
	*reading = answer;
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
 * cb_engine_facts() - what the engine knows
 * @facts: where a consistent copy goes
 *
 * Any context but NMI.
 */
void cb_engine_facts(struct cb_facts *facts)
{
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&engine.seq);
		*facts = engine.state.facts;
	} while (read_seqcount_retry(&engine.seq, seq));
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
 * cb_engine_clock_page() - the clock page itself
 *
 * Return: see cb_engine_page().
 */
struct clockbound_page *cb_engine_clock_page(void)
{
	return engine.page;
}

/**
 * cb_engine_shm0_get() - somebody is going to read ClockBound's segment
 *
 * It is up to date on return, and kept so until cb_engine_shm0_put(). Context:
 * process.
 */
void cb_engine_shm0_get(void)
{
	unsigned long flags = begin();

	engine.shm0_users++;
	look();
	end(flags);
}

/**
 * cb_engine_shm0_put() - for each cb_engine_shm0_get()
 *
 * Any context but NMI.
 */
void cb_engine_shm0_put(void)
{
	unsigned long flags = begin();

	engine.shm0_users--;
	end(flags);
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
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&engine.seq);
		*segment = *engine.shm0.segment;
	} while (read_seqcount_retry(&engine.seq, seq));
}

/**
 * cb_engine_init() - make the pages and publish the first model
 * @vmclock: the VMClock page; NULL if there is none
 * @vmclock_mappable: whether user space can map it
 * @allowed: CB_SOURCE_* that may be used
 * @news: called when there is news for those who wait, in any context but NMI, with the
 *	engine's lock held
 *
 * Context: process.
 *
 * Return: 0 or -ENOMEM.
 */
int cb_engine_init(const struct vmclock_page *vmclock, bool vmclock_mappable, u8 allowed,
		   void (*news)(void))
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
	engine.page = (struct clockbound_page *)get_zeroed_page(GFP_KERNEL);
	if (!shm0 || !engine.page) {
		free_page((unsigned long)shm0);
		free_page((unsigned long)engine.page);
		return -ENOMEM;
	}
	cb_shm0_init(&engine.shm0, shm0);

	engine.news = news;
	engine.vmclock.page = vmclock;
	cb_page_format(engine.page, counter_id, cb_counter_features() |
		       CLOCKBOUND_FEATURE_REGISTERED |
		       (vmclock_mappable ? CLOCKBOUND_FEATURE_VMCLOCK : 0));
	cb_state_init(&engine.state, allowed, counter_id);
	flags = begin();
	take_sample();
	cb_past_forget(&engine.past, clockbound_counter());
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
	free_page((unsigned long)engine.shm0.segment);
	free_page((unsigned long)engine.page);
}
