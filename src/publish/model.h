/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: the form that a bound has in the ABI. Pure functions.
 */
#ifndef CB_MODEL_H
#define CB_MODEL_H

#include <linux/clockbound.h>

#include "../claim/claim.h"

/* Whether a model bounds anything. */
static inline bool cb_model_has_lines(const struct clockbound_model *model)
{
	return model->valid_ticks;
}

void cb_model_set_lines(struct clockbound_model *model, const struct cb_bound *bound);

#endif /* CB_MODEL_H */
