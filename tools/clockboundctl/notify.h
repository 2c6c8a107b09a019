/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a service manager wants to be told: the protocol of sd_notify().
 */
#ifndef CTL_NOTIFY_H
#define CTL_NOTIFY_H

#include <linux/types.h>

void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));
__u64 notify_watchdog_interval(void);

#endif /* CTL_NOTIFY_H */
