/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a reading would have given at a moment in the past.
 */
#ifndef CB_AT_H
#define CB_AT_H

#include "state.h"
#include "past.h"

int cb_at_read(const struct cb_past *past, const struct cb_state *state,
	       const struct clockbound_model *present, __u64 now,
	       struct clockbound_reading *reading);

#endif /* CB_AT_H */
