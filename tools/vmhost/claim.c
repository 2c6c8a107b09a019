// SPDX-License-Identifier: GPL-2.0-only
#include "claim.h"

bool rate_measure(struct rate *rate, const struct sample *first,
		  const struct sample *last)
{
	s128 ns = (s128)last->realtime - first->realtime;
	s128 ticks_max = (s128)last->after - first->before;
	s128 ticks_min = (s128)last->before - first->after;
	s128 time_min, time_max;
	__u8 shift = 0;

	/* A reading was truncated, so each end can be up to 1 ns later. */
	if (ticks_min <= 0 || ns <= 1 || ns >= (s128)1 << 50)
		return false;
	time_min = fixed_from_ns_floor(ns - 1);
	time_max = fixed_from_ns_ceil(ns + 1);
	if (div_ceil(time_max, ticks_min) >= FIXED_SEC ||
	    div_floor(time_min, ticks_max) < (s128)1 << 31)
		return false;

	/* As fine a unit as leaves the highest bit of the period free. */
	while (div_ceil(time_max * 2, ticks_min) < (s128)1 << 63 &&
	       time_max < (s128)1 << 125) {
		time_min *= 2;
		time_max *= 2;
		shift++;
	}
	rate->min = div_floor(time_min, ticks_max);
	rate->max = div_ceil(time_max, ticks_min);
	rate->shift = shift;
	return true;
}

void rate_widen(struct rate *rate, __u32 ppb)
{
	rate->min -= div_ceil((s128)rate->min * ppb, NSEC_PER_SEC);
	rate->max += div_ceil((s128)rate->max * ppb, NSEC_PER_SEC);
}

static s128 span_floor(__s64 ticks, __u64 period, __u8 shift)
{
	return shift_floor((s128)period * ticks, shift);
}

static s128 span_ceil(__s64 ticks, __u64 period, __u8 shift)
{
	return shift_ceil((s128)period * ticks, shift);
}

void claim_make(struct claim *claim, const struct sample *sample,
		const struct offset *offset, const struct rate *rate,
		__s64 jump, __u64 maxerror)
{
	__u64 first = sample->before + offset->min;
	__u64 last = sample->after + offset->max;
	s128 time = (s128)sample->realtime + jump;

	/*
	 * The clock was read at some counter value between first and last. If
	 * it was at last, then the time at the middle is earlier than what
	 * the clock said, by at most the largest period times the distance.
	 */
	claim->rate = *rate;
	claim->counter = first + (last - first) / 2;
	claim->earliest = fixed_from_ns_floor(time - maxerror) -
		span_ceil(last - claim->counter, rate->max, rate->shift);
	claim->latest = fixed_from_ns_ceil(time + 1 + maxerror) +
		span_ceil(claim->counter - first, rate->max, rate->shift);
}

void claim_age(struct claim *claim, __u64 counter)
{
	const struct rate *rate = &claim->rate;
	__s64 ticks = counter - claim->counter;
	bool later = ticks >= 0;

	claim->earliest += span_floor(ticks, later ? rate->min : rate->max,
				      rate->shift);
	claim->latest += span_ceil(ticks, later ? rate->max : rate->min,
				   rate->shift);
	claim->counter = counter;
}

bool claim_intersect(struct claim *claim, const struct claim *other)
{
	s128 earliest = claim->earliest > other->earliest ?
		claim->earliest : other->earliest;
	s128 latest = claim->latest < other->latest ?
		claim->latest : other->latest;

	if (earliest > latest)
		return false;
	claim->earliest = earliest;
	claim->latest = latest;
	return true;
}
