// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sync asks, when, and what it reports.
 *
 * Why no report carries a new marker and an old measurement:
 *
 * A report carries core->marker, and that is assigned in one place, start_over(),
 * together with all that makes the core start over: no question is pending any
 * more, so that no answer to an earlier question counts; and measurements count only
 * if they are later than measured_after, which says "never" until the source has
 * accepted RESET and then BURST, both sent after the assignment. So, in time:
 *
 *	marker read < RESET sent < RESET accepted: chronyd forgets its measurements
 *	and the requests in flight < BURST accepted: measured_after < measurement
 *	< question for it < answer < report.
 *
 * If the machine is disrupted at any point of this line after the marker was
 * read, then the page has another marker than the report by then, and the kernel
 * answers ESTALE. It does not matter when this process notices a disruption.
 *
 * "Later than" is not left to the system clock, which chronyd may step by an hour
 * between two of these points. chronyd moves the time of its measurement along
 * with the steps and slews it makes, so the difference to its present time, the
 * age, is right at any moment; and the time since measured_after is counted by
 * CLOCK_MONOTONIC_RAW, which nobody sets. They differ by the frequency error that
 * chronyd corrects: a measurement counts if it is younger by more than that. chronyd
 * makes its measurement older than it is, at random and by up to a second, so that
 * it may have to be waited for another one. Its word that it is synchronized again
 * would come sooner, and be no proof: a sample of a reference clock that lies in
 * shared memory since before the disruption outlives a RESET.
 *
 * When somebody else sets the clock, the age is wrong by that. The module or
 * continuity.c notices, and all starts over.
 */
#include "sync_core.h"

/* CLOCK_MONOTONIC_RAW's rate is right to 2^-10, about 1000 ppm. */
#define RATE_ERROR_SHIFT	10

#define NEVER	(~0ULL)

static void plan(struct sync_core *core, enum sync_question next, __u64 due)
{
	core->pending = SYNC_NOTHING;
	core->next = next;
	core->due = due;
}

/* Nothing that was said or asked before this counts any more. */
static void start_over(struct sync_core *core, __u64 marker, __u64 now)
{
	core->marker = core->disruptions ? marker : 0;
	core->measuring = true;
	core->measured_after = core->resettable ? NEVER : now;
	core->acted_at = now;
	plan(core, core->resettable ? SYNC_RESET : SYNC_MEASUREMENT, now);
}

/**
 * sync_core_begin() - the device has been opened
 * @core: the core; disruptions, resettable and max_drift are set
 * @marker: the disruption marker, read after that
 * @now: the time
 *
 * Nobody knows whether what the source says now was measured under this marker, nor
 * whether somebody has set or tuned the clock since, so it has to measure again.
 * Meanwhile what an earlier process has reported stays in force for as long as a source
 * may be silent.
 */
void sync_core_begin(struct sync_core *core, __u64 marker, __u64 now)
{
	start_over(core, marker, now);
	core->hold_until = now + SYNC_PATIENCE;
	core->acted_at = 0;
}

/**
 * sync_core_disrupted() - what was measured is void
 * @core: the core
 * @marker: the disruption marker, read after that became known
 * @now: the time
 *
 * A new marker is acted upon at once; the same one again at most once in a
 * SYNC_INTERVAL, so that no event and no refusal by the kernel is answered by a
 * flood of resets.
 */
void sync_core_disrupted(struct sync_core *core, __u64 marker, __u64 now)
{
	__u64 before = core->marker;
	__u64 last = core->acted_at;

	start_over(core, marker, now);
	if (core->marker != before)
		core->hold_until = 0;
	if (core->marker == before && last && now < last + SYNC_INTERVAL) {
		core->due = last + SYNC_INTERVAL;
		core->acted_at = last;
	}
}

/**
 * sync_core_moved() - somebody else has set or tuned the clock
 * @core: the core
 * @now: the time
 *
 * What was measured is not about this clock, so it has to be measured again. What was
 * reported does not depend on the clock: it stays in force as if the source was silent.
 * As long as a measurement is awaited anyway, it has to be a later one; to reset the
 * source once more would only keep it from measuring, and thereby from tuning the clock
 * back.
 */
void sync_core_moved(struct sync_core *core, __u64 now)
{
	if (!core->measuring)
		start_over(core, core->marker, now);
	else if (core->measured_after != NEVER)
		core->measured_after = now;
}

/**
 * sync_core_deadline() - when the core has something to do
 * @core: the core
 *
 * Return: when to call sync_core_ask(), or sync_core_failed() if a question is
 * pending.
 */
__u64 sync_core_deadline(const struct sync_core *core)
{
	return core->pending ? core->asked + SYNC_ANSWER_TIME : core->due;
}

/**
 * sync_core_ask() - the question to be asked now
 * @core: the core
 * @now: the time
 *
 * Return: the question, with core->sequence as its number; or SYNC_NOTHING.
 */
enum sync_question sync_core_ask(struct sync_core *core, __u64 now)
{
	if (core->pending || now < core->due)
		return SYNC_NOTHING;
	core->pending = core->next;
	core->sequence++;
	core->asked = now;
	return core->pending;
}

