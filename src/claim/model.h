/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be done with bound models: pure functions, no kernel call, no global.
 */
#ifndef CB_MODEL_H
#define CB_MODEL_H

#include <linux/clockbound.h>

#include "portable.h"

/* Largest counter_shift: a period below 2^31 ns. */
#define CB_COUNTER_SHIFT_MAX	31

/* No model is used further from its start than this many ticks, at shift 0. */
#define CB_VALID_TICKS_SHIFT	61

/* synchronized_ticks of a model that stays synchronized. */
#define CB_SYNCHRONIZED_FOR_GOOD	((__u64)S64_MAX)

void cb_model_clear(struct clockbound_model *model);
bool cb_model_has_lines(const struct clockbound_model *model);
void cb_model_round_up(struct clockbound_model *model);
bool cb_model_advance(struct clockbound_model *model, __u64 counter);
void cb_model_use_shift(struct clockbound_model *model, unsigned int shift);
__u64 cb_model_ticks(__u64 ns, __u64 rate, unsigned int shift);

#endif /* CB_MODEL_H */
