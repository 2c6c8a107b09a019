// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision: which claims hold, and what they amount to together.
 */
#include <clockbound/eval.h>

#include "bound.h"
#include "leap.h"
#include "model.h"
#include "portable.h"

/*
 * A leap second that is further away is not in the model: readers take longer where
 * there is one.
 */
#define LEAP_AHEAD_NS		(3600 * NSEC_PER_SEC)

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
	if (bound->supported)
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
 *
 * A registered page that there is already does not know of a disruption.
 */
void cb_bound_sample(struct cb_bound *bound, enum cb_verdict verdict,
		     const struct cb_sample *sample, __u8 counter_id)
{
	__u32 changes = cb_source_sample(&bound->state.vmclock, verdict, sample, counter_id);

	bound->state.counter_id = counter_id;
	if (changes) {
		/* It is the marker that tells old measurements. */
		disrupt(bound, changes, bound->clock.raw);
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

/* The day at whose beginning the clock inserts (1) or leaves out (-1) a second. */
static __s8 leap_ahead(const struct cb_bound *bound, __u16 *leap_day)
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
	__s8 leap = leap_ahead(bound, &leap_day);
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
static void step(struct cb_bound *bound)
{
	bound->state.steps++;
	bound->changes |= CLOCKBOUND_EVENT_STEP;
	bound->leap = 0;
	bound->delete_day = 0;
	void_measurements(bound, bound->clock.raw);
}

/**
 * cb_bound_clock() - take in an update of the system clock
 * @bound: the structure
 * @clock: the clock
 * @was_set: as the timekeeping notifier has it: the clock was set, or it runs on
 *	another clocksource, or on after a suspend; or somebody else registered a
 *	notifier or told what TAI is, but then the clock goes on as before
 *
 * Return: whether the clock does not go on as it would have.
 */
bool cb_bound_clock(struct cb_bound *bound, const struct cb_clock *clock, bool was_set)
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
	if (was_set && !was_leap && (was_usable || bound->claimed))
		step(bound);
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

/* A claim is fresh for a while, and then void. */
static void age_claim(struct cb_bound *bound, __u64 raw)
{
	if (raw >= bound->claim.void_after) {
		void_report(bound);
	} else if (raw >= bound->claim.fresh_until &&
		   bound->reporter == CLOCKBOUND_STATUS_SYNCHRONIZED) {
		bound->reporter = CLOCKBOUND_STATUS_FREE_RUNNING;
		step_machine(bound);
	}
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
	__s8 leap = leap_ahead(bound, &leap_day);

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
	age_claim(bound, bound->clock.usable ? cb_clock_raw(&bound->clock, counter) :
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
 * cb_bound_names_registered() - whether readers have to check the registered page
 * @bound: the structure
 *
 * Not if it cannot tell of a disruption, because it is no VMClock page, any more.
 */
bool cb_bound_names_registered(const struct cb_bound *bound)
{
	const struct cb_source *registered = &bound->state.registered;

	return registered->sampled && registered->verdict != CB_VERDICT_FOREIGN &&
	       registered->verdict != CB_VERDICT_GONE && names_pages(bound);
}

/**
 * cb_bound_decide() - the model to be published
 * @bound: the structure
 * @counter: the counter now; the model starts here
 * @model: where the model goes; seq is zero
 *
 * Return: CLOCKBOUND_EVENT_*: what has happened since the last call.
 */
__u32 cb_bound_decide(struct cb_bound *bound, __u64 counter, struct clockbound_model *model)
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
	if (cb_bound_names_registered(bound))
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
 * cb_bound_read() - a reading of the system clock, where it is no function of the
 *	counter
 * @bound: the structure; no disruption has been overlooked, and the clock has not
 *	been set, since @realtime was read
 * @realtime: CLOCK_REALTIME, ns
 * @raw: CLOCK_MONOTONIC_RAW at that moment or later, ns
 * @reading: where it goes; all but its size and request is written
 *
 * Return: whether there is a bound.
 */
bool cb_bound_read(const struct cb_bound *bound, __s64 realtime, __u64 raw,
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