/* Whether the wait for a first measurement has begun a little while ago. */
static bool is_fresh(const struct sync_core *core, __u64 now)
{
	return now < core->measured_after + SYNC_FAST_TIME;
}

/**
 * sync_core_accepted() - RESET or BURST was accepted
 * @core: the core
 * @sequence: number of the question
 * @now: the time
 *
 * Return: false if that was not the pending question.
 */
bool sync_core_accepted(struct sync_core *core, __u32 sequence, __u64 now)
{
	if (sequence != core->sequence)
		return false;
	switch (core->pending) {
	case SYNC_RESET:
		plan(core, SYNC_BURST, now);
		return true;
	case SYNC_BURST:
		if (core->measured_after == NEVER)
			core->measured_after = now;
		core->burst_at = now + (is_fresh(core, now) ? SYNC_BURST_INTERVAL :
				       SYNC_BURST_SLOW_INTERVAL);
		plan(core, SYNC_MEASUREMENT, now);
		return true;
	default:
		return false;
	}
}

/* A report that claims nothing. */
static void fill(const struct sync_core *core, __u32 status, struct clockbound_report *report)
{
	*report = (struct clockbound_report){
		.size = sizeof(*report),
		.flags = core->disruptions ? 0 : CLOCKBOUND_REPORT_NO_DISRUPTION,
		.as_of = core->asked,
		.void_after = core->asked,
		.status = status,
		.disruption_marker = core->marker,
	};
}

static void fill_claim(const struct estimate *estimate, __u64 measured,
		       struct clockbound_report *report)
{
	if (estimate->leap > 0)
		report->flags |= CLOCKBOUND_REPORT_LEAP_INSERT;
	else if (estimate->leap < 0)
		report->flags |= CLOCKBOUND_REPORT_LEAP_DELETE;
	report->as_of = estimate->raw;
	report->void_after = estimate->raw + SYNC_VALID_TIME;
	report->time = estimate->time;
	report->bound = estimate->bound;
	report->frequency = estimate->frequency;
	report->measured = measured;
	report->max_drift = estimate->max_drift;
}

/* A moment before which the measurement was certainly not made. */
static __u64 measured_at(__u64 age, __u64 as_of)
{
	age += (age >> RATE_ERROR_SHIFT) + 1;
	return age < as_of ? as_of - age : 0;
}

/*
 * While a measurement is awaited, BURST is sent again and again. chronyd ignores it
 * if a burst goes on. But that may be the one from before a RESET, which ends too
 * soon, and nobody may have answered in a burst that is over.
 */
static void plan_measurement(struct sync_core *core, __u64 interval, __u64 now)
{
	if (interval > SYNC_INTERVAL)
		interval = SYNC_INTERVAL;
	if (interval < SYNC_FAST_INTERVAL)
		interval = SYNC_FAST_INTERVAL;
	if (!core->measuring)
		plan(core, SYNC_MEASUREMENT, core->asked + interval);
	else if (core->resettable && now >= core->burst_at)
		plan(core, SYNC_BURST, now);
	else
		plan(core, SYNC_MEASUREMENT, core->asked + (is_fresh(core, now) ?
							    SYNC_FAST_INTERVAL : SYNC_INTERVAL));
}

/**
 * sync_core_measured() - the source has said what it measured
 * @core: the core
 * @sequence: number of the question
 * @measurement: what it said
 * @now: the time
 * @report: where the report goes
 *
 * Return: false if that was not the pending question: there is no report.
 */
bool sync_core_measured(struct sync_core *core, __u32 sequence,
			const struct measurement *measurement, __u64 now,
			struct clockbound_report *report)
{
	__u64 measured = measured_at(measurement->age, measurement->estimate.raw);
	__u32 status = measurement->status;

	if (core->pending != SYNC_MEASUREMENT || sequence != core->sequence)
		return false;

	if (status == CLOCKBOUND_STATUS_SYNCHRONIZED && core->measuring &&
	    measured <= core->measured_after)
		status = CLOCKBOUND_STATUS_FREE_RUNNING;
	fill(core, status, report);
	core->hold_until = core->asked + SYNC_PATIENCE;
	if (status == CLOCKBOUND_STATUS_SYNCHRONIZED) {
		core->measuring = false;
		fill_claim(&measurement->estimate, measured, report);
	}
	plan_measurement(core, measurement->interval, now);
	return true;
}

/**
 * sync_core_failed() - a question has got no answer, or a refusal
 * @core: the core
 * @sequence: number of the question
 * @now: the time
 * @report: where the report goes
 *
 * Return: false if that was not the pending question: there is no report.
 */
bool sync_core_failed(struct sync_core *core, __u32 sequence, __u64 now,
		      struct clockbound_report *report)
{
	if (!core->pending || sequence != core->sequence)
		return false;

	fill(core, now < core->hold_until ? CLOCKBOUND_STATUS_FREE_RUNNING :
	     CLOCKBOUND_STATUS_UNKNOWN, report);
	plan(core, core->pending == SYNC_BURST ? SYNC_RESET : core->pending,
	     core->asked + SYNC_INTERVAL);
	return true;
}
