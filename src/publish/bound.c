// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a decision depends on: pages, clocks, reports and disruptions as they come.
 */
#include <clockbound/eval.h>

#include "../claim/leap.h"
#include "../claim/model.h"
#include "../claim/portable.h"
#include "bound.h"

/* So close to a leap second, a clock that has to go through it may be on either side. */
#define LEAP_NEAR_NS	(2LL * NSEC_PER_SEC)

/**
 * cb_bound_init() - start with nothing known
 * @bound: the structure
 * @allowed: CB_SOURCE_* that may be used
 * @counter_id: CLOCKBOUND_COUNTER_* that readers read
 */
void cb_bound_init(struct cb_bound *bound, __u8 allowed, __u8 counter_id)
{
	memset(bound, 0, sizeof(*bound));
	bound->floor.earliest = CLOCKBOUND_TIME_MIN;
	bound->allowed = allowed;
	bound->state.counter_id = counter_id;
	cb_source_init(&bound->state.vmclock, CB_VERDICT_NO_DEVICE);
	cb_source_init(&bound->state.registered, CB_VERDICT_NO_DEVICE);
}

static void step_machine(struct cb_bound *bound)
{
	bound->state.reported = cb_state_next(bound->state.reported, bound->reporter,
					      bound->disruption, bound->supported);
}

/* What was reported says nothing any more. */
static void void_report(struct cb_bound *bound)
{
	bound->claimed = false;
	bound->reporter = CLOCKBOUND_STATUS_UNKNOWN;
	step_machine(bound);
}

/* The same, and so does what was measured up to @raw and is yet to be reported. */
static void void_measurements(struct cb_bound *bound, __u64 raw)
{
	bound->not_before = raw;
	void_report(bound);
}

/* What was true of the counter is not any more. */
static void forget(struct cb_bound *bound)
{
	cb_model_clear(&bound->state.vmclock.history);
	cb_model_clear(&bound->state.registered.history);
	cb_model_clear(&bound->published);
	cb_model_clear(&bound->by_clock);
	bound->floor.earliest = CLOCKBOUND_TIME_MIN;
}

static void disrupt(struct cb_bound *bound, __u32 changes, __u64 raw)
{
	bound->changes |= changes;
	bound->state.disruptions++;
	forget(bound);
	bound->state.disrupted = true;
	bound->disruption = CB_DISRUPTION_DISRUPTED;
	/* Also of a reporter that does not look at disruptions: it was measured before. */
	void_measurements(bound, raw);
}

/* A page that says that all is well now ends a disruption. */
static void look_for_vouchers(struct cb_bound *bound)
{
	if (((bound->allowed & CB_SOURCE_VMCLOCK) &&
	     cb_source_vouches(&bound->state.vmclock)) ||
	    ((bound->allowed & CB_SOURCE_REGISTERED) &&
	     cb_source_vouches(&bound->state.registered)))
		bound->state.disrupted = false;
}

/**
 * cb_bound_sample() - take in what a look at the VMClock page gave
 * @bound: the structure
 * @verdict: what cb_vmclock_sample() said; not CB_VERDICT_BUSY while the earlier
 *	page is to be kept
 * @sample: the sample, if @verdict is CB_VERDICT_FULL
 * @counter_id: CLOCKBOUND_COUNTER_* that readers read
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 *
 * A registered page that there is already does not know of a disruption.
 */
void cb_bound_sample(struct cb_bound *bound, enum cb_verdict verdict,
		     const struct cb_sample *sample, __u8 counter_id, __u64 raw)
{
	__u32 changes = cb_source_sample(&bound->state.vmclock, verdict, sample, counter_id);

	bound->state.counter_id = counter_id;
	if (changes) {
		disrupt(bound, changes, raw);
		bound->state.registered.outdated = bound->state.registered.sampled;
	}
	look_for_vouchers(bound);
}

/**
 * cb_bound_register() - there is another registered page now, or none
 * @bound: the structure
 * @verdict: CB_VERDICT_BUSY for one that has not been looked at; or
 *	CB_VERDICT_NO_DEVICE
 *
 * What its predecessor claimed is forgotten, but readers have seen it: the floor
 * stays.
 */
void cb_bound_register(struct cb_bound *bound, enum cb_verdict verdict)
{
	cb_source_init(&bound->state.registered, verdict);
}

/**
 * cb_bound_sample_registered() - take in what a look at the registered page gave
 * @bound: the structure
 * @verdict: as for cb_bound_sample(), and so are the others; or CB_VERDICT_GONE
 * @sample: see there
 * @counter_id: see there
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 *
 * If both pages have been looked at, the VMClock's comes first: where both tell of a
 * disruption, it is the same one.
 */
