// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision: which claims hold, and what they amount to together.
 */
#include <clockbound/eval.h>

#include "../claim/leap.h"
#include "../claim/merge.h"
#include "../claim/model.h"
#include "../claim/portable.h"
#include "decide.h"

/*
 * A leap second that is further away is not in the model: readers take longer where
 * there is one.
 */
#define LEAP_AHEAD_NS		(3600 * NSEC_PER_SEC)

/* From here on, nothing that was said before is certain. */
static void note_violation(struct cb_state *state)
{
	state->facts.violations++;
	state->changes |= CLOCKBOUND_EVENT_VIOLATION;
	state->floor.earliest = CLOCKBOUND_TIME_MIN;
	cb_model_clear(&state->published);
	cb_model_clear(&state->by_clock);
}

static bool decide_page(struct cb_state *state, struct cb_source *source, __u64 counter,
			struct clockbound_model *model)
{
	if (!cb_source_decide(source, counter, model))
		note_violation(state);
	return cb_model_has_lines(model);
}

/*
 * A report that was made before the day of a leap second that only the clock knows of, as
 * ahead or as past, counts on through it, as all others do.
 */
static void learn_leap(const struct cb_state *state, struct clockbound_model *model)
{
	__u16 leap_day;
	__s8 leap = cb_state_leap_ahead(state, &leap_day);

	if (!leap) {
		leap = state->leap;
		leap_day = state->leap_day;
	}
	if (leap && !model->leap && model->leap_day < leap_day) {
		model->leap = leap;
		model->leap_day = leap_day;
	}
}

/* What the system clock knows of TAI, by the count that the model is in. */
static void set_tai(const struct cb_state *state, struct clockbound_model *model)
{
	struct clockbound_model clock = { 0 };

	if (state->clock.tai_offset < CB_TAI_OFFSET_MIN)
		return;
	clock.leap = cb_state_leap_ahead(state, &clock.leap_day);
	if (!clock.leap && state->leap)
		clock.leap_day = state->leap_day;
	model->flags |= CLOCKBOUND_MODEL_TAI;
	model->tai_offset = state->clock.tai_offset -
			    (__s32)(cb_leap_recount(&clock, model) / NSEC_PER_SEC);
}

