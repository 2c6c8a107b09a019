/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The decision: from all that came in to the model that is published. Pure functions.
 */
#ifndef CB_DECIDE_H
#define CB_DECIDE_H

#include <linux/clockbound.h>

#include "state.h"

void cb_decide(struct cb_state *state, __u64 counter, struct clockbound_model *model);
void cb_decide_start(struct cb_state *state, __u64 counter, struct clockbound_model *model);
__u32 cb_decide_started(struct cb_state *state, __u64 raw);
bool cb_decide_read(const struct cb_state *state, __u64 first, __u64 last,
		    struct clockbound_reading *reading);

bool cb_decide_past(const struct cb_state *state, __u64 counter, struct clockbound_model *model);

#endif /* CB_DECIDE_H */
