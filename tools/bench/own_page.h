/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A clock page without the module.
 */
#ifndef CB_BENCH_OWN_PAGE_H
#define CB_BENCH_OWN_PAGE_H

#include <clockbound.h>
#include <stdbool.h>

bool own_page_create(struct clockbound_device *marked, struct clockbound_device *unmarked);
void own_page_publish(void);

#endif /* CB_BENCH_OWN_PAGE_H */
