/* SPDX-License-Identifier: GPL-2.0-only */
/* The models that were in force: pure functions on a structure that the caller owns. */
#ifndef CB_PAST_H
#define CB_PAST_H

#include <linux/clockbound.h>

#include "../claim/portable.h"

/* Four seconds of a system clock with 250 updates a second. */
#define CB_PAST_KEPT	1024

/* Models, each in force from its start to the start of the next. */
struct cb_past {
	__u64 since;	/* nothing is known of counters before this */
	__u64 added;	/* models that were added since then */
	struct clockbound_model kept[CB_PAST_KEPT];	/* the last ones, a ring */
};

void cb_past_forget(struct cb_past *past, __u64 counter);
void cb_past_add(struct cb_past *past, const struct clockbound_model *model);
const struct clockbound_model *cb_past_find(const struct cb_past *past, __u64 counter);

#endif /* CB_PAST_H */
