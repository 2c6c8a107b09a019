// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system clock as a source.
 *
 * What is claimed is the error of the clock's reading, not a line: a daemon slews
 * the clock, and the rate of a clock that is being slewed is not a true rate. So
 * an earlier claim is aged and applied to the clock as it reads now.
 */
#include "model.h"
#include "system.h"

/* CLOCK_MONOTONIC_RAW's own rate may be wrong by less than one part in 2^10. */
#define RAW_RATE_ERROR_SHIFT	10

/* A drift in ppb as a factor, in 2^-33, rounded up. */
#define DRIFT_SHIFT		33

static __u64 drift_factor(__u32 max_drift)
{
	return ((__u64)max_drift << DRIFT_SHIFT) / NSEC_PER_SEC + 1;
}

static cb_u128 way(__u64 distance, __u32 mult, __u64 frac)
{
	return (cb_u128)distance * mult + frac;
}

/**
 * cb_clock_continues() - whether two snapshots are of the same line
 * @a: the earlier one
 * @b: the later one
 *
 * Return: true if CLOCK_REALTIME as @a has it leads exactly to @b; of clocks that
 * are not usable nobody knows.
 */
bool cb_clock_continues(const struct cb_clock *a, const struct cb_clock *b)
{
	cb_u128 ns;

	if (!a->usable || !b->usable || a->mult != b->mult || a->shift != b->shift)
		return false;
	ns = way(b->counter_value - a->counter_value, a->mult, a->realtime_frac);
	return a->realtime + (__s64)(ns >> a->shift) == b->realtime &&
	       (ns & (((__u64)1 << a->shift) - 1)) == b->realtime_frac;
}

/**
 * cb_clock_same() - whether two snapshots say the same
 * @a: the earlier one
 * @b: the later one
 *
 * Return: true if the line goes on and nothing else is new.
 */
bool cb_clock_same(const struct cb_clock *a, const struct cb_clock *b)
{
	return cb_clock_continues(a, b) && a->tai_offset == b->tai_offset &&
	       a->insert_at == b->insert_at;
}

/**
 * cb_clock_raw() - CLOCK_MONOTONIC_RAW at a counter value
 * @clock: a usable snapshot
 * @counter: not before the snapshot's
 *
 * Return: ns, rounded down.
 */
__u64 cb_clock_raw(const struct cb_clock *clock, __u64 counter)
{
	return clock->raw + (__u64)(way(counter - clock->counter_value, clock->raw_mult,
					clock->raw_frac) >> clock->raw_shift);
}

/* ns * 2^shift / mult, rounded down; both at most 32 bits. */
static __u64 ticks_of(__u64 ns, __u32 mult, __u32 shift)
{
	return (ns / mult << shift) + (ns % mult << shift) / mult;
}

/**
 * cb_clock_counters() - the counter values at which CLOCK_MONOTONIC_RAW had a value
 * @clock: a usable snapshot
 * @raw: the value, ns; at most an hour from the snapshot's
 * @first: where the first one goes, or one that is a little earlier
 * @last: where the last one goes, or one that is a little later
 */
void cb_clock_counters(const struct cb_clock *clock, __u64 raw, __u64 *first, __u64 *last)
{
	/* One ns more to either side is more than the snapshot's fraction. */
	__u64 from = clock->counter_value -
		     ticks_of(clock->raw + 2 - raw, clock->raw_mult, clock->raw_shift);

	if (raw > clock->raw)
		from = clock->counter_value + ticks_of(raw - clock->raw - 1, clock->raw_mult,
						       clock->raw_shift);
	*first = from - 1;
	*last = from + ticks_of(4, clock->raw_mult, clock->raw_shift) + 2;
}

/**
 * cb_clock_monotonic() - CLOCK_MONOTONIC at a counter value
 * @clock: a usable snapshot
 * @counter: not before the snapshot's
 *
 * Return: ns, rounded down.
 */
__s64 cb_clock_monotonic(const struct cb_clock *clock, __u64 counter)
{
	return clock->monotonic + (__s64)(way(counter - clock->counter_value, clock->mult,
					      clock->realtime_frac) >> clock->shift);
}

/* The smallest shift with which twice the rate fits, and the rate with it. */
static unsigned int rate_shift(const struct cb_clock *clock, __u64 *rate)
{
	unsigned int shift = 0;

	while ((__u64)clock->mult >> (clock->shift - 1 + shift))
		shift++;
	*rate = (cb_u128)clock->mult << (64 - clock->shift - shift);
	return shift;
}

/**
 * cb_clock_realtime() - put CLOCK_REALTIME's line into a model
 * @clock: a usable snapshot
 * @model: the model; starts at or after the snapshot
 */
