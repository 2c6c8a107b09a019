// SPDX-License-Identifier: GPL-2.0-only
/*
 * ClockBound's segment.
 *
 * Its client reads CLOCK_REALTIME, then CLOCK_MONOTONIC_COARSE, and says
 *
 *	realtime -+ (bound + (coarse - as_of) * max_drift)	(truncated)
 *
 * with its status while coarse < as_of + 5 s, as FREE_RUNNING up to void_after, and
 * as UNKNOWN from then on. What is written must hold for longer than until the next
 * writing: a client that meets an odd generation uses what it has seen before, and so does
 * one that finds the same generation after 32767 writings. Therefore:
 *
 *  - as_of lies LAG_NS in the past. The coarse clock may be that much behind, and the
 *    bound has grown all the same. It is never in the client's future, either.
 *  - What the sources say bounds the clock only until its rate is changed, so it is void
 *    SPAN_NS after as_of. Nothing outlives 32767 writings: what still holds is not written
 *    again before CB_SHM0_REFRESH_NS have passed.
 *  - Where the clock does not run on the counter, what the hypervisor says does not bound
 *    it: such a clock can stand still while the counter goes on (kvm-clock and an emulated
 *    HPET do while the machine is paused), just before a client reads it.
 */
#include <clockbound/eval.h>

#include "../source/realtime.h"
#include "shm0.h"

/* For so long after as_of, a client takes over the status as it is. */
#define SPAN_NS		CLOCKBOUND_REPORT_FRESH_NS

/* Of CLOCK_MONOTONIC_COARSE: six ticks of 10 ms, without which no running CPU goes. */
#define LAG_NS		100000000LL
/* It can step back when its rate is changed, by at most a fifth of a tick. */
#define STEP_BACK_NS	3000000LL

/* All that rounding may cost, here, in the client, and in still_holds(). */
#define ROUNDING_NS	6
#define HOLDS_NS	2
/* Times that differ by less are the same: the clock's rate is not exact. */
#define SAME_TIME_NS	1000000LL

/* So close to a leap second, its clock and the true time may be on either side. */
#define LEAP_NEAR_NS	(2 * SPAN_NS)
#define LEAP_ERROR_NS	(2LL * NSEC_PER_SEC)

/* What is known of CLOCK_REALTIME's error, from a moment on. */
struct span {
	__s64 now;	/* the moment, CLOCK_MONOTONIC, ns */
	__u64 error;	/* at that moment, ns, rounded up */
	__u64 drift;	/* how fast it grows, ppb, rounded up */
	__s64 fresh;	/* ns until the status is at best FREE_RUNNING; may be over */
	__s64 valid;	/* ns for which it holds */
	__u8 status;	/* SYNCHRONIZED or FREE_RUNNING */
};

/* As the client has it: rounded down. */
static __u64 growth(__u64 elapsed, __u32 drift)
{
	return elapsed / NSEC_PER_SEC * drift +
	       elapsed % NSEC_PER_SEC * drift / NSEC_PER_SEC;
}

/* ns that @ticks take, rounded down; at most SPAN_NS. */
static __s64 ticks_ns(__u64 ticks, __u64 rate, unsigned int shift)
{
	cb_u128 ns = (cb_u128)ticks * rate >> 64;

	/* Before the shift, which may be as much as 31. */
	return ns >= SPAN_NS ? SPAN_NS : min((__s64)ns << shift, SPAN_NS);
}

/* @difference of rates as a part of @rate, not 0: ppb, rounded up; some for 100 % and more. */
static __u64 ppb(cb_u128 difference, __u64 rate)
{
	unsigned int shift = __builtin_clzll(rate);

	shift = shift < 32 ? 32 - shift : 0;
	rate >>= shift;
	difference = (difference >> shift) + 1;
	if (difference >= rate)
		return CLOCKBOUND_DRIFT_LIMIT_PPB;
	return (__u64)difference * NSEC_PER_SEC / rate + 1;
}

/*
 * How fast CLOCK_REALTIME leaves the lines behind; @low: its rate in their unit, rounded
 * down; @mult: the timekeeper's own.
 */
static __u64 lines_drift(const struct cb_claim *lines, __u64 low, __u32 mult)
{
	__u64 high = low + 1;
	cb_u128 away = 0;

	if (high > lines->earliest_rate)
		away = high - lines->earliest_rate;
	if (lines->latest_rate > low && lines->latest_rate - low > away)
		away = lines->latest_rate - low;
	/* The timekeeper keeps its mean rate by adding 1 to mult for a tick or so. */
	return ppb(away, low) + NSEC_PER_SEC / mult + 2;
}

