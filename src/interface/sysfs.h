/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/kernel/clockbound.
 */
#ifndef CB_SYSFS_H
#define CB_SYSFS_H

int cb_sysfs_init(void);
void cb_sysfs_exit(void);

#endif /* CB_SYSFS_H */