void cb_bound_sample_registered(struct cb_bound *bound, enum cb_verdict verdict,
				const struct cb_sample *sample, __u8 counter_id, __u64 raw)
{
	__u32 changes = cb_source_sample(&bound->state.registered, verdict, sample, counter_id);

	bound->state.counter_id = counter_id;
	if (changes)
		disrupt(bound, changes, raw);
	look_for_vouchers(bound);
}

/**
 * cb_bound_leap_ahead() - the leap second that the clock has ahead
 * @bound: the structure
 * @leap_day: where the day goes at whose beginning that is, days since 1970
 *
 * Return: 1 if the clock inserts a second, -1 if it leaves one out, 0 if none of it
 * is announced.
 */
__s8 cb_bound_leap_ahead(const struct cb_bound *bound, __u16 *leap_day)
{
	if (bound->clock.insert_at > 0) {
		*leap_day = bound->clock.insert_at / CB_NSEC_PER_DAY;
		return 1;
	}
	*leap_day = bound->delete_day;
	return bound->delete_day ? -1 : 0;
}

/* Is this the step that was announced? UTC steps and TAI goes on. */
static bool leapt(struct cb_bound *bound, const struct cb_timeline *timeline)
{
	__u16 leap_day;
	__s8 leap = cb_bound_leap_ahead(bound, &leap_day);
	__s64 error = timeline->jump + leap * NSEC_PER_SEC;

	if (!leap || timeline->clock.tai_offset != bound->clock.tai_offset + leap ||
	    error > NSEC_PER_SEC / 4 || error < -NSEC_PER_SEC / 4)
		return false;
	bound->leap = leap;
	bound->leap_day = leap_day;
	bound->delete_day = 0;
	bound->deleted = leap < 0;
	bound->leaps++;
	return true;
}

/*
 * The clock was set to something else. What was reported does not depend on it, but the
 * reporter's source may be deceived.
 */
static void step(struct cb_bound *bound, __u64 raw)
{
	bound->state.steps++;
	bound->changes |= CLOCKBOUND_EVENT_STEP;
	bound->delete_day = 0;
	bound->not_before = raw;
}

/* CLOCK_MONOTONIC_RAW is another function of the counter now, or of another one. */
static void begin_epoch(struct cb_bound *bound)
{
	bound->epoch_counter = bound->clock.counter_value;
	bound->epoch_raw = bound->clock.raw;
	void_measurements(bound, bound->clock.raw);
}

/**
 * cb_bound_clock() - take in how the system clock went on
 * @bound: the structure
 * @timeline: the clock
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 *
 * Return: whether there is something to be decided.
 */
bool cb_bound_clock(struct cb_bound *bound, const struct cb_timeline *timeline, __u64 raw)
{
	const struct cb_clock *clock = &timeline->clock;
	bool first = !bound->clock_epochs;
	bool new_epoch = timeline->epochs != bound->clock_epochs;
	__u64 steps = timeline->steps - bound->clock_steps;
	bool news = new_epoch || steps || clock->tai_offset != bound->clock.tai_offset ||
		    clock->insert_at != bound->clock.insert_at;
	bool was_leap = !new_epoch && steps == 1 && leapt(bound, timeline);

	bound->clock = *clock;
	bound->state.clock_on_counter = clock->usable;
	bound->clock_steps = timeline->steps;
	bound->clock_epochs = timeline->epochs;
	if (first) {
		bound->epoch_counter = clock->counter_value;
		bound->epoch_raw = clock->raw;
		return true;
	}
	if (new_epoch || (steps && !was_leap))
		step(bound, raw);
	if (new_epoch)
		begin_epoch(bound);
	/* Without lines over the counter, only this tells how late it is. */
	return news || (!clock->usable && bound->claimed);
}

static bool report_valid(const struct clockbound_report *report, __u64 raw)
{
	const __u32 leaps = CLOCKBOUND_REPORT_LEAP_DELETE | CLOCKBOUND_REPORT_LEAP_INSERT;

	if (report->flags & ~(CLOCKBOUND_REPORT_NO_DISRUPTION | leaps) ||
	    (report->flags & leaps) == leaps ||
	    report->status > CLOCKBOUND_STATUS_FREE_RUNNING)
		return false;
	return report->status != CLOCKBOUND_STATUS_SYNCHRONIZED || cb_claim_valid(report, raw);
}

