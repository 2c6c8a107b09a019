// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the engine answers. Nothing here waits for its lock. Who finds that a page has moved,
 * or that a clock has stood still, has the engine look at it, if nobody else is at it.
 */
#include <clockbound/reader.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>

#include "../source/timekeeping.h"
#include "engine.h"
#include "engine_data.h"

/* How far back a time of CLOCK_MONOTONIC_RAW may be. */
#define RAW_MAX_NS	(3600 * NSEC_PER_SEC)

/*
 * A reading where the system clock does not run on the counter. If a VMClock has moved
 * meanwhile, or that clock has stood still, the reading stays unknown: the next one is as
 * good as a second try.
 */
static void read_clock(struct clockbound_reading *reading, bool realtime)
{
	u64 first = ktime_get_raw_ns();
	s64 now = realtime ? ktime_get_real_ns() : 0;
	struct clockbound_reading answer = *reading;
	struct cb_pair last;
	unsigned int seq;
	bool known, keeps;

	cb_timekeeping_pair(&last);
	do {
		seq = read_seqcount_begin(&cb_engine.seq);
		keeps = cb_pace_keeps(&cb_engine.pace, &last);
		known = !cb_engine_pages_moved() &&
			cb_decide_read(&cb_engine.state, first, last.raw, &answer);
	} while (read_seqcount_retry(&cb_engine.seq, seq));
	if (known && !keeps)
		cb_engine_try();
	if (!known || !keeps)
		return;
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
	registered = rcu_dereference(cb_engine.registered_page);
	/* As in user space: what is read while it is written is not used, see its seq. */
	result = data_race(realtime ?
			   clockbound_page_read_realtime(cb_engine.page, cb_engine.vmclock.page,
							 registered, reading) :
			   clockbound_page_read_any(cb_engine.page, cb_engine.vmclock.page,
						    registered, reading));
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
 * If a VMClock page has moved on since the model was made, the model is made anew first, so
 * the answer is what the page says at this moment.
 * Context: any but NMI, inside of no clock's lock.
 * Return: false if a writer is in the way, so that the reading says nothing.
 */
bool cb_engine_read(struct clockbound_reading *reading, bool realtime)
{
	if (realtime)
		return read_any(reading, realtime);
	/* It looks at nothing that can go away. As for the race, see read_page(). */
	return data_race(clockbound_page_read_straight(cb_engine.page, cb_engine.vmclock.page,
						       reading)) ||
	       read_any(reading, realtime);
}

/* Up to some 50 ms. Not inlined: the loop would take registers from the first reading. */
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

/* The moment asked for is not before @first and not after @last. */
static int find_moment(const struct cb_state *state, const struct clockbound_reading *reading,
		       u64 *first, u64 *last)
{
	u64 now = clockbound_counter(), raw_now;

	*first = reading->counter_value;
	*last = *first;
	if (reading->request == CLOCKBOUND_AT_COUNTER)
		return (s64)(now - *first) < 0 ? -EINVAL : 0;
	if (reading->request != CLOCKBOUND_AT_MONOTONIC_RAW)
		return -EINVAL;

	if (!state->clock.usable)
		return -EOPNOTSUPP;
	raw_now = cb_clock_raw(&state->clock, now);
	if (reading->counter_value > raw_now)
		return -EINVAL;
	if (raw_now - reading->counter_value > RAW_MAX_NS)
		return -ENODATA;
	cb_clock_counters(&state->clock, reading->counter_value, first, last);
	return (s64)(*first - state->epoch_counter) < 0 ? -ENODATA : 0;
}

/* What is read here may change meanwhile: then the caller asks again. */
static int read_at(struct clockbound_reading *reading)
{
	const struct clockbound_model *found, *present = &cb_engine.page->model;
	const struct cb_state *state = &cb_engine.state;
	struct clockbound_model model;
	u64 first, last;
	int error;

	/* In the middle of an update, a page may be ahead of the sample. */
	if (cb_engine.vmclock.busy_since || cb_engine.registered.busy_since ||
	    cb_engine_pages_moved())
		return -ESTALE;
	error = find_moment(state, reading, &first, &last);
	if (error)
		return error;
	if ((s64)(first - cb_engine.past.since) < 0 ||
	    reading->disruption_marker != present->disruption_marker)
		return -ESTALE;

	found = cb_past_find(&cb_engine.past, first);
	model = found ? *found : *present;
	if (model.flags & CLOCKBOUND_MODEL_IOCTL)
		return -EOPNOTSUPP;
	/* What a page claims holds for all of the past, what is reported from then on. */
	if (!found && ((state->facts.sources & CB_SOURCE_REPORT) ||
		       !cb_decide_past(state, first, &model)))
		return -ENODATA;
	if (last != first)
		model.latest += clockbound_line_after(0, 0, (last - first) << model.counter_shift,
						      model.latest_rate) + 1;
	clockbound_model_read(&model, first, reading);
	return 0;
}

/**
 * cb_engine_at() - the interval of a moment in the past
 * @reading: as the ABI has it for CLOCKBOUND_AT
 * Context: any but NMI, inside of no clock's lock.
 * Return: 0 or a negative errno, as the ABI has it.
 */
int cb_engine_at(struct clockbound_reading *reading)
{
	struct clockbound_reading answer;
	unsigned int seq;
	int error;

	cb_engine_look();
	do {
		seq = read_seqcount_begin(&cb_engine.seq);
		answer = *reading;
		error = read_at(&answer);
	} while (read_seqcount_retry(&cb_engine.seq, seq));
	*reading = answer;
	return error;
}

/**
 * cb_engine_too_wide() - whether a reading is wider than its caller accepts
 * @reading: the reading
 * Return: true if it is.
 */
bool cb_engine_too_wide(const struct clockbound_reading *reading)
{
	u64 width = (u64)reading->latest - (u64)reading->earliest;

	return reading->max_width && width > reading->max_width;
}

/**
 * cb_engine_facts() - what the engine knows
 * @facts: becomes a consistent copy
 * Context: any but NMI.
 */
void cb_engine_facts(struct cb_facts *facts)
{
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&cb_engine.seq);
		*facts = cb_engine.state.facts;
	} while (read_seqcount_retry(&cb_engine.seq, seq));
}

/**
 * cb_engine_shm0() - ClockBound's segment
 * @segment: becomes a consistent copy; its generation is even
 * Context: any but NMI.
 */
void cb_engine_shm0(struct shm0_segment *segment)
{
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&cb_engine.seq);
		*segment = *cb_engine.shm0.segment;
	} while (read_seqcount_retry(&cb_engine.seq, seq));
}
