// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be done with bound models.
 */
#include "model.h"

/**
 * cb_model_clear() - make a model without lines
 * @model: the model; its status becomes unknown
 */
void cb_model_clear(struct clockbound_model *model)
{
	memset(model, 0, sizeof(*model));
	model->status = CLOCKBOUND_STATUS_UNKNOWN;
}

/**
 * cb_model_has_lines() - whether a model bounds anything
 * @model: the model
 */
bool cb_model_has_lines(const struct clockbound_model *model)
{
	return model->valid_ticks;
}

/**
 * cb_model_round_up() - make the upper line one that rounding down rounds up
 * @model: the model; @latest and @latest_frac are exact so far
 *
 * Adds 1 ns - 2^-64 ns: the largest number that takes no whole ns further.
 */
void cb_model_round_up(struct clockbound_model *model)
{
	if (model->latest_frac)
		model->latest++;
	model->latest_frac--;
}

static void move_line(__s64 *time, __u64 *frac, cb_s128 way)
{
	way += *frac;
	*time += (__s64)(way >> 64);
	*frac = way;
}

/**
 * cb_model_advance() - let a model start at another counter value
 * @model: the model; one without lines stays as it is
 * @counter: where its lines start from now on
 *
 * Nothing is rounded: behind @counter the lines are the same as before. If they
 * start earlier than before, what lies between is wider than it was, as it is in
 * front of every start.
 *
 * Return: false if the model has no lines or does not reach so far; it has no
 * lines then.
 */
bool cb_model_advance(struct clockbound_model *model, __u64 counter)
{
	__s64 distance = counter - model->counter_value;
	__u64 length = distance < 0 ? -(__u64)distance : (__u64)distance;
	__u64 earliest_rate = model->earliest_rate;
	__u64 latest_rate = model->latest_rate;
	cb_s128 steps;

	if (length >= model->valid_ticks) {
		cb_model_clear(model);
		return false;
	}
	if (distance < 0) {
		earliest_rate = model->latest_rate;
		latest_rate = model->earliest_rate;
	}
	steps = (cb_s128)distance * (1LL << model->counter_shift);
	move_line(&model->earliest, &model->earliest_frac, steps * earliest_rate);
	move_line(&model->latest, &model->latest_frac, steps * latest_rate);
	model->counter_value = counter;
	model->valid_ticks -= length;
	if (model->synchronized_ticks != CB_SYNCHRONIZED_FOR_GOOD)
		model->synchronized_ticks -= distance > (__s64)model->synchronized_ticks ?
					     model->synchronized_ticks : distance;
	return true;
}

/**
 * cb_model_ticks() - how many ticks a line needs to rise by some time
 * @ns: the time
 * @rate: the line's rate, in 2^(shift - 64) ns per tick
 * @shift: 0 to CB_COUNTER_SHIFT_MAX
 *
 * With the rate rounded up to its upper 32 bits, and as many bits of the quotient
 * as 64 have room for, at most 32 below the point:
 *
 *	ticks <= ns * 2^64 / (rate * 2^shift)
 *	      <= (ns * 2^room / rate32) * 2^(32 - room - shift)
 *
 * Return: the ticks, rounded down.
 */
__u64 cb_model_ticks(__u64 ns, __u64 rate, unsigned int shift)
{
	unsigned int room = ns ? __builtin_clzll(ns) : 0;
	__u64 quotient;

	room = min(room, 32U);
	quotient = (ns << room) / ((rate >> 32) + 1);
	if (quotient > U64_MAX >> (32 - room))
		return U64_MAX >> shift;
	return quotient << (32 - room) >> shift;
}

/**
 * cb_model_use_shift() - have the lines' rates in another, larger unit
 * @model: the model; CLOCK_REALTIME's rate stays as it is
 * @shift: its counter_shift from now on, not less than before
 *
 * Rounded to the wider side.
 */
void cb_model_use_shift(struct clockbound_model *model, unsigned int shift)
{
	unsigned int down = shift - model->counter_shift;
	__u64 lost = ((__u64)1 << down) - 1;

	model->earliest_rate >>= down;
	model->latest_rate = (model->latest_rate >> down) + !!(model->latest_rate & lost);
	model->counter_shift = shift;
}
