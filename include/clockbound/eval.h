/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The interval of a counter value: the arithmetic of a reading.
 *
 * The module and the library evaluate a model with this one function.
 */
#ifndef CLOCKBOUND_EVAL_H
#define CLOCKBOUND_EVAL_H

#include <linux/clockbound.h>

/**
 * clockbound_status_bounded() - does a status come with a bound?
 * @status: enum clockbound_status
 *
 * Return: 1 for SYNCHRONIZED and FREE_RUNNING, 0 for all else.
 */
static inline int clockbound_status_bounded(__u32 status)
{
	return status == CLOCKBOUND_STATUS_SYNCHRONIZED ||
	       status == CLOCKBOUND_STATUS_FREE_RUNNING;
}

/* 128 bits hold a product of a distance and a rate; 32-bit machines have none. */
#ifdef __SIZEOF_INT128__

__extension__ typedef unsigned __int128 clockbound_u128;

/**
 * clockbound_line_after() - a line, some ticks after its start
 * @time: where it starts, ns
 * @frac: fraction of @time, in 2^-64 ns
 * @distance: ticks times 2^shift, less than 2^63
 * @rate: slope, in 2^(shift - 64) ns per tick
 *
 * Return: ns, rounded down.
 */
static inline __s64 clockbound_line_after(__s64 time, __u64 frac, __u64 distance,
					  __u64 rate)
{
	clockbound_u128 start = (clockbound_u128)(__u64)time << 64 | frac;

	return (__s64)(__u64)((start + (clockbound_u128)distance * rate) >> 64);
}

/**
 * clockbound_line_before() - a line, some ticks before its start
 * @time: where it starts, ns
 * @frac: fraction of @time, in 2^-64 ns
 * @distance: ticks times 2^shift, less than 2^63
 * @rate: slope, in 2^(shift - 64) ns per tick
 *
 * Return: ns, rounded down.
 */
static inline __s64 clockbound_line_before(__s64 time, __u64 frac, __u64 distance,
					   __u64 rate)
{
	clockbound_u128 start = (clockbound_u128)(__u64)time << 64 | frac;

	return (__s64)(__u64)((start - (clockbound_u128)distance * rate) >> 64);
}

/**
 * clockbound_eval() - the interval of a counter value
 * @model: a consistent copy of a model
 * @counter: the counter value, before or after the model's own
 * @earliest: where the lower end goes, ns since 1970, UTC, rounded down
 * @latest: where the upper end goes, ns since 1970, UTC, rounded up
 *
 * With d = @counter - c0:
 *
 *	earliest(c) = earliest + d * earliest_rate	(rounded down)
 *	latest(c)   = latest   + d * latest_rate	(rounded up)
 *
 * For d < 0 the rates are swapped, so that the interval widens with the
 * distance on this side of c0 too. One rounding of less than 1 ns per line is
 * all that is lost against the model's exact lines.
 *
 * The distance is checked first, so nothing overflows: whoever makes a model
 * chooses valid_ticks accordingly. Does not sleep, takes no lock.
 *
 * Return: 1, or 0 if @counter is valid_ticks or more away from c0, which is so for
 * every counter if the model has no lines; then nothing is written.
 */
static inline int clockbound_eval(const struct clockbound_model *model,
				  __u64 counter, __s64 *earliest, __s64 *latest)
{
	__u64 distance = counter - model->counter_value;

	if ((__s64)distance >= 0) {
		if (distance >= model->valid_ticks)
			return 0;
		distance <<= model->counter_shift;
		*earliest = clockbound_line_after(model->earliest, model->earliest_frac,
						  distance, model->earliest_rate);
		*latest = clockbound_line_after(model->latest, model->latest_frac,
						distance, model->latest_rate);
	} else {
		distance = -distance;
		if (distance >= model->valid_ticks)
			return 0;
		distance <<= model->counter_shift;
		*earliest = clockbound_line_before(model->earliest, model->earliest_frac,
						   distance, model->latest_rate);
		*latest = clockbound_line_before(model->latest, model->latest_frac,
						 distance, model->earliest_rate);
	}
	return 1;
}

/**
 * clockbound_eval_status() - the status of a counter value
 * @model: a consistent copy of a model with lines
 * @counter: a counter value that clockbound_eval() accepts
 *
 * Return: the model's status, or CLOCKBOUND_STATUS_FREE_RUNNING if nobody has
 * corrected the clock for too long.
 */
static inline __u8 clockbound_eval_status(const struct clockbound_model *model,
					  __u64 counter)
{
	__s64 distance = (__s64)(counter - model->counter_value);

	if (__builtin_expect(distance >= (__s64)model->synchronized_ticks, 0))
		return CLOCKBOUND_STATUS_FREE_RUNNING;
	return model->status;
}

/**
 * clockbound_eval_realtime() - CLOCK_REALTIME at a counter value
 * @line: a consistent copy of the line; a valid one
 * @counter: a counter value near its start
 *
 * Return: ns since 1970, rounded down.
 */
static inline __s64 clockbound_eval_realtime(const struct clockbound_realtime *line,
					     __u64 counter)
{
	__u64 distance = counter - line->counter_value;

	if ((__s64)distance < 0)
		return clockbound_line_before(line->time, line->frac,
					      -distance << line->counter_shift, line->rate);
	return clockbound_line_after(line->time, line->frac, distance << line->counter_shift,
				     line->rate);
}

/**
 * clockbound_leap_at() - where a leap second takes place
 * @leap: 1 if one is inserted, -1 if one is left out
 * @leap_day: the day after it, days since 1970
 *
 * Return: ns since 1970; from there on UTC is @leap s less than what counts on.
 */
static inline __s64 clockbound_leap_at(__s8 leap, __u16 leap_day)
{
	return (leap_day * 86400LL - (leap < 0)) * 1000000000LL;
}

/**
 * clockbound_eval_leap() - count an interval through a leap second
 * @model: a consistent copy of a model with CLOCKBOUND_MODEL_LEAP
 * @reading: its earliest, latest, flags and tai_offset are those of the model's
 *	lines; afterwards they are what struct clockbound_reading says
 */
static inline void clockbound_eval_leap(const struct clockbound_model *model,
					struct clockbound_reading *reading)
{
	__s64 at = clockbound_leap_at(model->leap, model->leap_day);
	__s64 second = model->leap * 1000000000LL;

	reading->flags &= (__u16)~CLOCKBOUND_MODEL_LEAP;
	if (reading->latest < at)
		return;
	if (reading->earliest >= at) {
		reading->earliest -= second;
		reading->latest -= second;
		if (reading->flags & CLOCKBOUND_MODEL_TAI)
			reading->tai_offset += model->leap;
		return;
	}
	/* UTC is up to the leap second in the old count, or after it in the new one. */
	reading->flags |= CLOCKBOUND_MODEL_LEAP;
	reading->leap_earliest = reading->earliest;
	reading->leap_latest = reading->latest;
	if (reading->earliest > at - second)
		reading->earliest = at - second;
	reading->latest -= second;
	if (reading->latest < at)
		reading->latest = at;
}

#endif /* __SIZEOF_INT128__ */

#endif /* CLOCKBOUND_EVAL_H */
