// SPDX-License-Identifier: GPL-2.0-only
/* What a decision depends on: pages, clocks, reports and disruptions as they come. */
#include <clockbound/eval.h>

#include "state.h"

/* So close to a leap second, a clock that has to go through it may be on either side. */
#define LEAP_NEAR_NS	(2LL * NSEC_PER_SEC)

/**
 * cb_state_init() - start with nothing known
 * @state: what is known
 * @allowed: CB_SOURCE_* that may be used
 * @counter_id: CLOCKBOUND_COUNTER_* that readers read
 */
void cb_state_init(struct cb_state *state, __u8 allowed, __u8 counter_id)
{
	memset(state, 0, sizeof(*state));
	state->floor.earliest = CLOCKBOUND_TIME_MIN;
	state->allowed = allowed;
	state->facts.counter_id = counter_id;
	cb_source_init(&state->facts.vmclock, CB_VERDICT_NO_DEVICE);
	cb_source_init(&state->facts.registered, CB_VERDICT_NO_DEVICE);
}

static void step_machine(struct cb_state *state)
{
	state->facts.reported = cb_reported_next(state->facts.reported, state->reporter,
						 state->disruption, state->supported);
}

/* What was reported says nothing any more. */
static void void_report(struct cb_state *state)
{
	state->reported = false;
	state->reporter = CLOCKBOUND_STATUS_UNKNOWN;
	step_machine(state);
}

/* The same, and so does what was measured up to @raw and is yet to be reported. */
static void void_measurements(struct cb_state *state, __u64 raw)
{
	state->not_before = raw;
	void_report(state);
}

/* What was true of the counter is not any more. */
static void forget(struct cb_state *state)
{
	cb_source_forget(&state->facts.vmclock);
	cb_source_forget(&state->facts.registered);
	memset(&state->published, 0, sizeof(state->published));
	memset(&state->published_raw, 0, sizeof(state->published_raw));
	state->floor.earliest = CLOCKBOUND_TIME_MIN;
}

static void disrupt(struct cb_state *state, __u32 changes, __u64 raw)
{
	state->changes |= changes;
	state->facts.disruptions++;
	forget(state);
	state->facts.disrupted = true;
	state->disruption = CB_DISRUPTION_DISRUPTED;
	/* Also of a reporter that does not look at disruptions: it was measured before. */
	void_measurements(state, raw);
}

static bool vouches(const struct cb_state *state, __u8 id, const struct cb_source *source)
{
	return (state->allowed & id) && source->verdict == CB_VERDICT_FULL && !source->outdated;
}

/* A page that says that all is well now ends a disruption. */
static void look_for_vouchers(struct cb_state *state)
{
	if (vouches(state, CB_SOURCE_VMCLOCK, &state->facts.vmclock) ||
	    vouches(state, CB_SOURCE_REGISTERED, &state->facts.registered))
		state->facts.disrupted = false;
}

/*
 * Nothing that was said up to now is certain any more. Only the floor stays: a source that
 * has kept its promise has made it a time that is over.
 */
static void end_epoch(struct cb_state *state, __u64 counter, __u64 raw)
{
	state->epochs++;
	state->since = counter;
	cb_source_end_epoch(&state->facts.vmclock, counter);
	cb_source_end_epoch(&state->facts.registered, counter);
	void_measurements(state, raw);
}

/**
 * cb_state_sample() - take in what a look at a page gave
 * @state: what is known
 * @source: its VMClock or its registered page; if both have been looked at, the VMClock first:
 *	where both tell of a disruption, it is the same one
 * @verdict: what cb_vmclock_sample() said, or CB_VERDICT_GONE; not CB_VERDICT_BUSY while the
 *	earlier page is to be kept
 * @sample: the sample, if @verdict is CB_VERDICT_FULL; taken_at also if @counter_id has changed
 * @counter_id: CLOCKBOUND_COUNTER_* that readers read
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 */
void cb_state_sample(struct cb_state *state, struct cb_source *source, enum cb_verdict verdict,
		     const struct cb_sample *sample, __u8 counter_id, __u64 raw)
{
	struct cb_facts *facts = &state->facts;
	__u32 changes;

	/* A TSC that is found to be unstable is none any more. */
	if (counter_id != facts->counter_id)
		end_epoch(state, sample->taken_at, raw);
	facts->counter_id = counter_id;

	changes = cb_source_sample(source, verdict, sample, counter_id);
	if (changes) {
		disrupt(state, changes, raw);
		/* A registered page that there is already does not know of it. */
		if (source == &facts->vmclock)
			facts->registered.outdated = facts->registered.sampled;
	}
	look_for_vouchers(state);
}

