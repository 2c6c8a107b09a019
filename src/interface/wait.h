/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting: until a time has passed, or until the time is known well enough.
 */
#ifndef CB_WAIT_H
#define CB_WAIT_H

#include <linux/clockbound.h>
#include <linux/types.h>

int cb_wait(struct clockbound_wait *wait, bool sync);

#endif /* CB_WAIT_H */
