// SPDX-License-Identifier: GPL-2.0-only
/* The decision: which claims hold, and what they amount to together. */
#include <clockbound/eval.h>

#include "page.h"
#include "state.h"

/* A leap second that is further away is not in the model: readers take longer with one. */
#define LEAP_AHEAD_NS		(3600 * NSEC_PER_SEC)

static void clear(struct cb_bound *bound)
{
	memset(bound, 0, sizeof(*bound));
}

/* From here on, nothing that was said before is certain. */
static void note_violation(struct cb_state *state)
{
	state->facts.violations++;
	state->changes |= CLOCKBOUND_EVENT_VIOLATION;
	state->floor.earliest = CLOCKBOUND_TIME_MIN;
	clear(&state->published);
	clear(&state->published_raw);
}

static bool decide_page(struct cb_state *state, __u8 id, struct cb_source *source,
			__u64 counter, struct cb_bound *bound)
{
	bool agree, known;

	if (!(state->allowed & id))
		return false;
	known = cb_source_decide(source, counter, bound, &agree);
	if (!agree)
		note_violation(state);
	if (!known || !bound->ticks)
		return false;
	state->facts.sources |= id;
	return true;
}

/*
 * What the system clock knows of leap seconds and of TAI. A report that was made before the
 * day of a leap second that only the clock knows of, as ahead or as past, counts on through
 * it, as all others do.
 */
static void learn_from_clock(const struct cb_state *state, struct cb_claim *claim)
{
	__u16 leap_day;
	__s8 ahead = cb_state_leap_ahead(state, &leap_day), leap = ahead;
	__s64 recount;

	if (!ahead) {
		leap = state->leap;
		leap_day = state->leap_day;
	}
	if (leap && !claim->leap && claim->leap_day < leap_day) {
		claim->leap = leap;
		claim->leap_day = leap_day;
	}
	if (state->clock.tai_offset < CB_TAI_OFFSET_MIN)
		return;
	recount = cb_leap_recount(ahead, leap_day, claim->leap, claim->leap_day);
	claim->tai_offset = state->clock.tai_offset - (__s32)(recount / NSEC_PER_SEC);
}

/* @clock, @at: what the report's lines are functions of, and where the bound starts */
static bool decide_report(struct cb_state *state, const struct cb_clock *clock, __u64 at,
			  struct cb_bound *bound)
{
	if (!state->reported || state->facts.reported == CLOCKBOUND_STATUS_UNKNOWN ||
	    state->facts.reported == CLOCKBOUND_STATUS_DISRUPTED ||
	    !cb_report_bound(&state->report, &state->report_claim, clock, at, bound))
		return false;
	learn_from_clock(state, &bound->claim);
	cb_leap_pass(&bound->claim);
	if (state->facts.reported == CLOCKBOUND_STATUS_FREE_RUNNING) {
		bound->status = CLOCKBOUND_STATUS_FREE_RUNNING;
		bound->synchronized_ticks = 0;
	}
	return true;
}

/* If any two contradict each other, the bound contains all. */
static void decide_together(struct cb_state *state, const struct cb_bound *bounds,
			    unsigned int count)
{
	bool agree = true;
	unsigned int i;

	if (count)
		state->decided = bounds[0];
	for (i = 1; i < count; i++)
		agree &= cb_bound_intersect(&state->decided, &bounds[i]);
	if (!agree) {
		state->decided = bounds[0];
		for (i = 1; i < count; i++)
			cb_bound_hull(&state->decided, &bounds[i]);
		if (!state->facts.contradiction)
			note_violation(state);
	}
	state->facts.contradiction = !agree;
}