/**
 * cb_state_register() - there is another registered page now, or none
 * @state: what is known
 * @verdict: CB_VERDICT_BUSY for one that has not been looked at; or CB_VERDICT_NO_DEVICE
 *
 * What its predecessor claimed is forgotten, but readers have seen it: the floor stays. The
 * memory may be from before the machine slept, too.
 */
void cb_state_register(struct cb_state *state, enum cb_verdict verdict)
{
	cb_source_init(&state->facts.registered, verdict);
	if (state->epochs)
		cb_source_end_epoch(&state->facts.registered, state->since);
}

/**
 * cb_state_leap_ahead() - the leap second that the clock has ahead
 * @state: what is known
 * @leap_day: becomes the day at whose beginning that is, days since 1970; 0 if there is none
 * Return: 1 if the clock inserts a second, -1 if it leaves one out, 0 if none is announced.
 */
__s8 cb_state_leap_ahead(const struct cb_state *state, __u16 *leap_day)
{
	if (state->clock.insert_at > 0) {
		*leap_day = state->clock.insert_at / CB_NSEC_PER_DAY;
		return 1;
	}
	*leap_day = state->delete_day;
	return state->delete_day ? -1 : 0;
}

/* Is this the step that was announced? UTC steps and TAI goes on. */
static bool leapt(struct cb_state *state, const struct cb_timeline *timeline)
{
	__u16 leap_day;
	__s8 leap = cb_state_leap_ahead(state, &leap_day);
	__s64 error = timeline->jump + leap * NSEC_PER_SEC;

	if (!leap || timeline->clock.tai_offset != state->clock.tai_offset + leap ||
	    error > NSEC_PER_SEC / 4 || error < -NSEC_PER_SEC / 4)
		return false;
	state->leap = leap;
	state->leap_day = leap_day;
	state->delete_day = 0;
	state->deleted = leap < 0;
	return true;
}

/*
 * The clock was set to something else. What was reported does not depend on it, but the
 * reporter's source may be deceived.
 */
static void step(struct cb_state *state, __u64 raw)
{
	state->facts.steps++;
	state->changes |= CLOCKBOUND_EVENT_STEP;
	state->delete_day = 0;
	state->not_before = raw;
}

/**
 * cb_state_clock() - take in how the system clock went on
 * @state: what is known
 * @timeline: the clock
 * @counter: the counter now
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 * Return: whether there is something to be decided.
 */
bool cb_state_clock(struct cb_state *state, const struct cb_timeline *timeline,
		    __u64 counter, __u64 raw)
{
	const struct cb_clock *clock = &timeline->clock;
	bool first = !state->clock_epochs;
	bool new_epoch = timeline->epochs != state->clock_epochs;
	__u64 steps = timeline->steps - state->clock_steps;
	bool news = new_epoch || steps || clock->tai_offset != state->clock.tai_offset ||
		    clock->insert_at != state->clock.insert_at;
	bool was_leap = !new_epoch && steps == 1 && leapt(state, timeline);

	state->clock = *clock;
	state->facts.clock_on_counter = clock->usable;
	state->clock_steps = timeline->steps;
	state->clock_epochs = timeline->epochs;
	/* CLOCK_MONOTONIC_RAW is another function of the counter now, or of another one. */
	if (new_epoch) {
		state->epoch_counter = clock->counter_value;
		state->epoch_raw = clock->raw;
	}
	if (first)
		return true;
	if (new_epoch || (steps && !was_leap))
		step(state, raw);
	if (new_epoch)
		end_epoch(state, clock->usable ? clock->counter_value : counter, clock->raw);
	/* Without lines over the counter, only this tells how late it is. */
	return news || (!clock->usable && state->reported);
}

/**
 * cb_state_stood_still() - the counter and the system clock have not gone on together
 * @state: what is known
 * @counter: the counter now
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 */
void cb_state_stood_still(struct cb_state *state, __u64 counter, __u64 raw)
{
	step(state, raw);
	end_epoch(state, counter, raw);
}

/**
 * cb_state_sleep() - the machine is about to sleep
 * @state: what is known; the clock has been taken in
 * @counter: the counter now
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 *
 * From the next decision on there is no bound, until cb_state_wake().
 */
void cb_state_sleep(struct cb_state *state, __u64 counter, __u64 raw)
{
	state->asleep = true;
	end_epoch(state, counter, raw);
}

/**
 * cb_state_wake() - the machine has slept, or was about to
 * @state: what is known; nothing was reported or sampled since cb_state_sleep()
 * @timeline: the clock
 * @counter: the counter now; it may have begun anew
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 *
 * What was before counts for nothing, also if the clock went on all the time because something
 * else did not want to sleep.
 */
