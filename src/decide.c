// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision: which claims hold, and what they amount to together.
 */
#include <clockbound/eval.h>

#include "decide.h"
#include "leap.h"
#include "model.h"
#include "portable.h"

/*
 * A leap second that is further away is not in the model: readers take longer where
 * there is one.
 */
#define LEAP_AHEAD_NS		(3600 * NSEC_PER_SEC)

/* From here on, nothing that was said before is certain. */
static void note_violation(struct cb_bound *bound)
{
	bound->state.violations++;
	bound->changes |= CLOCKBOUND_EVENT_VIOLATION;
	bound->floor.earliest = CLOCKBOUND_TIME_MIN;
}

static bool decide_page(struct cb_bound *bound, struct cb_source *source, __u64 counter,
			struct clockbound_model *model)
{
	if (!cb_source_decide(source, counter, model))
		note_violation(bound);
	return cb_model_has_lines(model);
}

/* Whether there is a claim that only a reading of the system clock can use. */
static bool bound_by_clock(const struct cb_bound *bound)
{
	return (bound->allowed & CB_SOURCE_SYSTEM) && bound->claimed &&
	       !bound->clock.usable && !bound->state.forced &&
	       (bound->state.reported == CLOCKBOUND_STATUS_SYNCHRONIZED ||
		bound->state.reported == CLOCKBOUND_STATUS_FREE_RUNNING);
}

/* The clock's count, leap seconds included. */
static void set_clock_leap(const struct cb_bound *bound, struct clockbound_model *model)
{
	__u16 leap_day;
	__s8 leap = cb_bound_leap_ahead(bound, &leap_day);

	if (leap) {
		model->leap = leap;
		model->leap_day = leap_day;
	} else if (bound->leap) {
		/* It leaps when it says so itself, and may be ahead of the true time. */
		cb_leap_unpass(model, bound->leap, bound->leap_day);
	}
}

static bool decide_system(struct cb_bound *bound, __u64 counter,
			  struct clockbound_model *model)
{
	if (!bound->claimed)
		return false;
	cb_bound_age_claim(bound, bound->clock.usable ? cb_clock_raw(&bound->clock, counter) :
					       bound->clock.raw);
	if (!cb_system_model(&bound->clock, &bound->claim, counter, model))
		return false;
	set_clock_leap(bound, model);
	cb_leap_pass(model);
	switch (bound->state.reported) {
	case CLOCKBOUND_STATUS_SYNCHRONIZED:
		return true;
	case CLOCKBOUND_STATUS_FREE_RUNNING:
		model->status = CLOCKBOUND_STATUS_FREE_RUNNING;
		model->synchronized_ticks = 0;
		return true;
	default:
		cb_model_clear(model);
		return false;
	}
}

static bool decide_source(struct cb_bound *bound, __u8 source, __u64 counter,
			  struct clockbound_model *model)
{
	switch (bound->allowed & source) {
	case CB_SOURCE_VMCLOCK:
		return decide_page(bound, &bound->state.vmclock, counter, model);
	case CB_SOURCE_REGISTERED:
		return decide_page(bound, &bound->state.registered, counter, model);
	case CB_SOURCE_SYSTEM:
		return decide_system(bound, counter, model);
	default:
		return false;
	}
}

/* All claims together. If any two contradict each other, the model contains all. */
static void decide_together(struct cb_bound *bound, unsigned int count,
			    struct clockbound_model *model)
{
	const struct clockbound_model *claims = bound->claims;
	bool agree = true;
	unsigned int i;

	if (!count) {
		cb_model_clear(model);
		bound->state.contradiction = false;
		return;
	}
	*model = claims[0];
	for (i = 1; i < count; i++)
		agree &= cb_model_intersect(model, &claims[i]);
	if (!agree) {
		*model = claims[0];
		for (i = 1; i < count; i++)
			cb_model_hull(model, &claims[i]);
		if (!bound->state.contradiction)
			note_violation(bound);
	}
	bound->state.contradiction = !agree;
}

