/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing the clock page: pure functions on memory.
 */
#ifndef CB_PAGE_H
#define CB_PAGE_H

#include <linux/clockbound.h>

void cb_page_format(struct clockbound_page *page, __u8 counter_id, __u64 features);
void cb_page_write(struct clockbound_page *page, const struct clockbound_model *model,
		   __u64 registered_marker, __u64 registered_generation);

#endif /* CB_PAGE_H */