static void apply_leap(struct cb_claim *lines, struct span *span)
{
	__s64 at = clockbound_leap_at(lines->leap, lines->leap_day);

	if (!lines->leap)
		return;
	if (lines->earliest > at + LEAP_NEAR_NS) {
		lines->earliest -= lines->leap * NSEC_PER_SEC;
		lines->latest -= lines->leap * NSEC_PER_SEC;
	} else if (lines->latest > at - LEAP_NEAR_NS) {
		span->error = LEAP_ERROR_NS;
	}
}

/* The larger distance of CLOCK_REALTIME from the lines, up to CLOCKBOUND_BOUND_LIMIT_NS. */
static __u64 lines_error(const struct cb_claim *lines, __s64 realtime)
{
	/* A reading of the clock is rounded down. */
	cb_s128 below = (cb_s128)realtime + 1 - lines->earliest;
	cb_s128 above = (cb_s128)lines->latest + !!lines->latest_frac + 1 - realtime;
	cb_s128 error = below > above ? below : above;

	return error < CLOCKBOUND_BOUND_LIMIT_NS ? (__u64)error : CLOCKBOUND_BOUND_LIMIT_NS;
}

static bool lines_span(const struct cb_state *state, __u64 counter, struct span *span)
{
	struct cb_bound bound = state->decided;
	struct cb_claim *lines = &bound.claim;
	struct cb_clock clock = state->clock;
	struct clockbound_realtime realtime;
	__u64 ticks;

	if (!clock.mult || !clock.raw_mult)
		return false;
	span->status = state->status;
	if (!clock.usable) {
		cb_clock_over_raw(&state->clock, &clock);
		counter = clock.raw;
		bound = state->decided_raw;
		span->status = bound.status;
	}
	if (!clockbound_status_bounded(span->status))
		return false;
	cb_realtime_line(&clock, &realtime);
	if (!realtime.valid || !cb_bound_move(&bound, counter))
		return false;
	/* Both rates in the larger one of their units. */
	if (realtime.counter_shift > lines->shift)
		cb_claim_use_shift(lines, realtime.counter_shift);
	realtime.rate >>= lines->shift - realtime.counter_shift;
	if (!realtime.rate)
		return false;

	span->now = cb_clock_monotonic(&clock, counter);
	span->drift = lines_drift(lines, realtime.rate, state->clock.mult);
	span->error = 0;
	apply_leap(lines, span);
	span->error += lines_error(lines, clock.realtime + (span->now - clock.monotonic));

	span->valid = ticks_ns(bound.ticks, realtime.rate, lines->shift);
	ticks = min(bound.synchronized_ticks, bound.ticks);
	span->fresh = ticks_ns(ticks, realtime.rate, lines->shift);
	if (span->status == CLOCKBOUND_STATUS_FREE_RUNNING)
		span->fresh = SPAN_NS;
	return true;
}

static void take_span(const struct span *span, __s64 coarse, struct cb_shm0_record *record)
{
	__s64 now = span->now - LAG_NS;
	__u64 grown;

	record->as_of = now;
	/* The client's own limits: 5 s after as_of, or sooner. */
	if (span->fresh < SPAN_NS)
		record->as_of = now + span->fresh - SPAN_NS;
	if (span->valid < SPAN_NS)
		record->as_of = min(record->as_of, now + span->valid - SPAN_NS);
	record->as_of = min(record->as_of, coarse - STEP_BACK_NS);
	record->void_after = now + span->valid;

	/* It grows from as_of on, so it was that much smaller then. */
	record->max_drift = span->drift;
	grown = growth(now - record->as_of, record->max_drift);
	record->bound = span->error - min(grown, span->error) + ROUNDING_NS;

	record->status = span->status;
	if (span->fresh <= 0)
		record->status = CLOCKBOUND_STATUS_FREE_RUNNING;
}

/**
 * cb_shm0_make() - what the segment has to say
 * @state: what is known; decided
 * @counter: the counter now; with a clocksource that is not the counter, all is as of @state's
 *	last update of the clock
 * @coarse: CLOCK_MONOTONIC_COARSE at the last update of the timekeeper, ns
 * @record: where it goes
 */
void cb_shm0_make(const struct cb_state *state, __u64 counter, __s64 coarse,
		  struct cb_shm0_record *record)
{
	const struct cb_source *vmclock = &state->facts.vmclock;
	struct span span;

