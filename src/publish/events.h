/* SPDX-License-Identifier: GPL-2.0-only */
/* News: the events that poll() and read() on the device tell of, and who waits. */
#ifndef CB_EVENTS_H
#define CB_EVENTS_H

#include <linux/clockbound.h>
#include <linux/poll.h>
#include <linux/types.h>
#include <linux/wait.h>

/* Who sleeps here is woken when there is news. */
extern wait_queue_head_t cb_news;

void cb_events_post(const struct clockbound_event *event);
void cb_events_wake(void);
u64 cb_events_last(void);
bool cb_events_get(u64 *after, struct clockbound_event *event);
void cb_events_exit(void);

#endif /* CB_EVENTS_H */
