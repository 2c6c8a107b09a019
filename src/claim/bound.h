/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What claims amount to together: pure functions, no kernel call, no global.
 */
#ifndef CB_BOUND_H
#define CB_BOUND_H

#include "claim.h"

bool cb_bound_move(struct cb_bound *bound, __u64 counter);
void cb_bound_hull(struct cb_bound *a, const struct cb_bound *b);
bool cb_bound_intersect(struct cb_bound *a, const struct cb_bound *b);

#endif /* CB_BOUND_H */