void cb_clock_realtime(const struct cb_clock *clock, struct clockbound_model *model)
{
	cb_u128 ns = way(model->counter_value - clock->counter_value, clock->mult,
			 clock->realtime_frac);
	unsigned int shift = clock->shift + model->counter_shift;

	model->realtime = clock->realtime + (__s64)(ns >> clock->shift);
	model->realtime_frac = (__u64)ns << (64 - clock->shift);
	model->realtime_rate = (__u64)clock->mult << (64 - shift);
	/* A unit that the lines fit into may be just too small for it. */
	if ((__u64)clock->mult >> shift)
		model->flags &= ~CLOCKBOUND_MODEL_REALTIME;
	else
		model->flags |= CLOCKBOUND_MODEL_REALTIME;
}

/* What a claim has lost since it was true: elapsed * max_drift, rounded up. */
static __u64 growth(__u64 elapsed, __u32 max_drift)
{
	__u64 grown = elapsed / NSEC_PER_SEC * max_drift +
		      elapsed % NSEC_PER_SEC * max_drift / NSEC_PER_SEC + 1;

	return grown + (grown >> RAW_RATE_ERROR_SHIFT) + 1;
}

/**
 * cb_claim_error() - how wrong the clock may be by now
 * @claim: the claim
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 *
 * Return: ns, rounded up; at most twice CLOCKBOUND_BOUND_LIMIT_NS, because a
 * claim is void long before that.
 */
__u64 cb_claim_error(const struct cb_claim *claim, __u64 raw)
{
	__u64 elapsed = raw > claim->as_of ? raw - claim->as_of : 0;

	return claim->bound + growth(min(elapsed, (__u64)CLOCKBOUND_BOUND_LIMIT_NS / 2),
				     claim->max_drift);
}

/**
 * cb_claim_update() - let a report take the place of a claim
 * @claim: the claim so far; becomes the tighter one of the two
 * @report: the report
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 *
 * An earlier claim, aged, is still true: if it is the tighter one, it stays. How
 * long it lasts is the report's to say.
 */
void cb_claim_update(struct cb_claim *claim, const struct cb_claim *report, __u64 raw)
{
	if (cb_claim_error(report, raw) <= cb_claim_error(claim, raw)) {
		*claim = *report;
		return;
	}
	claim->fresh_until = report->fresh_until;
	claim->void_after = report->void_after;
}

static __u64 ticks_until(const struct cb_clock *clock, __u64 raw, __u64 end)
{
	__u64 rate;
	unsigned int shift;

	if (raw >= end)
		return 0;
	shift = rate_shift(clock, &rate);
	return min(cb_model_ticks(end - raw, rate, shift),
		   (__u64)1 << (CB_VALID_TICKS_SHIFT - shift));
}

/**
 * cb_system_model() - the bound model of the system clock
 * @clock: the clock
 * @claim: what is claimed about its error
 * @counter: where the model starts; not before the clock's snapshot
 * @model: where the model goes
 *
 *	CLOCK_REALTIME(c) -+ (bound + max_drift * elapsed)
 *
 * The rate of the error is that of CLOCK_REALTIME, times the drift: that the
 * clock is slewed by some hundred ppm meanwhile is within RAW_RATE_ERROR_SHIFT.
 *
 * Return: false if there is nothing to claim, any more; the model has no lines
 * then.
 */
bool cb_system_model(const struct cb_clock *clock, const struct cb_claim *claim,
		     __u64 counter, struct clockbound_model *model)
{
	__u64 raw, rate, drift;
	__s64 error;

	cb_model_clear(model);
	if (!clock->usable)
		return false;
	raw = cb_clock_raw(clock, counter);
	model->counter_shift = rate_shift(clock, &rate);
	model->valid_ticks = ticks_until(clock, raw, claim->void_after);
	if (!model->valid_ticks || clock->realtime > (1LL << 62) ||
	    clock->realtime < -(1LL << 62)) {
		cb_model_clear(model);
		return false;
	}

	model->counter_value = counter;
	cb_clock_realtime(clock, model);
	error = cb_claim_error(claim, raw);
	model->earliest = model->realtime - error;
	model->latest = model->realtime + error;
	model->earliest_frac = model->realtime_frac;
	model->latest_frac = model->realtime_frac;
	cb_model_round_up(model);

	drift = (__u64)(((cb_u128)rate * drift_factor(claim->max_drift)) >> DRIFT_SHIFT) + 1;
	drift += drift >> RAW_RATE_ERROR_SHIFT;
	model->earliest_rate = rate - min(drift, rate);
	model->latest_rate = rate + min(drift, rate);

	model->synchronized_ticks = min(ticks_until(clock, raw, claim->fresh_until),
					model->valid_ticks);
	model->status = model->synchronized_ticks ? CLOCKBOUND_STATUS_SYNCHRONIZED :
						    CLOCKBOUND_STATUS_FREE_RUNNING;
	if (clock->tai_offset >= CB_TAI_OFFSET_MIN) {
		model->flags |= CLOCKBOUND_MODEL_TAI;
		model->tai_offset = clock->tai_offset;
	}
	return true;
}