static void decide_lines(struct cb_state *state, __u64 counter)
{
	struct cb_facts *facts = &state->facts;
	struct cb_bound bounds[CB_SOURCES];
	unsigned int count = 0;

	/* Who is asked first says what TAI is, and the like. */
	count += decide_page(state, CB_SOURCE_VMCLOCK, &facts->vmclock, counter, &bounds[count]);
	count += decide_page(state, CB_SOURCE_REGISTERED, &facts->registered, counter,
			     &bounds[count]);
	if ((state->allowed & CB_SOURCE_REPORT) && state->clock.usable &&
	    decide_report(state, &state->clock, counter, &bounds[count])) {
		facts->sources |= CB_SOURCE_REPORT;
		count++;
	}
	decide_together(state, bounds, count);
}

/* The floor, as a claim counts. */
static __s64 floor_of(const struct cb_state *state, const struct cb_claim *claim)
{
	const struct cb_claim *floor = &state->floor;

	if (floor->earliest == CLOCKBOUND_TIME_MIN)
		return floor->earliest;
	return floor->earliest + cb_leap_recount(floor->leap, floor->leap_day, claim->leap,
						 claim->leap_day);
}

/* The earliest that a reading of what ends @at can have given. */
static void raise_floor(struct cb_state *state, struct cb_bound *last, __u64 at)
{
	const struct cb_claim *claim = &last->claim;
	__u64 end = claim->counter + last->ticks - 1;

	if (!last->ticks)
		return;
	if ((__s64)(at - end) > 0)
		at = end;
	if (cb_bound_move(last, at) && claim->earliest > floor_of(state, claim))
		state->floor = *claim;
}

/*
 * Time never goes back: so earliest does not when a source is lost, or a wide report follows.
 * The line is flat until the source's own is above it.
 */
static void keep_floor(struct cb_state *state, struct cb_bound *bound)
{
	struct cb_claim *claim = &bound->claim;
	__s64 floor = floor_of(state, claim);

	state->floor_ticks = 0;
	if (!bound->ticks || floor <= claim->earliest)
		return;
	if (floor > claim->latest + !!claim->latest_frac) {
		note_violation(state);
		return;
	}
	state->floor_ticks = cb_claim_ticks(floor - claim->earliest, claim->earliest_rate,
					    claim->shift) + 1;
	claim->earliest = floor;
	claim->earliest_frac = 0;
	claim->earliest_rate = 0;
}

/*
 * Readers apply the leap second that is near; a model whose leap second is far away
 * ends there, and is decided again long before.
 */
static void show_leap(struct cb_state *state, struct clockbound_model *model)
{
	struct cb_claim *claim = &state->shown.claim;
	__s64 at = clockbound_leap_at(claim->leap, claim->leap_day);
	__u64 ticks;

	if (!claim->leap)
		return;
	ticks = cb_leap_ticks(claim, at - LEAP_AHEAD_NS);
	if (!ticks) {
		model->flags |= CLOCKBOUND_MODEL_LEAP;
		return;
	}
	state->deadline = min(state->deadline, claim->counter + ticks);
	cb_leap_limit(&state->shown);
}

static void set_deadline(struct cb_state *state)
{
	const struct cb_bound *decided = &state->decided;
	__u64 ticks = decided->ticks;

	if (decided->status == CLOCKBOUND_STATUS_SYNCHRONIZED)
		ticks = min(ticks, decided->synchronized_ticks);
	state->deadline = decided->claim.counter + ticks;
}

/* The bound of a report whose lines are not over the counter. */
static bool decide_raw(struct cb_state *state)
{
	struct cb_clock over_raw;

	clear(&state->decided_raw);
	/* Without a report, the clock may not even have been looked at. */
	if (!(state->allowed & CB_SOURCE_REPORT) || !state->reported || state->clock.usable ||
	    state->facts.forced || state->asleep)
		return false;
	cb_clock_over_raw(&state->clock, &over_raw);
	if (decide_report(state, &over_raw, over_raw.raw, &state->decided_raw))
		return true;
	clear(&state->decided_raw);
	return false;
}

/* One that is no VMClock page, any more, cannot tell of a disruption. */
static bool tells_disruptions(const struct cb_source *registered)
{
	return registered->sampled && registered->verdict != CB_VERDICT_FOREIGN &&
	       registered->verdict != CB_VERDICT_GONE;
}

