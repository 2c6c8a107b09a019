/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The form that a bound has in the ABI, and the clock page that it is written to: pure
 * functions on memory.
 */
#ifndef CB_PAGE_H
#define CB_PAGE_H

#include <linux/clockbound.h>

#include "../claim/claim.h"

void cb_model_set_lines(struct clockbound_model *model, const struct cb_bound *bound);
void cb_page_format(struct clockbound_page *page, __u8 counter_id, __u64 features);
void cb_page_begin(struct clockbound_page *page);
void cb_page_end(struct clockbound_page *page, const struct clockbound_model *model);

#endif /* CB_PAGE_H */
