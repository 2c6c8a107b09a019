// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a report of the synchronization daemon claims, and the state machine of its clock.
 *
 * The true time, as a function of CLOCK_MONOTONIC_RAW alone: with the elapsed time
 * e = raw - as_of,
 *
 *	time + e * (1 + frequency) -+ (bound + |e| * max_drift)
 *
 * Nobody sets or slews that clock, so what was true stays true, whatever is done to
 * CLOCK_REALTIME meanwhile.
 */
#include <clockbound/eval.h>

#include "report.h"

/* One, as a rate in 2^-60. */
#define RATE_BITS	60

/* One, in parts per trillion. */
#define PPT		1000000000000ULL
#define PPT_PER_PPB	1000

/* Times are this far from where 64 bits end, ns. */
#define TIME_LIMIT	(1LL << 62)

/**
 * cb_report_valid() - whether a report makes sense
 * @report: the report, as it comes from user space
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 * Return: true if it does.
 */
bool cb_report_valid(const struct clockbound_report *report, __u64 raw)
{
	const __u32 leaps = CLOCKBOUND_REPORT_LEAP_DELETE | CLOCKBOUND_REPORT_LEAP_INSERT;

	if (report->flags & ~(CLOCKBOUND_REPORT_NO_DISRUPTION | leaps) ||
	    (report->flags & leaps) == leaps ||
	    report->status > CLOCKBOUND_STATUS_FREE_RUNNING)
		return false;
	if (report->status != CLOCKBOUND_STATUS_SYNCHRONIZED)
		return true;
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
 * cb_report_take() - take in a valid report
 * @taken: becomes its lines
 * @report: the report
 */
void cb_report_take(struct cb_report *taken, const struct clockbound_report *report)
{
	__u64 drift = (__u64)report->max_drift * PPT_PER_PPB;
	__u64 rate = PPT + report->frequency;
	__s64 day = max(report->time, 0LL) / CB_NSEC_PER_DAY;

	*taken = (struct cb_report) {
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
		taken->leap = 1;
	else if (report->flags & CLOCKBOUND_REPORT_LEAP_DELETE)
		taken->leap = -1;
	/* A leap second takes place where the next day begins. */
	if (taken->leap)
		taken->leap_day = min(day + 1, (__s64)U16_MAX);
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
static void lines_at(const struct cb_report *report, __s64 ns, __u32 frac, cb_s128 *earliest,
		     cb_s128 *latest)
{
	cb_s128 time = (cb_s128)report->time << RATE_BITS;
	cb_s128 bound = (cb_s128)report->bound << RATE_BITS;
	__u64 slow = ns < 0 ? report->fast : report->slow;
	__u64 fast = ns < 0 ? report->slow : report->fast;

	*earliest = time - bound + passed(ns, frac, slow) - report->fast;
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

static void set_line(cb_s128 time, __s64 *ns, __u64 *frac)
{
	*ns = time >> RATE_BITS;
	*frac = (__u64)time << (64 - RATE_BITS);
}

/**
 * cb_report_claim() - a report as a claim
 * @report: the report; as_of is of the clock's epoch
 * @clock: the clock; usable
 * @claim: becomes the claim; it starts at as_of, or later at the clock's snapshot
 */
void cb_report_claim(const struct cb_report *report, const struct cb_clock *clock,
		     struct cb_claim *claim)
{
	cb_s128 earliest, latest;
	__u64 rate, raw;
	__u32 frac;

	*claim = (struct cb_claim) {
		.counter = clock->counter_value,
		.tai_offset = CB_TAI_UNKNOWN,
		.leap = report->leap,
		.leap_day = report->leap_day,
		.shift = raw_rate(clock, &rate),
	};
	/* Before as_of the lines would part backwards, and forwards again after it. */
	if (report->as_of > clock->raw)
		claim->counter = cb_clock_counter(clock, report->as_of);
	frac = cb_clock_raw_exact(clock, claim->counter, &raw);
	lines_at(report, raw - report->as_of, frac, &earliest, &latest);
	set_line(earliest, &claim->earliest, &claim->earliest_frac);
	set_line(latest, &claim->latest, &claim->latest_frac);
	claim->earliest_rate = (cb_u128)rate * report->slow >> RATE_BITS;
	claim->latest_rate = ((cb_u128)rate * report->fast >> RATE_BITS) + 1;
}

static __u64 ticks_until(__u64 raw, __u64 end, __u64 rate, unsigned int shift)
{
	if (raw >= end)
		return 0;
	return min(cb_claim_ticks(end - raw, rate, shift),
		   (__u64)1 << (CB_TICKS_SHIFT - shift));
}

/**
 * cb_report_bound() - what a report bounds from a counter value on
 * @report: the report
 * @claim: what cb_report_claim() made of it
 * @clock: that claim's clock, or a later snapshot of its epoch
 * @counter: the counter value
 * @bound: becomes the bound
 * Return: false if there is nothing to claim any more.
 */
bool cb_report_bound(const struct cb_report *report, const struct cb_claim *claim,
		     const struct cb_clock *clock, __u64 counter, struct cb_bound *bound)
{
	__u64 raw = cb_clock_raw(clock, counter) + 1, rate;
	unsigned int shift = raw_rate(clock, &rate);

	*bound = (struct cb_bound) {
		.claim = *claim,
		.ticks = ticks_until(raw, report->void_after, rate, shift),
		.synchronized_ticks = ticks_until(raw, report->fresh_until, rate, shift),
	};
	bound->status = bound->synchronized_ticks ? CLOCKBOUND_STATUS_SYNCHRONIZED :
						    CLOCKBOUND_STATUS_FREE_RUNNING;
	return bound->ticks && cb_claim_move(&bound->claim, counter);
}

/**
 * cb_reported_next() - the state of a reported clock after an input
 * @state: the state before
 * @clock: what the reporter's source says, last: UNKNOWN, SYNCHRONIZED or FREE_RUNNING
 * @disruption: what is known about disruptions, last
 * @supported: whether @disruption counts; without it there is no DISRUPTED state
 *
 * ClockBound's state machine. What a disrupted clock said before it was disrupted says
 * nothing any more, so the way out of DISRUPTED leads through UNKNOWN; and a clock can only
 * be free running that was synchronized.
 * Return: the state after it.
 */
enum clockbound_status cb_reported_next(enum clockbound_status state,
					enum clockbound_status clock,
					enum cb_disruption disruption, bool supported)
{
	if (supported) {
		if (disruption == CB_DISRUPTION_DISRUPTED)
			return CLOCKBOUND_STATUS_DISRUPTED;
		if (disruption == CB_DISRUPTION_UNKNOWN ||
		    state == CLOCKBOUND_STATUS_DISRUPTED)
			return CLOCKBOUND_STATUS_UNKNOWN;
	}

	if (clock == CLOCKBOUND_STATUS_SYNCHRONIZED)
		return CLOCKBOUND_STATUS_SYNCHRONIZED;
	if (clock == CLOCKBOUND_STATUS_FREE_RUNNING && clockbound_status_bounded(state))
		return CLOCKBOUND_STATUS_FREE_RUNNING;
	return CLOCKBOUND_STATUS_UNKNOWN;
}
