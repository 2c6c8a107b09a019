// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether chronyd's estimate goes on as it did.
 *
 * chronyd computes its estimate from CLOCK_REALTIME and from what it did to it. If somebody
 * else sets or tunes the clock, the estimate is moved along, and what chronyd states as
 * its error stays as it was, until it measures again. But CLOCK_MONOTONIC_RAW is neither
 * set nor tuned. By that clock, between two exchanges, the estimate has to go on as fast
 * as chronyd says; or if it has measured in between, to jump back by the last offset and go
 * on as fast as it says now. It is off that by no more than
 *
 *  - the error of each of the two estimates with regard to what chronyd meant;
 *  - PLAUSIBLE, for what chronyd does to the clock without telling (tempcomp), and what the
 *    kernel's ticks are rounded by;
 *  - GAP times the rate of a slew: chronyd looks at the clock, and then changes its rate;
 *  - across a measurement: the change of the frequency over the whole time, because
 *    nobody says when it was made, and the last place of the offset.
 *
 * What it is off is counted as an error all the same, until chronyd measures again: these
 * are the reasons not to call it foul play, but none that chronyd has counted.
 */
#include "continuity.h"

#include <linux/clockbound.h>
#include <stdlib.h>

typedef __int128 s128;

#define NSEC_PER_SEC	1000000000LL
#define NSEC_PER_DAY	(86400 * NSEC_PER_SEC)
#define PPB		1000000000LL
#define PPT		1000000000000LL
#define PPM_PER_SEC	1000	/* ns each second */

/* chronyd's largest compensation of temperature is 10 ppm. */
#define PLAUSIBLE	(11 * PPM_PER_SEC)

/* So long chronyd may take from looking at the clock to changing its rate, ns. */
#define GAP		1000000LL

/* chronyd's maxslewrate at most, ppm; and what it slews, it slews in a second or more. */
#define SLEW_LIMIT	100000

#define TICK_NOMINAL	10000
#define TICK_PPM	100

/* A leap second may be noticed so much before or after it, ns. */
#define LEAP_NEAR	(2 * NSEC_PER_SEC)

/* CLOCK_MONOTONIC_RAW's rate is right to 2^-10. */
#define RATE_ERROR_SHIFT	10

static s128 absolute(s128 number)
{
	return number < 0 ? -number : number;
}

static bool same_number(struct chrony_float a, struct chrony_float b)
{
	return a.coefficient == b.coefficient && a.exponent == b.exponent;
}

/* chronyd adjusts ref_time when it slews or steps, and rounds it each time, ns. */
#define REF_TIME_ROUNDING	1000

static bool same_measurement(const struct chrony_tracking *a, const struct chrony_tracking *b)
{
	return same_number(a->last_offset, b->last_offset) &&
	       same_number(a->last_update_interval, b->last_update_interval) &&
	       same_number(a->frequency, b->frequency) && a->ref_id == b->ref_id &&
	       absolute((s128)a->ref_time - b->ref_time) < REF_TIME_ROUNDING;
}

/* How fast the kernel runs the clock beside its own rate, ppm, rounded up. */
static __s64 tuned(const struct look *look)
{
	return labs(look->tick - TICK_NOMINAL) * TICK_PPM + (labs(look->frequency) >> 16) + 1;
}

/*
 * How fast the clock may have been slewed in between, ppm: a slew that began after the
 * one exchange and ended before the other is seen by what there was to be corrected.
 */
static __s64 slew_rate(const struct exchange *last, const struct exchange *next)
{
	s128 to_slew = absolute(estimate_ns(last->said.current_correction)) +
		       absolute(estimate_ns(next->said.current_correction)) +
		       absolute(estimate_ns(next->said.last_offset));
	s128 rate = tuned(&last->received) + tuned(&next->received) + to_slew / PPM_PER_SEC + 1;

	return rate < SLEW_LIMIT ? (__s64)rate : SLEW_LIMIT;
}

/* The last place of a number, ns, rounded up. */
static s128 last_place(struct chrony_float seconds)
{
	seconds.coefficient = 1;
	return estimate_ns(seconds) + 1;
}

/* Whether there may have been more than one measurement in between. */
static bool several(const struct exchange *last, const struct exchange *next)
{
	__u64 elapsed = next->received.raw - last->sent.raw;
	s128 interval = estimate_ns(next->said.last_update_interval);

	/* The first one has no interval to the one before */
	return interval && interval < elapsed + (elapsed >> RATE_ERROR_SHIFT);
}

/* The leap second that CLOCK_REALTIME goes through about then, ns. */
static s128 leap_between(const struct estimate *last, const struct estimate *next)
{
	__s64 end = last->time - last->time % NSEC_PER_DAY;

	if (last->time % NSEC_PER_DAY > LEAP_NEAR)
		end += NSEC_PER_DAY;
	return next->time + LEAP_NEAR >= end ? -last->leap * NSEC_PER_SEC : 0;
}

/* The smaller deviation of two. */
static s128 closer(s128 a, s128 b)
{
	return absolute(a) < absolute(b) ? a : b;
}

static s128 deviation(const struct estimate *from, const struct estimate *to)
{
	s128 jump = (s128)to->time - estimate_at(from, to->raw);

	return from->leap ? closer(jump, jump - leap_between(from, to)) : jump;
}

