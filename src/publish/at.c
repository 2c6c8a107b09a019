// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a reading would have given at a moment in the past.
 */
#include <clockbound/reader.h>
#include <linux/errno.h>
#include <linux/time64.h>

#include "at.h"
#include "decide.h"

/* How far back a time of CLOCK_MONOTONIC_RAW may be. */
#define RAW_MAX_NS	(3600 * NSEC_PER_SEC)

/* A moment: not before @first, and not after @last. */
struct moment {
	u64 first;
	u64 last;
};

static int find_moment(const struct cb_state *state, u64 now,
		       const struct clockbound_reading *reading, struct moment *moment)
{
	u64 raw_now;

	moment->first = reading->counter_value;
	moment->last = moment->first;
	if (reading->request == CLOCKBOUND_AT_COUNTER)
		return (s64)(now - moment->first) < 0 ? -EINVAL : 0;
	if (reading->request != CLOCKBOUND_AT_MONOTONIC_RAW)
		return -EINVAL;

	if (!state->clock.usable)
		return -EOPNOTSUPP;
	raw_now = cb_clock_raw(&state->clock, now);
	if (reading->counter_value > raw_now)
		return -EINVAL;
	if (raw_now - reading->counter_value > RAW_MAX_NS)
		return -ENODATA;
	cb_clock_counters(&state->clock, reading->counter_value, &moment->first,
			  &moment->last);
	return (s64)(moment->first - state->epoch_counter) < 0 ? -ENODATA : 0;
}

/*
 * The interval of a moment in the past: @reading is as the ABI has it for CLOCKBOUND_AT,
 * @present the model that is in force, and @now the counter. What is read here may change
 * meanwhile: then the caller asks again. Returns 0 or a negative errno, as the ABI has
 * it.
 */
int cb_at_read(const struct cb_past *past, const struct cb_state *state,
	       const struct clockbound_model *present, u64 now,
	       struct clockbound_reading *reading)
{
	const struct clockbound_model *found;
	struct clockbound_model model;
	struct moment moment;
	int error;

	error = find_moment(state, now, reading, &moment);
	if (error)
		return error;
	if ((s64)(moment.first - past->since) < 0 ||
	    reading->disruption_marker != present->disruption_marker)
		return -ESTALE;

	found = cb_past_find(past, moment.first);
	model = found ? *found : *present;
	if (model.flags & CLOCKBOUND_MODEL_IOCTL)
		return -EOPNOTSUPP;
	/* What a page claims holds for all of the past, what is reported from then on. */
	if (!found && ((state->facts.sources & CB_SOURCE_REPORT) ||
		       !cb_decide_past(state, moment.first, &model)))
		return -ENODATA;
	if (moment.last != moment.first)
		model.latest += clockbound_line_after(0, 0, (moment.last - moment.first) <<
						      model.counter_shift,
						      model.latest_rate) + 1;
	clockbound_model_read(&model, moment.first, reading);
	return 0;
}