	*record = (struct cb_shm0_record) {
		.as_of = coarse - LAG_NS,
		.void_after = coarse - LAG_NS,
		/* For those who do not look at the status. */
		.bound = CLOCKBOUND_BOUND_LIMIT_NS,
		.disruption_marker = vmclock->sampled ? vmclock->sample.disruption_marker : 0,
		.disruption_support = vmclock->sampled,
		.status = CLOCKBOUND_STATUS_UNKNOWN,
	};
	if (state->status == CLOCKBOUND_STATUS_DISRUPTED)
		record->status = CLOCKBOUND_STATUS_DISRUPTED;

	if (lines_span(state, counter, &span) &&
	    span.drift < CLOCKBOUND_DRIFT_LIMIT_PPB && span.valid > 0 &&
	    span.error < CLOCKBOUND_BOUND_LIMIT_NS)
		take_span(&span, coarse, record);
}

/* Whether what is in the segment is still right, and bounds what @record does. */
static bool still_holds(const struct cb_shm0_record *written,
			const struct cb_shm0_record *record)
{
	__s64 elapsed = record->as_of - written->as_of;

	return written->status == record->status &&
	       written->disruption_marker == record->disruption_marker &&
	       written->disruption_support == record->disruption_support &&
	       elapsed >= -SAME_TIME_NS &&
	       record->void_after - written->void_after >= -SAME_TIME_NS &&
	       written->max_drift >= record->max_drift &&
	       written->bound + (__s64)(elapsed > 0 ? growth(elapsed, written->max_drift) : 0) >=
			record->bound - HOLDS_NS;
}

static void split(__s64 ns, __s64 *sec, __s64 *nsec)
{
	*sec = ns / NSEC_PER_SEC;
	*nsec = ns % NSEC_PER_SEC;
	if (*nsec < 0) {
		(*sec)--;
		*nsec += NSEC_PER_SEC;
	}
}

/**
 * cb_shm0_init() - begin a segment
 * @shm0: the writer
 * @segment: zeroed memory, which nobody reads before the first cb_shm0_update()
 */
void cb_shm0_init(struct cb_shm0 *shm0, struct shm0_segment *segment)
{
	memset(shm0, 0, sizeof(*shm0));
	shm0->segment = segment;
	segment->magic[0] = SHM0_MAGIC_0;
	segment->magic[1] = SHM0_MAGIC_1;
	segment->size = sizeof(*segment);
	segment->version = SHM0_VERSION;
}

/**
 * cb_shm0_write() - write a record into the segment
 * @shm0: the writer
 * @record: the record
 * @coarse: CLOCK_MONOTONIC_COARSE now, ns
 *
 * Wait-free. Context: any; the caller holds the lock of the segment.
 */
void cb_shm0_write(struct cb_shm0 *shm0, const struct cb_shm0_record *record, __s64 coarse)
{
	struct shm0_segment *segment = shm0->segment;
	__u16 generation = segment->generation;
	__s64 sec, nsec;

	WRITE_ONCE(segment->generation, generation + 1);
	/* Pairs with the client's acquire load of the generation at its end. */
	smp_wmb();

	split(record->as_of, &sec, &nsec);
	WRITE_ONCE(segment->as_of_sec, sec);
	WRITE_ONCE(segment->as_of_nsec, nsec);
	split(record->void_after, &sec, &nsec);
	WRITE_ONCE(segment->void_after_sec, sec);
	WRITE_ONCE(segment->void_after_nsec, nsec);
	WRITE_ONCE(segment->bound, record->bound);
	WRITE_ONCE(segment->disruption_marker, record->disruption_marker);
	WRITE_ONCE(segment->max_drift, record->max_drift);
	WRITE_ONCE(segment->clock_status, record->status);
	WRITE_ONCE(segment->disruption_support, record->disruption_support);

	/* Pairs with the client's acquire load of the generation at its start. */
	smp_wmb();
	generation += 2;
	WRITE_ONCE(segment->generation, generation ? generation : 2);

	shm0->written = *record;
	shm0->written_at = coarse;
}

/**
 * cb_shm0_update() - bring the segment up to date
 * @shm0: the writer
 * @state: what is known; decided
 * @counter: the counter now
 * @coarse: CLOCK_MONOTONIC_COARSE now, ns
 * Context: as cb_shm0_write().
 * Return: whether anything was written.
 */
bool cb_shm0_update(struct cb_shm0 *shm0, const struct cb_state *state, __u64 counter,
		    __s64 coarse)
{
	struct cb_shm0_record record;

	cb_shm0_make(state, counter, coarse, &record);
	if (shm0->segment->generation && coarse - shm0->written_at < CB_SHM0_REFRESH_NS &&
	    still_holds(&shm0->written, &record))
		return false;
	cb_shm0_write(shm0, &record, coarse);
	return true;
}