static void decide_lines(struct cb_bound *bound, __u64 counter,
			 struct clockbound_model *model)
{
	/* Who is asked first says what TAI is, and the like. */
	static const __u8 order[CB_SOURCES] = {
		CB_SOURCE_VMCLOCK, CB_SOURCE_REGISTERED, CB_SOURCE_SYSTEM,
	};
	unsigned int i, count = 0;

	bound->state.sources = 0;
	for (i = 0; i < CB_SOURCES; i++) {
		if (!decide_source(bound, order[i], counter, &bound->claims[count]))
			continue;
		bound->state.sources |= order[i];
		count++;
	}
	decide_together(bound, count, model);
}

/* The floor, as a model counts. */
static __s64 floor_of(const struct cb_bound *bound, const struct clockbound_model *model)
{
	__s64 floor = bound->floor.earliest;

	if (floor == CLOCKBOUND_TIME_MIN)
		return floor;
	return floor + cb_leap_recount(&bound->floor, model);
}

/* The earliest that a reading of the last model can have given up to now. */
static void raise_floor(struct cb_bound *bound, __u64 counter)
{
	struct clockbound_model *last = &bound->published;
	__u64 end = last->counter_value + last->valid_ticks - 1;

	if (!cb_model_has_lines(last))
		return;
	if ((__s64)(counter - end) > 0)
		counter = end;
	if (cb_model_advance(last, counter) && last->earliest > floor_of(bound, last)) {
		bound->floor.earliest = last->earliest;
		bound->floor.leap = last->leap;
		bound->floor.leap_day = last->leap_day;
	}
}

/*
 * Time never goes back: what it was not before then, it is not before now. This
 * is what keeps earliest from decreasing when a source is lost.
 */
static void keep_floor(struct cb_bound *bound, struct clockbound_model *model)
{
	__s64 floor = floor_of(bound, model);

	bound->floored = false;
	if (!cb_model_has_lines(model) || floor <= model->earliest)
		return;
	if (floor > model->latest) {
		note_violation(bound);
		return;
	}
	model->earliest = floor;
	model->earliest_frac = 0;
	model->earliest_rate = 0;
	bound->floored = true;
}

/*
 * Readers apply the leap second that is near; a model whose leap second is far away
 * ends there, and is decided again long before.
 */
static void show_leap(struct cb_bound *bound, struct clockbound_model *model)
{
	__s64 at = clockbound_leap_at(model->leap, model->leap_day);
	__u64 ticks;

	if (!model->leap)
		return;
	ticks = cb_leap_ticks(model, at - LEAP_AHEAD_NS);
	if (!ticks) {
		model->flags |= CLOCKBOUND_MODEL_LEAP;
		return;
	}
	bound->deadline = min(bound->deadline, model->counter_value + ticks);
	cb_leap_limit(model);
}

static void set_deadline(struct cb_bound *bound, const struct clockbound_model *model)
{
	__u64 ticks = model->valid_ticks;

	if (model->status == CLOCKBOUND_STATUS_SYNCHRONIZED)
		ticks = min(ticks, model->synchronized_ticks);
	bound->deadline = model->counter_value + ticks;
}

/* A reporter that does not look at disruptions does not want to know. */
static bool names_pages(const struct cb_bound *bound)
{
	return bound->state.sources != CB_SOURCE_SYSTEM || bound->supported;
}

/**
 * cb_decide_names_registered() - whether readers have to check the registered page
 * @bound: the structure
 *
 * Not if it cannot tell of a disruption, because it is no VMClock page, any more.
 */
bool cb_decide_names_registered(const struct cb_bound *bound)
{
	const struct cb_source *registered = &bound->state.registered;

	return registered->sampled && registered->verdict != CB_VERDICT_FOREIGN &&
	       registered->verdict != CB_VERDICT_GONE && names_pages(bound);
}

/**
 * cb_decide() - the model to be published
 * @bound: the structure
 * @counter: the counter now; the model starts here
 * @model: where the model goes; seq is zero
 *
 * Return: CLOCKBOUND_EVENT_*: what has happened since the last call.
 */