/* Whether what a report claims is from before the last thing that made it void. */
static bool report_stale(const struct cb_bound *bound, const struct clockbound_report *report)
{
	return report->measured < bound->not_before || report->as_of < bound->epoch_raw;
}

static bool near(const struct cb_claim *claim, __s8 leap, __u16 leap_day)
{
	__s64 from_leap = claim->time - clockbound_leap_at(leap, leap_day);
	__s64 near = LEAP_NEAR_NS + (__s64)claim->bound;

	return leap && from_leap > -near && from_leap < near;
}

/*
 * UTC goes through the second in front of an inserted leap second twice, and a clock
 * does so at a moment of its own. From the time alone, nobody can tell which one it is.
 */
static bool leap_is_near(const struct cb_bound *bound, const struct cb_claim *claim)
{
	__u16 ahead_day;
	__s8 ahead = cb_bound_leap_ahead(bound, &ahead_day);

	return near(claim, claim->leap, claim->leap_day) || near(claim, ahead, ahead_day) ||
	       near(claim, bound->leap, bound->leap_day);
}

/* Like the core: after one leap second, STA_DEL has to be cleared before another. */
static void take_deletion(struct cb_bound *bound, struct cb_claim *claim)
{
	bound->delete_day = 0;
	if (claim->leap >= 0) {
		bound->deleted = false;
	} else if (bound->deleted) {
		claim->leap = 0;
		claim->leap_day--;
	} else {
		bound->delete_day = claim->leap_day;
	}
}

/* The newest report takes the place of the one before. */
static void take_claim(struct cb_bound *bound, const struct cb_claim *claim)
{
	struct cb_clock clock = bound->clock;

	if (!clock.usable)
		cb_clock_over_raw(&bound->clock, &clock);
	bound->claim = *claim;
	bound->claimed = true;
	cb_claim_model(claim, &clock, &bound->claim_lines);
	if (bound->allowed & CB_SOURCE_REPORT)
		bound->state.disrupted = false;
}

/**
 * cb_bound_report() - take in a report
 * @bound: the structure; its sample is the page's present one
 * @report: the report
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 *
 * Return: 0, -EINVAL, -ESTALE or -EAGAIN, as the ABI has it.
 */
int cb_bound_report(struct cb_bound *bound, const struct clockbound_report *report,
		    __u64 raw)
{
	const struct cb_source *vmclock = &bound->state.vmclock;
	bool supported = !(report->flags & CLOCKBOUND_REPORT_NO_DISRUPTION);
	__u64 marker = supported && vmclock->sampled ? vmclock->sample.disruption_marker : 0;
	bool claims = report->status == CLOCKBOUND_STATUS_SYNCHRONIZED;
	struct cb_claim claim;

	if (!report_valid(report, raw))
		return -EINVAL;
	if (report->disruption_marker != marker || (claims && report_stale(bound, report)))
		return -ESTALE;
	if (claims) {
		cb_claim_make(&claim, report);
		if (leap_is_near(bound, &claim))
			return -EAGAIN;
		take_deletion(bound, &claim);
	}

	bound->supported = supported;
	bound->state.reports++;

	/* Two inputs: the reporter has seen the marker, and what its source says. */
	if (bound->disruption != CB_DISRUPTION_RELIABLE) {
		bound->disruption = CB_DISRUPTION_RELIABLE;
		step_machine(bound);
	}
	bound->reporter = report->status;
	step_machine(bound);

	if (claims)
		take_claim(bound, &claim);
	else if (report->status == CLOCKBOUND_STATUS_UNKNOWN)
		bound->claimed = false;
	return 0;
}

/**
 * cb_bound_disrupt() - disrupt by hand, or end that
 * @bound: the structure
 * @force: whether to start or to end it
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 */
void cb_bound_disrupt(struct cb_bound *bound, bool force, __u64 raw)
{
	if (force != bound->state.forced) {
		bound->changes |= CLOCKBOUND_EVENT_DISRUPTION;
		bound->state.disruptions += force;
	}
	bound->state.forced = force;
	forget(bound);
	void_measurements(bound, raw);
}

/**
 * cb_bound_age_claim() - let time pass
 * @bound: the structure; something is claimed
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 *
 * A claim is fresh for a while, and then void.
 */
void cb_bound_age_claim(struct cb_bound *bound, __u64 raw)
{
	if (raw >= bound->claim.void_after) {
		void_report(bound);
	} else if (raw >= bound->claim.fresh_until &&
		   bound->reporter == CLOCKBOUND_STATUS_SYNCHRONIZED) {
		bound->reporter = CLOCKBOUND_STATUS_FREE_RUNNING;
		step_machine(bound);
	}
}