/* @at: where the model starts, on what the report's lines are functions of */
static bool decide_report(struct cb_state *state, __u64 at, struct clockbound_model *model)
{
	cb_model_clear(model);
	if (!state->claimed)
		return false;
	*model = state->claim_lines;
	if (!cb_model_advance(model, at))
		return false;
	learn_leap(state, model);
	set_tai(state, model);
	cb_leap_pass(model);
	switch (state->facts.reported) {
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

static bool decide_source(struct cb_state *state, __u8 source, __u64 counter,
			  struct clockbound_model *model)
{
	switch (state->allowed & source) {
	case CB_SOURCE_VMCLOCK:
		return decide_page(state, &state->facts.vmclock, counter, model);
	case CB_SOURCE_REGISTERED:
		return decide_page(state, &state->facts.registered, counter, model);
	case CB_SOURCE_REPORT:
		return state->clock.usable && decide_report(state, counter, model);
	default:
		return false;
	}
}

/* All claims together. If any two contradict each other, the model contains all. */
static void decide_together(struct cb_state *state, unsigned int count,
			    struct clockbound_model *model)
{
	const struct clockbound_model *claims = state->claims;
	bool agree = true;
	unsigned int i;

	if (!count) {
		cb_model_clear(model);
		state->facts.contradiction = false;
		return;
	}
	*model = claims[0];
	for (i = 1; i < count; i++)
		agree &= cb_merge_intersect(model, &claims[i]);
	if (!agree) {
		*model = claims[0];
		for (i = 1; i < count; i++)
			cb_merge_hull(model, &claims[i]);
		if (!state->facts.contradiction)
			note_violation(state);
	}
	state->facts.contradiction = !agree;
}

static void decide_lines(struct cb_state *state, __u64 counter,
			 struct clockbound_model *model)
{
	/* Who is asked first says what TAI is, and the like. */
	static const __u8 order[CB_SOURCES] = {
		CB_SOURCE_VMCLOCK, CB_SOURCE_REGISTERED, CB_SOURCE_REPORT,
	};
	unsigned int i, count = 0;

	state->facts.sources = 0;
	for (i = 0; i < CB_SOURCES; i++) {
		if (!decide_source(state, order[i], counter, &state->claims[count]))
			continue;
		state->facts.sources |= order[i];
		count++;
	}
	decide_together(state, count, model);
}

/* The floor, as a model counts. */
static __s64 floor_of(const struct cb_state *state, const struct clockbound_model *model)
{
	__s64 floor = state->floor.earliest;

	if (floor == CLOCKBOUND_TIME_MIN)
		return floor;
	return floor + cb_leap_recount(&state->floor, model);
}

/* The earliest that a reading of the lines that end @at can have given. */
static void raise_floor(struct cb_state *state, struct clockbound_model *last, __u64 at)
{
	__u64 end = last->counter_value + last->valid_ticks - 1;

	if (!cb_model_has_lines(last))
		return;
	if ((__s64)(at - end) > 0)
		at = end;
	if (cb_model_advance(last, at) && last->earliest > floor_of(state, last)) {
		state->floor.earliest = last->earliest;
		state->floor.leap = last->leap;
		state->floor.leap_day = last->leap_day;
	}
}

/*
 * Time never goes back: what it was not before then, it is not before now. This
 * is what keeps earliest from decreasing when a source is lost, or a wide report follows.
 * The line is flat until the source's own is above it.
 */
static void keep_floor(struct cb_state *state, struct clockbound_model *model)
{
	__s64 floor = floor_of(state, model);

	state->floored = false;
	if (!cb_model_has_lines(model) || floor <= model->earliest)
		return;
	if (floor > model->latest) {
		note_violation(state);
		return;
	}
	state->floored = true;
	state->floor_ticks = cb_model_ticks(floor - model->earliest, model->earliest_rate,
					    model->counter_shift) + 1;
	model->earliest = floor;
	model->earliest_frac = 0;
	model->earliest_rate = 0;
}

/*
 * Readers apply the leap second that is near; a model whose leap second is far away
 * ends there, and is decided again long before.
 */
static void show_leap(struct cb_state *state, struct clockbound_model *model)
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
	state->deadline = min(state->deadline, model->counter_value + ticks);
	cb_leap_limit(model);
}

static void set_deadline(struct cb_state *state, const struct clockbound_model *model)
{
	__u64 ticks = model->valid_ticks;

	if (model->status == CLOCKBOUND_STATUS_SYNCHRONIZED)
		ticks = min(ticks, model->synchronized_ticks);
	state->deadline = model->counter_value + ticks;
}

/**
 * cb_decide_names_registered() - whether readers have to check the registered page
 * @state: the structure
 *
 * Not if it cannot tell of a disruption, because it is no VMClock page, any more.
 */
bool cb_decide_names_registered(const struct cb_state *state)
{
	const struct cb_source *registered = &state->facts.registered;

	return registered->sampled && registered->verdict != CB_VERDICT_FOREIGN &&
	       registered->verdict != CB_VERDICT_GONE;
}

/* The bound of a report whose lines are not over the counter. */
static bool decide_by_clock(struct cb_state *state)
{
	cb_model_clear(&state->raw_lines);
	return (state->allowed & CB_SOURCE_REPORT) && !state->clock.usable &&
	       !state->facts.forced &&
	       decide_report(state, state->clock.raw, &state->raw_lines);
}

/* What readers have to compare, and the status where there are no lines. */
static void set_the_rest(struct cb_state *state, struct clockbound_model *model)
{
	const struct cb_sample *sample = &state->facts.vmclock.sample;
	bool by_clock;

	model->flags &= ~(CLOCKBOUND_MODEL_VMCLOCK | CLOCKBOUND_MODEL_REGISTERED);
	model->disruption_marker = 0;
	model->vm_generation = 0;
	if (state->facts.vmclock.sampled) {
		model->flags |= CLOCKBOUND_MODEL_VMCLOCK;
		model->disruption_marker = sample->disruption_marker;
		model->vm_generation = sample->vm_generation;
	}
	sample = &state->facts.registered.sample;
	if (cb_decide_names_registered(state)) {
		model->flags |= CLOCKBOUND_MODEL_REGISTERED;
		model->registered_marker = sample->disruption_marker;
		model->registered_generation = sample->vm_generation;
	}

	by_clock = decide_by_clock(state);
	if (cb_model_has_lines(model))
		return;
	if (by_clock) {
		state->facts.sources = CB_SOURCE_REPORT;
		model->status = state->raw_lines.status;
		model->flags |= CLOCKBOUND_MODEL_IOCTL;
	} else if (state->facts.forced || state->facts.disrupted ||
		   state->facts.reported == CLOCKBOUND_STATUS_DISRUPTED) {
		model->status = CLOCKBOUND_STATUS_DISRUPTED;
	} else {
		model->status = CLOCKBOUND_STATUS_UNKNOWN;
	}
}

/**
 * cb_decide() - decide what the next model is
 * @state: the structure
 * @counter: the counter now
 * @model: where the model goes; seq is zero. cb_decide_start() completes it
 */
void cb_decide(struct cb_state *state, __u64 counter, struct clockbound_model *model)
{
	if (state->claimed)
		cb_state_age_claim(state, state->clock.usable ?
				   cb_clock_raw(&state->clock, counter) : state->clock.raw);
	if (state->facts.forced) {
		state->facts.sources = 0;
		cb_model_clear(model);
	} else {
		decide_lines(state, counter, model);
	}
	state->lines = *model;
	set_the_rest(state, model);

	if (model->status != state->status)
		state->changes |= CLOCKBOUND_EVENT_STATUS;
	state->status = model->status;
	state->decided = *model;
	state->facts.leap = model->leap;
	state->facts.leap_day = model->leap_day;
	set_deadline(state, model);
	show_leap(state, model);
}

/* A model that ends before it starts says nothing; it is decided again at once. */
static void start_too_late(const struct cb_state *state, struct clockbound_model *model)
{
	const struct clockbound_model *decided = &state->decided;

	model->status = CLOCKBOUND_STATUS_UNKNOWN;
	model->flags = decided->flags;
	model->disruption_marker = decided->disruption_marker;
	model->vm_generation = decided->vm_generation;
	model->registered_marker = decided->registered_marker;
	model->registered_generation = decided->registered_generation;
}

/**
 * cb_decide_start() - let a model start
 * @state: the structure
 * @counter: the counter when it starts: whoever still reads the last model has read an
 *	earlier value
 * @model: what cb_decide() gave
 *
 * What readers can have seen as earliest up to now is the floor of what they will see.
 * Readers wait meanwhile: all that can be done later is left to cb_decide_started().
 */
void cb_decide_start(struct cb_state *state, __u64 counter, struct clockbound_model *model)
{
	raise_floor(state, &state->published, counter);
	if (cb_model_has_lines(model) && !cb_model_advance(model, counter))
		start_too_late(state, model);
	keep_floor(state, model);
}

/* The same of the lines over CLOCK_MONOTONIC_RAW, if that is what readings are from. */
static void start_by_clock(struct cb_state *state, __u64 raw)
{
	struct clockbound_model lines = state->raw_lines;

	raise_floor(state, &state->by_clock, raw);
	cb_model_clear(&state->by_clock);
	if (!(state->decided.flags & CLOCKBOUND_MODEL_IOCTL))
		return;
	if (cb_model_advance(&lines, raw) && floor_of(state, &lines) > lines.latest)
		note_violation(state);
	state->by_clock = state->raw_lines;
}

/**
 * cb_decide_started() - a model has started
 * @state: the structure
 * @raw: CLOCK_MONOTONIC_RAW before that, ns, and after whoever reads by that clock has
 *	read it
 * @model: as cb_decide_start() has left it
 *
 * Return: CLOCKBOUND_EVENT_*: what has happened since the last call.
 */
__u32 cb_decide_started(struct cb_state *state, __u64 raw,
			const struct clockbound_model *model)
{
	struct clockbound_model *published = &state->published;
	__u32 changes;

	/* Readers end it in front of a leap second that is far away; its lines go on. */
	*published = state->decided;
	if (cb_model_has_lines(model)) {
		cb_model_advance(published, model->counter_value);
		published->earliest = model->earliest;
		published->earliest_frac = model->earliest_frac;
		published->earliest_rate = model->earliest_rate;
	} else {
		cb_model_clear(published);
	}
	if (state->floored && (__s64)(model->counter_value + state->floor_ticks -
				      state->deadline) < 0)
		state->deadline = model->counter_value + state->floor_ticks;
	start_by_clock(state, raw);
	changes = state->changes;
	state->changes = 0;
	return changes;
}

/**
 * cb_decide_read() - a reading where the system clock does not run on the counter
 * @state: the structure; no disruption has been overlooked since @first was read
 * @first: CLOCK_MONOTONIC_RAW, ns
 * @last: CLOCK_MONOTONIC_RAW, not before @first, ns
 * @reading: where it goes; realtime is for the caller to fill in
 *
 * The interval contains the true time of all moments from @first to @last.
 *
 * Return: whether there is a bound.
 */
bool cb_decide_read(const struct cb_state *state, __u64 first, __u64 last,
		    struct clockbound_reading *reading)
{
	const struct clockbound_model *lines = &state->by_clock;
	struct clockbound_model model = *lines;
	__s64 ignored;

	/* CLOCK_MONOTONIC_RAW reads up to 1 ns less than it is. */
	if (!clockbound_eval(lines, first, &model.earliest, &ignored) ||
	    !clockbound_eval(lines, last + 1, &ignored, &model.latest))
		return false;
	cb_leap_pass(&model);
	model.earliest = max(model.earliest, min(floor_of(state, &model), model.latest));

	reading->earliest = model.earliest;
	reading->latest = model.latest;
	reading->counter_value = 0;
	reading->disruption_marker = state->facts.vmclock.sample.disruption_marker;
	reading->status = clockbound_eval_status(lines, last);
	reading->reserved0 = 0;
	reading->flags = CLOCKBOUND_MODEL_IOCTL | model.flags;
	reading->tai_offset = model.tai_offset;
	reading->realtime = 0;
	if (model.leap)
		clockbound_eval_leap(&model, reading);
	return true;
}
