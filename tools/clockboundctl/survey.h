/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A survey of chronyd's sources, one by one.
 */
#ifndef CTL_SURVEY_H
#define CTL_SURVEY_H

#include <linux/types.h>
#include <stdbool.h>

#include "chrony_wire.h"

/**
 * struct survey - what is known of the sources
 * @going: it is going on
 * @index: the source that is asked about
 * @complete: there are no more sources
 * @poll: of the source that chronyd follows, BOUND_NO_POLL if there is none
 * @reference: and that is a reference clock
 * @found: there is a reference clock with the id in question
 */
struct survey {
	bool going;
	__u32 index;
	bool complete;
	int poll;
	bool reference;
	bool found;
};

void survey_begin(struct survey *survey);
void survey_take(struct survey *survey, const struct chrony_source *source, __u32 ref_id);

#endif /* CTL_SURVEY_H */