/* What readers have to compare. */
static void set_markers(const struct cb_state *state, struct clockbound_model *model)
{
	const struct cb_sample *sample = &state->facts.vmclock.sample;

	if (state->facts.vmclock.sampled) {
		model->flags |= CLOCKBOUND_MODEL_VMCLOCK;
		model->disruption_marker = sample->disruption_marker;
		model->vm_generation = sample->vm_generation;
	}
	sample = &state->facts.registered.sample;
	if (tells_disruptions(&state->facts.registered)) {
		model->flags |= CLOCKBOUND_MODEL_REGISTERED;
		model->registered_marker = sample->disruption_marker;
		model->registered_generation = sample->vm_generation;
	}
}

static void set_status(struct cb_state *state, struct clockbound_model *model)
{
	const struct cb_facts *facts = &state->facts;
	bool by_clock = decide_raw(state);

	if (state->decided.ticks) {
		model->status = state->decided.status;
	} else if (by_clock) {
		state->facts.sources = CB_SOURCE_REPORT;
		model->status = state->decided_raw.status;
		model->flags |= CLOCKBOUND_MODEL_IOCTL;
	} else if (facts->forced || facts->disrupted ||
		   facts->reported == CLOCKBOUND_STATUS_DISRUPTED) {
		model->status = CLOCKBOUND_STATUS_DISRUPTED;
	}
	if (model->status != state->status)
		state->changes |= CLOCKBOUND_EVENT_STATUS;
	state->status = model->status;
}

/**
 * cb_decide() - decide what the next model is
 * @state: what is known
 * @counter: the counter now
 * @model: where the model goes, still without lines; seq is zero
 */
void cb_decide(struct cb_state *state, __u64 counter, struct clockbound_model *model)
{
	if (state->reported)
		cb_state_age_report(state, state->clock.usable ?
				    cb_clock_raw(&state->clock, counter) : state->clock.raw);
	state->facts.sources = 0;
	clear(&state->decided);
	if (!state->facts.forced && !state->asleep)
		decide_lines(state, counter);

	memset(model, 0, sizeof(*model));
	set_markers(state, model);
	set_status(state, model);
	state->facts.leap = state->decided.claim.leap;
	state->facts.leap_day = state->decided.claim.leap_day;
	set_deadline(state);
	state->shown = state->decided;
	show_leap(state, model);
}

/**
 * cb_decide_start() - let a model start
 * @state: what is known
 * @counter: the counter when it starts: whoever still reads the last model has read an earlier
 *	value
 * @model: what cb_decide() gave; complete afterwards. One that ends before it starts is
 *	unknown, and decided again at once
 *
 * What readers can have seen as earliest up to now is the floor of what they will see.
 * Readers wait meanwhile: all that can be done later is left to cb_decide_started().
 */
void cb_decide_start(struct cb_state *state, __u64 counter, struct clockbound_model *model)
{
	struct cb_bound *shown = &state->shown;

	raise_floor(state, &state->published, counter);
	if (shown->ticks && !cb_bound_move(shown, counter))
		model->status = CLOCKBOUND_STATUS_UNKNOWN;
	keep_floor(state, shown);
	if (shown->ticks)
		cb_model_set_lines(model, shown);
}

/* The same of the lines over CLOCK_MONOTONIC_RAW, if that is what readings are from. */
static void start_raw(struct cb_state *state, __u64 raw)
{
	struct cb_bound bound = state->decided_raw;
	const struct cb_claim *claim = &bound.claim;

	raise_floor(state, &state->published_raw, raw);
	clear(&state->published_raw);
	if (state->decided.ticks || !bound.ticks)
		return;
	if (cb_bound_move(&bound, raw) &&
	    floor_of(state, claim) > claim->latest + !!claim->latest_frac)
		note_violation(state);
	state->published_raw = state->decided_raw;
}

/**
 * cb_decide_started() - a model has started
 * @state: what is known
 * @raw: CLOCK_MONOTONIC_RAW before that, ns, and after whoever reads by that clock has read it
 * Return: CLOCKBOUND_EVENT_*: what has happened since the last call.
 */
