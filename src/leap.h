/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a leap second may come: pure functions.
 */
#ifndef CB_LEAP_H
#define CB_LEAP_H

#include <linux/types.h>

__s64 cb_next_month(__s64 time);

#endif /* CB_LEAP_H */
