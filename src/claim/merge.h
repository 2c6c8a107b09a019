/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What two claims amount to together: pure functions, no kernel call, no global.
 */
#ifndef CB_MERGE_H
#define CB_MERGE_H

#include <linux/clockbound.h>

#include "portable.h"

void cb_merge_hull(struct clockbound_model *a, const struct clockbound_model *b);
bool cb_merge_intersect(struct clockbound_model *a, const struct clockbound_model *b);

#endif /* CB_MERGE_H */
