/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a leap second may come, and what it does to times: pure functions, no kernel
 * call, no global.
 */
#ifndef CB_LEAP_H
#define CB_LEAP_H

#include <linux/clockbound.h>

#include "portable.h"

#define CB_NSEC_PER_DAY		(86400 * NSEC_PER_SEC)

void cb_leap_months(__s64 time, __s64 *this_month, __s64 *next_month);
__s64 cb_leap_recount(const struct clockbound_model *from, const struct clockbound_model *to);
void cb_leap_unpass(struct clockbound_model *model, __s8 leap, __u16 leap_day);
void cb_leap_pass(struct clockbound_model *model);
__u64 cb_leap_ticks(const struct clockbound_model *model, __s64 time);
void cb_leap_limit(struct clockbound_model *model);
void cb_leap_align(struct clockbound_model *a, struct clockbound_model *b);

#endif /* CB_LEAP_H */