__u32 cb_decide(struct cb_bound *bound, __u64 counter, struct clockbound_model *model)
{
	__u32 changes;

	raise_floor(bound, counter);
	if (bound->state.forced) {
		bound->state.sources = 0;
		cb_model_clear(model);
	} else {
		decide_lines(bound, counter, model);
	}
	bound->lines = *model;
	keep_floor(bound, model);

	model->flags &= ~(CLOCKBOUND_MODEL_VMCLOCK | CLOCKBOUND_MODEL_REGISTERED);
	model->disruption_marker = 0;
	model->vm_generation = 0;
	if (bound->state.vmclock.sampled && names_pages(bound)) {
		model->flags |= CLOCKBOUND_MODEL_VMCLOCK;
		model->disruption_marker = bound->state.vmclock.sample.disruption_marker;
		model->vm_generation = bound->state.vmclock.sample.vm_generation;
	}
	if (cb_decide_names_registered(bound))
		model->flags |= CLOCKBOUND_MODEL_REGISTERED;

	if (cb_model_has_lines(model)) {
		if (bound->clock.usable)
			cb_clock_realtime(&bound->clock, model);
	} else if (bound_by_clock(bound)) {
		bound->state.sources = CB_SOURCE_SYSTEM;
		model->status = bound->state.reported;
		model->flags |= CLOCKBOUND_MODEL_IOCTL;
	} else if (bound->state.forced || bound->state.disrupted ||
		   bound->state.reported == CLOCKBOUND_STATUS_DISRUPTED) {
		model->status = CLOCKBOUND_STATUS_DISRUPTED;
	} else {
		model->status = CLOCKBOUND_STATUS_UNKNOWN;
	}

	if (model->status != bound->status)
		bound->changes |= CLOCKBOUND_EVENT_STATUS;
	bound->status = model->status;
	bound->published = *model;
	bound->state.leap = model->leap;
	bound->state.leap_day = model->leap_day;
	set_deadline(bound, model);
	show_leap(bound, model);
	changes = bound->changes;
	bound->changes = 0;
	return changes;
}

/**
 * cb_decide_read() - a reading of the system clock, where it is no function of the
 *	counter
 * @bound: the structure; no disruption has been overlooked, and the clock has not
 *	been set, since @realtime was read
 * @realtime: CLOCK_REALTIME, ns
 * @raw: CLOCK_MONOTONIC_RAW at that moment or later, ns
 * @reading: where it goes; all but its size and request is written
 *
 * Return: whether there is a bound.
 */
bool cb_decide_read(const struct cb_bound *bound, __s64 realtime, __u64 raw,
		    struct clockbound_reading *reading)
{
	const struct cb_claim *claim = &bound->claim;
	struct clockbound_model model = { 0 };
	__s64 error;

	if (!bound_by_clock(bound) || raw >= claim->void_after)
		return false;

	error = cb_claim_error(claim, raw);
	model.earliest = realtime - error;
	/* CLOCK_REALTIME was rounded down. */
	model.latest = realtime + error + 1;
	if (bound->clock.tai_offset >= CB_TAI_OFFSET_MIN) {
		model.flags |= CLOCKBOUND_MODEL_TAI;
		model.tai_offset = bound->clock.tai_offset;
	}
	set_clock_leap(bound, &model);

	reading->earliest = model.earliest;
	reading->latest = model.latest;
	reading->counter_value = 0;
	reading->disruption_marker = bound->supported ?
		bound->state.vmclock.sample.disruption_marker : 0;
	reading->status = raw < claim->fresh_until ? bound->state.reported :
						     CLOCKBOUND_STATUS_FREE_RUNNING;
	reading->reserved0 = 0;
	reading->flags = CLOCKBOUND_MODEL_IOCTL | CLOCKBOUND_MODEL_REALTIME | model.flags;
	reading->tai_offset = model.tai_offset;
	reading->realtime = realtime;
	if (model.leap)
		clockbound_eval_leap(&model, reading);
	return true;
}
