/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The interval of a counter value: the arithmetic of a reading.
 *
 * The module and the library evaluate a model with this one function.
 */
#ifndef CLOCKBOUND_EVAL_H
#define CLOCKBOUND_EVAL_H

#include <linux/clockbound.h>

/* 128 bits hold a product of a distance and a rate; 32-bit machines have none. */
#ifdef __SIZEOF_INT128__

__extension__ typedef __int128 clockbound_s128;

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
	clockbound_s128 low, high;

	if (__builtin_expect((__s64)distance >= 0, 1)) {
		if (distance >= model->valid_ticks)
			return 0;
		distance <<= model->counter_shift;
		low = (clockbound_s128)distance * model->earliest_rate;
		high = (clockbound_s128)distance * model->latest_rate;
	} else {
		distance = -distance;
		if (distance >= model->valid_ticks)
			return 0;
		distance <<= model->counter_shift;
		low = -((clockbound_s128)distance * model->latest_rate);
		high = -((clockbound_s128)distance * model->earliest_rate);
	}
	low += model->earliest_frac;
	high += model->latest_frac;

	*earliest = model->earliest + (__s64)(low >> 64);
	*latest = model->latest - (__s64)(-high >> 64);
	return 1;
}

#endif /* __SIZEOF_INT128__ */

#endif /* CLOCKBOUND_EVAL_H */
