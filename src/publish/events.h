/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events that poll() and read() on the device tell of.
 */
#ifndef CB_EVENTS_H
#define CB_EVENTS_H

#include <linux/clockbound.h>
#include <linux/poll.h>
#include <linux/types.h>

void cb_events_post(const struct clockbound_event *event);
u64 cb_events_last(void);
bool cb_events_get(u64 *after, struct clockbound_event *event);
int cb_events_wait(u64 after);
void cb_events_poll_wait(struct file *file, struct poll_table_struct *table);
void cb_events_exit(void);

#endif /* CB_EVENTS_H */