/* Both say where the true time is. */
static bool agree(const struct estimate *last, const struct estimate *next, s128 jump)
{
	s128 drift = (s128)(next->raw - last->raw) * last->max_drift / PPB + 1;

	return absolute(jump) <= last->bound + drift + next->bound;
}

/* How far an estimate may be from where the one before goes, between two measurements. */
static s128 tolerance_between(const struct exchange *last_exchange, const struct estimate *last,
			      const struct exchange *exchange, const struct estimate *estimate)
{
	s128 elapsed = estimate->raw - last->raw;

	return last->error + estimate->error + 2 + elapsed * PLAUSIBLE / PPB +
	       GAP * slew_rate(last_exchange, exchange) / 1000000;
}

static bool is_plausible(const struct continuity *continuity, const struct exchange *exchange,
			 const struct estimate *estimate, bool bounded, bool same,
			 s128 *unexplained)
{
	const struct estimate *last = &continuity->estimate;
	s128 elapsed = estimate->raw - last->raw;
	s128 jump = deviation(last, estimate);
	s128 tolerance, explained = jump;

	tolerance = tolerance_between(&continuity->exchange, last, exchange, estimate);
	if (!same) {
		explained = closer(jump, jump + estimate_ns(exchange->said.last_offset));
		tolerance += elapsed * absolute((s128)estimate->frequency - last->frequency) /
			     PPT + 1 + last_place(exchange->said.last_offset);
	}
	*unexplained = absolute(explained);
	if (*unexplained <= tolerance)
		return true;
	/* Nobody says what the offsets of the others were */
	if (same || !several(&continuity->exchange, exchange))
		return false;
	return !bounded || !continuity->bounded || agree(last, estimate, jump);
}

/* Between two measurements: the same from the first exchange on. */
static bool went_on(const struct continuity *continuity, const struct exchange *exchange,
		    const struct estimate *estimate)
{
	return absolute(deviation(&continuity->anchor, estimate)) <=
	       tolerance_between(&continuity->measured, &continuity->anchor, exchange, estimate);
}

/* Between two measurements: counts what chronyd does not. */
static bool count(struct continuity *continuity, struct estimate *estimate)
{
	const struct estimate *last = &continuity->estimate;
	__u64 elapsed = estimate->raw - last->raw;
	s128 beyond = absolute(deviation(last, estimate)) - last->error - estimate->error - 2;
	s128 off = absolute(deviation(&continuity->anchor, estimate));
	s128 extra = beyond > 0 ? (beyond * PPB + elapsed - 1) / elapsed : 0;

	if (extra >= CLOCKBOUND_DRIFT_LIMIT_PPB)
		return false;
	continuity->extra = (__u32)extra;
	return estimate_add(estimate, (__u64)off);
}

/**
 * continuity_judge() - see whether an estimate goes on where the last one was
 * @continuity: what is known; this exchange is the last one then
 * @exchange: the exchange
 * @estimate: what it amounts to; what chronyd has not counted is added
 * @bounded: chronyd is synchronized
 *
 * If chronyd may have measured more than once since the last exchange, its last offset does
 * not explain all; then it is enough that both estimates agree within their bounds.
 *
 * Return: false if somebody else must have set or tuned the clock.
 */
bool continuity_judge(struct continuity *continuity, const struct exchange *exchange,
		      struct estimate *estimate, bool bounded)
{
	struct estimate said = *estimate;
	bool same, good = true;
	s128 unexplained = 0;

	same = continuity->known &&
	       same_measurement(&continuity->exchange.said, &exchange->said);
	if (!continuity->known)
		continuity->extra = 0;
	else if (estimate->raw <= continuity->estimate.raw)
		good = false;
	else
		good = is_plausible(continuity, exchange, estimate, bounded, same,
				    &unexplained);
	if (!good)
		unexplained = 0;
	if (!same || !good)
		continuity->unexplained = (__u64)unexplained;
	if (good && same)
		good = went_on(continuity, exchange, estimate) && count(continuity, estimate);
	good = good && estimate_add(estimate, continuity->unexplained);
	if (!good)
		continuity->extra = 0;
	estimate->max_drift += continuity->extra;
	if (estimate->max_drift >= CLOCKBOUND_DRIFT_LIMIT_PPB)
		estimate->max_drift = CLOCKBOUND_DRIFT_LIMIT_PPB - 1;

	continuity->known = true;
	continuity->exchange = *exchange;
	continuity->estimate = said;
	if (!same || !good) {
		continuity->measured = *exchange;
		continuity->anchor = said;
		continuity->age = 0;
	}
	continuity->bounded = bounded;
	return good;
}

/**
 * continuity_age() - how long ago chronyd made its last measurement, at most
 * @continuity: what is known, with this exchange as the last one
 * @age: how long ago it was by chronyd's clock, ns
 *
 * When the clock is set back, a measurement looks younger than it did.
 *
 * Return: the age, ns.
 */
__u64 continuity_age(struct continuity *continuity, __u64 age)
{
	__u64 since = continuity->estimate.raw - continuity->anchor.raw;

	/* continuity->age is as of the anchor */
	if (age > since && age - since > continuity->age)
		continuity->age = age - since;
	return continuity->age + since;
}
