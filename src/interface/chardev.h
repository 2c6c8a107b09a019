/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/clockbound.
 */
#ifndef CB_CHARDEV_H
#define CB_CHARDEV_H

int cb_chardev_init(void);
void cb_chardev_exit(void);

#endif /* CB_CHARDEV_H */
