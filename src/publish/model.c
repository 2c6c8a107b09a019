// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model: the form that a bound has in the ABI.
 */
#include "model.h"

/*
 * Gives a model its lines. What readers have to compare stays as it is, and so do its
 * flags but for CLOCKBOUND_MODEL_TAI.
 */
void cb_model_set_lines(struct clockbound_model *model, const struct cb_bound *bound)
{
	const struct cb_claim *claim = &bound->claim;

	model->status = bound->status;
	model->counter_shift = claim->shift;
	model->leap = claim->leap;
	model->leap_day = claim->leap_day;
	if (claim->tai_offset != CB_TAI_UNKNOWN) {
		model->flags |= CLOCKBOUND_MODEL_TAI;
		model->tai_offset = claim->tai_offset;
	}
	model->counter_value = claim->counter;
	model->earliest = claim->earliest;
	model->earliest_frac = claim->earliest_frac;
	/* Plus 1 ns - 2^-64 ns: the most that takes no whole ns further. */
	model->latest = claim->latest + !!claim->latest_frac;
	model->latest_frac = claim->latest_frac - 1;
	model->earliest_rate = claim->earliest_rate;
	model->latest_rate = claim->latest_rate;
	model->valid_ticks = bound->ticks;
	model->synchronized_ticks = bound->synchronized_ticks;
}