__u32 cb_decide_started(struct cb_state *state, __u64 raw)
{
	const struct cb_claim *shown = &state->shown.claim;
	struct cb_bound *published = &state->published;
	__u32 changes;

	/* Readers end it in front of a leap second that is far away; its lines go on. */
	*published = state->decided;
	if (!state->shown.ticks) {
		clear(published);
	} else if (cb_bound_move(published, shown->counter)) {
		published->claim.earliest = shown->earliest;
		published->claim.earliest_frac = shown->earliest_frac;
		published->claim.earliest_rate = shown->earliest_rate;
	}
	if (state->floor_ticks &&
	    (__s64)(shown->counter + state->floor_ticks - state->deadline) < 0)
		state->deadline = shown->counter + state->floor_ticks;
	start_raw(state, raw);
	changes = state->changes;
	state->changes = 0;
	return changes;
}

/**
 * cb_decide_read() - a reading where the system clock does not run on the counter
 * @state: what is known; no disruption has been overlooked since @first was read
 * @first: CLOCK_MONOTONIC_RAW, ns
 * @last: CLOCK_MONOTONIC_RAW, not before @first, ns
 * @reading: where it goes; realtime is for the caller to fill in
 *
 * The interval contains the true time of all moments from @first to @last.
 * Return: whether there is a bound.
 */
bool cb_decide_read(const struct cb_state *state, __u64 first, __u64 last,
		    struct clockbound_reading *reading)
{
	struct cb_bound start = state->published_raw, end = start;
	struct clockbound_model model = { .flags = CLOCKBOUND_MODEL_IOCTL };
	struct cb_claim *claim = &start.claim;
	__s64 latest;

	/* CLOCK_MONOTONIC_RAW reads up to 1 ns less than it is. */
	if (!cb_bound_move(&start, first) || !cb_bound_move(&end, last + 1))
		return false;
	claim->latest = end.claim.latest;
	claim->latest_frac = end.claim.latest_frac;
	cb_leap_pass(claim);
	latest = claim->latest + !!claim->latest_frac;
	claim->earliest = max(claim->earliest, min(floor_of(state, claim), latest));

	cb_model_set_lines(&model, &start);
	reading->earliest = claim->earliest;
	reading->latest = latest;
	reading->counter_value = 0;
	reading->disruption_marker = state->facts.vmclock.sample.disruption_marker;
	reading->status = end.synchronized_ticks ? end.status : CLOCKBOUND_STATUS_FREE_RUNNING;
	reading->reserved0 = 0;
	reading->flags = model.flags;
	reading->tai_offset = model.tai_offset;
	reading->realtime = 0;
	if (model.leap)
		clockbound_eval_leap(&model, reading);
	return true;
}

/**
 * cb_decide_past() - what the pages say now of a moment in the past
 * @state: what is known
 * @counter: the moment; no disruption lies between
 * @model: the present one; its lines become those that hold at that moment
 * Return: false if they say nothing, or contradict each other.
 */
bool cb_decide_past(const struct cb_state *state, __u64 counter, struct clockbound_model *model)
{
	struct cb_bound bound, other;
	bool agree = true;

	clear(&bound);
	if (state->facts.sources & CB_SOURCE_VMCLOCK)
		cb_source_past(&state->facts.vmclock, counter, &bound);
	if ((state->facts.sources & CB_SOURCE_REGISTERED) &&
	    cb_source_past(&state->facts.registered, counter, &other)) {
		if (bound.ticks)
			agree = cb_bound_intersect(&bound, &other);
		else
			bound = other;
	}
	if (!agree || !bound.ticks)
		return false;
	model->flags &= ~(CLOCKBOUND_MODEL_LEAP | CLOCKBOUND_MODEL_TAI);
	if (bound.claim.leap)
		model->flags |= CLOCKBOUND_MODEL_LEAP;
	cb_model_set_lines(model, &bound);
	return true;
}
