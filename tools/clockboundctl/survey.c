// SPDX-License-Identifier: GPL-2.0-only
/*
 * A survey of chronyd's sources, one by one: TRACKING does not say how often the source
 * is asked that chronyd follows, nor which reference clocks there are.
 */
#include "survey.h"

#include "bound.h"

/**
 * survey_begin() - nothing is known
 * @survey: the survey
 */
void survey_begin(struct survey *survey)
{
	*survey = (struct survey){ .poll = BOUND_NO_POLL };
}

/**
 * survey_take() - take in a source
 * @survey: the survey; goes on to the next source
 * @source: what chronyd says about it
 * @ref_id: reference id of the reference clock in question
 */
void survey_take(struct survey *survey, const struct chrony_source *source, __u32 ref_id)
{
	bool reference = source->mode == CHRONY_MODE_REFERENCE;

	if (source->state == CHRONY_STATE_SELECTED) {
		survey->poll = source->poll;
		survey->reference = reference;
	}
	if (reference && source->address == ref_id)
		survey->found = true;
	survey->index++;
}
