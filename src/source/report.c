// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a report of the synchronization daemon claims.
 *
 * The true time, as a function of CLOCK_MONOTONIC_RAW alone: with the elapsed time
 * e = raw - as_of,
 *
 *	time + e * (1 + frequency) -+ (bound + |e| * max_drift)
 *
 * Nobody sets or slews that clock, so what was true stays true, whatever is done to
 * CLOCK_REALTIME meanwhile.
 */
#include "../claim/leap.h"
#include "../claim/model.h"
#include "report.h"

/* One, as a rate in 2^-60. */
#define RATE_BITS	60

/* One, in parts per trillion. */
#define PPT		1000000000000ULL
#define PPT_PER_PPB	1000

/* Times are this far from where 64 bits end, ns. */
#define TIME_LIMIT	(1LL << 62)

/**
 * cb_claim_valid() - whether a report makes sense
 * @report: the report; its status is SYNCHRONIZED
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 */
bool cb_claim_valid(const struct clockbound_report *report, __u64 raw)
{
	return report->max_drift < CLOCKBOUND_DRIFT_LIMIT_PPB &&
	       report->bound < CLOCKBOUND_BOUND_LIMIT_NS &&
	       report->frequency < CLOCKBOUND_FREQUENCY_LIMIT_PPT &&
	       report->frequency > -CLOCKBOUND_FREQUENCY_LIMIT_PPT &&
	       report->time < TIME_LIMIT && report->time > -TIME_LIMIT &&
	       report->as_of <= raw && report->measured <= report->as_of &&
	       report->void_after >= report->as_of &&
	       report->void_after < CLOCKBOUND_BOUND_LIMIT_NS;
}

/* @ppt parts per trillion in 2^-60, rounded down; at most 2^41 of them. */
static __u64 rate_of(__u64 ppt)
{
	__u64 rate = ppt / PPT, rest = ppt % PPT;
	int i;

	for (i = 0; i < RATE_BITS / 20; i++) {
		rest <<= 20;
		rate = rate << 20 | rest / PPT;
		rest %= PPT;
	}
	return rate;
}

/**
 * cb_claim_make() - take a report for a claim
 * @claim: where the claim goes
 * @report: the report, a valid one
 */
void cb_claim_make(struct cb_claim *claim, const struct clockbound_report *report)
{
	__u64 drift = (__u64)report->max_drift * PPT_PER_PPB;
	__u64 rate = PPT + report->frequency;
	__s64 day = max(report->time, 0LL) / CB_NSEC_PER_DAY;

	*claim = (struct cb_claim) {
		.as_of = report->as_of,
		.time = report->time,
		.bound = report->bound,
		.slow = rate_of(rate - min(rate, drift)),
		.fast = rate_of(rate + drift) + 1,
		.fresh_until = report->as_of + CLOCKBOUND_REPORT_FRESH_NS,
		.void_after = report->void_after,
		.leap_day = min(day, (__s64)U16_MAX),
	};
	if (report->flags & CLOCKBOUND_REPORT_LEAP_INSERT)
		claim->leap = 1;
	else if (report->flags & CLOCKBOUND_REPORT_LEAP_DELETE)
		claim->leap = -1;
	/* A leap second takes place where the next day begins. */
	if (claim->leap)
		claim->leap_day = min(day + 1, (__s64)U16_MAX);
}

/* @ns and @frac, in 2^-32 ns, of elapsed time as a time that may have passed, 2^-60 ns. */
static cb_s128 passed(__s64 ns, __u32 frac, __u64 rate)
{
	return (cb_s128)ns * (__s64)rate + ((cb_u128)frac * rate >> 32);
}

/*
 * Both lines @ns and @frac after as_of, in 2^-60 ns. as_of is a reading, rounded down: the
 * clock was up to 1 ns further on.
 */
static void lines_at(const struct cb_claim *claim, __s64 ns, __u32 frac, cb_s128 *earliest,
		     cb_s128 *latest)
{
	cb_s128 time = (cb_s128)claim->time << RATE_BITS;
	cb_s128 bound = (cb_s128)claim->bound << RATE_BITS;
	__u64 slow = ns < 0 ? claim->fast : claim->slow;
	__u64 fast = ns < 0 ? claim->slow : claim->fast;

	*earliest = time - bound + passed(ns, frac, slow) - claim->fast;
	/* What the fraction was rounded down by is less than one. */
	*latest = time + bound + passed(ns, frac, fast) + 1;
}

/* The clock's own rate: the smallest shift with which three times the rate fits. */
static unsigned int raw_rate(const struct cb_clock *clock, __u64 *rate)
{
	unsigned int shift = 0;

	while ((__u64)clock->raw_mult >> (clock->raw_shift - 2 + shift))
		shift++;
	*rate = (cb_u128)clock->raw_mult << (64 - clock->raw_shift - shift);
	return shift;
}

static __u64 ticks_until(__u64 raw, __u64 end, __u64 rate, unsigned int shift)
{
	if (raw >= end)
		return 0;
	return min(cb_model_ticks(end - raw, rate, shift),
		   (__u64)1 << (CB_VALID_TICKS_SHIFT - shift));
}

static void set_line(cb_s128 time, __s64 *ns, __u64 *frac)
{
	*ns = time >> RATE_BITS;
	*frac = (__u64)time << (64 - RATE_BITS);
}

/**
 * cb_claim_model() - a claim as lines over the counter
 * @claim: the claim; as_of is of the clock's epoch
 * @clock: the clock
 * @model: where the lines go; they start at as_of, or later at the clock's snapshot
 *
 * Return: false if there is nothing to claim any more, or the clock does not run on
 * the counter; the model has no lines then.
 */
bool cb_claim_model(const struct cb_claim *claim, const struct cb_clock *clock,
		    struct clockbound_model *model)
{
	cb_s128 earliest, latest;
	unsigned int shift;
	__u64 rate, raw;
	__u32 frac;

	cb_model_clear(model);
	if (!clock->usable)
		return false;
	model->counter_value = clock->counter_value;
	/* Before as_of the lines would part backwards, and forwards again after it. */
	if (claim->as_of > clock->raw)
		model->counter_value = cb_clock_counter(clock, claim->as_of);
	frac = cb_clock_raw_exact(clock, model->counter_value, &raw);
	shift = raw_rate(clock, &rate);
	model->counter_shift = shift;
	model->valid_ticks = ticks_until(raw + 1, claim->void_after, rate, shift);
	if (!model->valid_ticks) {
		cb_model_clear(model);
		return false;
	}
	model->leap = claim->leap;
	model->leap_day = claim->leap_day;

	lines_at(claim, raw - claim->as_of, frac, &earliest, &latest);
	set_line(earliest, &model->earliest, &model->earliest_frac);
	set_line(latest, &model->latest, &model->latest_frac);
	cb_model_round_up(model);
	model->earliest_rate = (cb_u128)rate * claim->slow >> RATE_BITS;
	model->latest_rate = ((cb_u128)rate * claim->fast >> RATE_BITS) + 1;

	model->synchronized_ticks = min(ticks_until(raw + 1, claim->fresh_until, rate, shift),
					model->valid_ticks);
	model->status = model->synchronized_ticks ? CLOCKBOUND_STATUS_SYNCHRONIZED :
						    CLOCKBOUND_STATUS_FREE_RUNNING;
	return true;
}