void cb_state_wake(struct cb_state *state, const struct cb_timeline *timeline,
		   __u64 counter, __u64 raw)
{
	__u64 epochs = state->epochs;

	state->asleep = false;
	cb_state_clock(state, timeline, counter, raw);
	if (state->epochs == epochs)
		cb_state_stood_still(state, counter, raw);
	state->not_before = raw;
}

/* Whether what a report claims is from before the last thing that made it void. */
static bool report_stale(const struct cb_state *state, const struct clockbound_report *report)
{
	return report->measured < state->not_before || report->as_of < state->epoch_raw;
}

static bool near(const struct cb_report *report, __s8 leap, __u16 leap_day)
{
	__s64 from_leap = report->time - clockbound_leap_at(leap, leap_day);
	__s64 near = LEAP_NEAR_NS + (__s64)report->bound;

	return leap && from_leap > -near && from_leap < near;
}

/*
 * UTC goes through the second in front of an inserted leap second twice, and a clock
 * does so at a moment of its own. From the time alone, nobody can tell which one it is.
 */
static bool leap_is_near(const struct cb_state *state, const struct cb_report *report)
{
	__u16 ahead_day;
	__s8 ahead = cb_state_leap_ahead(state, &ahead_day);

	return near(report, report->leap, report->leap_day) ||
	       near(report, ahead, ahead_day) || near(report, state->leap, state->leap_day);
}

/* Like the core: after one leap second, STA_DEL has to be cleared before another. */
static void take_deletion(struct cb_state *state, struct cb_report *report)
{
	state->delete_day = 0;
	if (report->leap >= 0) {
		state->deleted = false;
	} else if (state->deleted) {
		report->leap = 0;
		report->leap_day--;
	} else {
		state->delete_day = report->leap_day;
	}
}

/* The newest report takes the place of the one before. */
static void take_report(struct cb_state *state, const struct cb_report *report)
{
	struct cb_clock clock = state->clock;

	if (!clock.usable)
		cb_clock_over_raw(&state->clock, &clock);
	state->report = *report;
	state->reported = true;
	cb_report_claim(report, &clock, &state->report_claim);
	if (state->allowed & CB_SOURCE_REPORT)
		state->facts.disrupted = false;
}

/**
 * cb_state_report() - take in a report
 * @state: what is known; the VMClock's sample is the page's present one
 * @report: the report
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 * Return: 0, -EINVAL, -ESTALE or -EAGAIN, as the ABI has it.
 */
int cb_state_report(struct cb_state *state, const struct clockbound_report *report,
		    __u64 raw)
{
	const struct cb_source *vmclock = &state->facts.vmclock;
	bool supported = !(report->flags & CLOCKBOUND_REPORT_NO_DISRUPTION);
	__u64 marker = supported && vmclock->sampled ? vmclock->sample.disruption_marker : 0;
	bool claims = report->status == CLOCKBOUND_STATUS_SYNCHRONIZED;
	struct cb_report taken;

	if (!cb_report_valid(report, raw))
		return -EINVAL;
	if (report->disruption_marker != marker || (claims && report_stale(state, report)))
		return -ESTALE;
	if (claims) {
		cb_report_take(&taken, report);
		if (leap_is_near(state, &taken))
			return -EAGAIN;
		take_deletion(state, &taken);
	}

	state->supported = supported;
	state->facts.reports++;

	/* Two inputs: the reporter has seen the marker, and what its source says. */
	if (state->disruption != CB_DISRUPTION_RELIABLE) {
		state->disruption = CB_DISRUPTION_RELIABLE;
		step_machine(state);
	}
	state->reporter = report->status;
	step_machine(state);

	if (claims)
		take_report(state, &taken);
	else if (report->status == CLOCKBOUND_STATUS_UNKNOWN)
		state->reported = false;
	return 0;
}

/**
 * cb_state_disrupt() - disrupt by hand, or end that
 * @state: what is known
 * @force: whether to start or to end it
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 */
void cb_state_disrupt(struct cb_state *state, bool force, __u64 raw)
{
	if (force != state->facts.forced) {
		state->changes |= CLOCKBOUND_EVENT_DISRUPTION;
		state->facts.disruptions += force;
	}
	state->facts.forced = force;
	forget(state);
	void_measurements(state, raw);
}

/**
 * cb_state_age_report() - let time pass: a report is fresh for a while, and then void
 * @state: what is known; there is a report
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 */
void cb_state_age_report(struct cb_state *state, __u64 raw)
{
	if (raw >= state->report.void_after) {
		void_report(state);
	} else if (raw >= state->report.fresh_until &&
		   state->reporter == CLOCKBOUND_STATUS_SYNCHRONIZED) {
		state->reporter = CLOCKBOUND_STATUS_FREE_RUNNING;
		step_machine(state);
	}
}
