/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a leap second may come, and what it does to times: pure functions, no kernel
 * call, no global.
 */
#ifndef CB_LEAP_H
#define CB_LEAP_H

#include "claim.h"

#define CB_NSEC_PER_DAY		(86400 * NSEC_PER_SEC)

void cb_leap_months(__s64 time, __s64 *this_month, __s64 *next_month);
__s64 cb_leap_recount(__s8 from, __u16 from_day, __s8 to, __u16 to_day);
void cb_leap_unpass(struct cb_claim *claim, __s8 leap, __u16 leap_day);
void cb_leap_pass(struct cb_claim *claim);
__u64 cb_leap_ticks(const struct cb_claim *claim, __s64 time);
void cb_leap_limit(struct cb_bound *bound);
void cb_leap_align(struct cb_bound *a, struct cb_bound *b);

#endif /* CB_LEAP_H */
