// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a decision depends on: pages, clocks, reports and disruptions as they come.
 */
#include "bound.h"
#include "leap.h"
#include "model.h"
#include "portable.h"

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

/*
 * Is this the step that was announced? UTC steps and TAI goes on. The clock may
 * have been slewed meanwhile, so it is not asked for more than that.
 */
static bool leapt(struct cb_bound *bound, const struct cb_clock *clock)
{
	const struct cb_clock *last = &bound->clock;
	__u16 leap_day;
	__s8 leap = cb_bound_leap_ahead(bound, &leap_day);
	__s64 error = clock->realtime - last->realtime + leap * NSEC_PER_SEC -
		      (__s64)(clock->raw - last->raw);

	if (!leap || clock->tai_offset != last->tai_offset + leap ||
	    error > NSEC_PER_SEC / 4 || error < -NSEC_PER_SEC / 4)
		return false;
	bound->leap = leap;
	bound->leap_day = leap_day;
	bound->delete_day = 0;
	bound->deleted = leap < 0;
	bound->leaps++;
	return true;
}

/* The clock was set to something else. */
static void step(struct cb_bound *bound, __u64 raw)
{
	bound->state.steps++;
	bound->changes |= CLOCKBOUND_EVENT_STEP;
	bound->leap = 0;
	bound->delete_day = 0;
	void_measurements(bound, raw);
}

/**
 * cb_bound_clock() - take in an update of the system clock
 * @bound: the structure
 * @clock: the clock
 * @was_set: as the timekeeping notifier has it: the clock was set, or it runs on
 *	another clocksource, or on after a suspend; or somebody else registered a
 *	notifier or told what TAI is, but then the clock goes on as before
 * @raw: CLOCK_MONOTONIC_RAW now, ns; means nothing without @was_set
 *
 * Return: whether the clock does not go on as it would have.
 */
bool cb_bound_clock(struct cb_bound *bound, const struct cb_clock *clock, bool was_set,
		    __u64 raw)
{
	bool was_usable = bound->clock.usable;
	bool was_leap;

	if (cb_clock_same(&bound->clock, clock))
		return false;
	was_set = was_set && !cb_clock_continues(&bound->clock, clock);
	was_leap = was_set && leapt(bound, clock);
	if (!was_usable || clock->raw != cb_clock_raw(&bound->clock, clock->counter_value))
		bound->raw_since = clock->counter_value;
	bound->clock = *clock;
	bound->state.clock_on_counter = clock->usable;
	if (was_set && !was_leap && (was_usable || bound->claimed))
		step(bound, raw);
	else if (was_set && !was_leap)
		bound->not_before = raw;
	return was_set || clock->usable || was_usable || bound->claimed;
}

static bool report_valid(const struct clockbound_report *report, __u64 raw)
{
	if (report->flags & ~(CLOCKBOUND_REPORT_NO_DISRUPTION |
			      CLOCKBOUND_REPORT_LEAP_DELETE) ||
	    report->status > CLOCKBOUND_STATUS_FREE_RUNNING)
		return false;
	if (report->status != CLOCKBOUND_STATUS_SYNCHRONIZED)
		return true;
	return report->max_drift < CLOCKBOUND_DRIFT_LIMIT_PPB &&
	       report->bound < CLOCKBOUND_BOUND_LIMIT_NS &&
	       report->as_of <= raw && report->void_after >= report->as_of &&
	       report->void_after < CLOCKBOUND_BOUND_LIMIT_NS;
}

/* Like the core: after one leap second, STA_DEL has to be cleared before another. */
static void set_delete_day(struct cb_bound *bound, bool announced, __u64 raw)
{
	__s64 now = bound->clock.realtime + (__s64)(raw - bound->clock.raw);

	bound->delete_day = 0;
	if (!announced)
		bound->deleted = false;
	else if (!bound->deleted)
		bound->delete_day = max(now, 0LL) / CB_NSEC_PER_DAY + 1;
}

/**
 * cb_bound_report() - take in a report about the system clock's error
 * @bound: the structure; its sample is the page's present one
 * @report: the report
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 *
 * Return: 0, -EINVAL or -ESTALE, as the ABI has it.
 */
int cb_bound_report(struct cb_bound *bound, const struct clockbound_report *report,
		    __u64 raw)
{
	const struct cb_source *vmclock = &bound->state.vmclock;
	bool supported = !(report->flags & CLOCKBOUND_REPORT_NO_DISRUPTION);
	__u64 marker = supported && vmclock->sampled ? vmclock->sample.disruption_marker : 0;
	struct cb_claim claim = {
		.as_of = report->as_of,
		.bound = report->bound,
		.max_drift = report->max_drift,
		.fresh_until = report->as_of + CLOCKBOUND_REPORT_FRESH_NS,
		.void_after = report->void_after,
	};

	if (!report_valid(report, raw))
		return -EINVAL;
	if (report->disruption_marker != marker ||
	    (report->status == CLOCKBOUND_STATUS_SYNCHRONIZED &&
	     report->as_of < bound->not_before))
		return -ESTALE;

	bound->supported = supported;
	bound->state.reports++;
	set_delete_day(bound, report->flags & CLOCKBOUND_REPORT_LEAP_DELETE, raw);

	/* Two inputs: the reporter has seen the marker, and what its source says. */
	if (bound->disruption != CB_DISRUPTION_RELIABLE) {
		bound->disruption = CB_DISRUPTION_RELIABLE;
		step_machine(bound);
	}
	bound->reporter = report->status;
	step_machine(bound);

	if (report->status == CLOCKBOUND_STATUS_UNKNOWN) {
		bound->claimed = false;
	} else if (report->status == CLOCKBOUND_STATUS_SYNCHRONIZED) {
		if (bound->claimed)
			cb_claim_update(&bound->claim, &claim, raw);
		else
			bound->claim = claim;
		bound->claimed = true;
		if (bound->allowed & CB_SOURCE_SYSTEM)
			bound->state.disrupted = false;
	}
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
