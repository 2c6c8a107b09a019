// SPDX-License-Identifier: GPL-2.0-only
/*
 * News: the events that poll() and read() on the device tell of, and who waits.
 *
 * It comes under the engine's lock, with interrupts off, and many may wait for it: a work
 * item wakes them.
 */
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "events.h"

DECLARE_WAIT_QUEUE_HEAD(cb_news);

static struct {
	raw_spinlock_t lock;			/* inside the engine's */
	u64 last;				/* sequence of the newest */
	struct clockbound_event kept[CLOCKBOUND_EVENTS_KEPT];
} events = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(events.lock),
};

static void wake(struct work_struct *work)
{
	wake_up_interruptible_poll(&cb_news, EPOLLIN | EPOLLPRI);
}

static DECLARE_WORK(wake_work, wake);

/**
 * cb_events_post() - tell of an event
 * @event: the event; its sequence is given here
 * Context: any but NMI.
 */
void cb_events_post(const struct clockbound_event *event)
{
	struct clockbound_event *place;
	unsigned long flags;

	raw_spin_lock_irqsave(&events.lock, flags);
	events.last++;
	place = &events.kept[events.last % CLOCKBOUND_EVENTS_KEPT];
	*place = *event;
	place->sequence = events.last;
	raw_spin_unlock_irqrestore(&events.lock, flags);
}

/**
 * cb_events_wake() - there is news, events or not: who waits has to look again
 * Context: any but NMI.
 */
void cb_events_wake(void)
{
	/*
	 * Its barrier pairs with the one in prepare_to_wait(). Who polls or reads looks for
	 * an event under events.lock, which an event has been posted under.
	 */
	if (wq_has_sleeper(&cb_news))
		queue_work(system_highpri_wq, &wake_work);
}

/**
 * cb_events_last() - the newest event
 * Context: any but NMI.
 * Return: its sequence, 0 if there has been none.
 */
u64 cb_events_last(void)
{
	unsigned long flags;
	u64 last;

	raw_spin_lock_irqsave(&events.lock, flags);
	last = events.last;
	raw_spin_unlock_irqrestore(&events.lock, flags);
	return last;
}

/**
 * cb_events_get() - the next event after another one
 * @after: the sequence of that one; becomes that of the next
 * @event: where it goes; it says so if events before it were lost
 * Context: any but NMI.
 * Return: whether there is one.
 */
bool cb_events_get(u64 *after, struct clockbound_event *event)
{
	u64 next = *after + 1;
	unsigned long flags;
	bool found, lost;

	raw_spin_lock_irqsave(&events.lock, flags);
	lost = events.last >= next + CLOCKBOUND_EVENTS_KEPT;
	if (lost)
		next = events.last - CLOCKBOUND_EVENTS_KEPT + 1;
	found = next <= events.last;
	if (found)
		*event = events.kept[next % CLOCKBOUND_EVENTS_KEPT];
	raw_spin_unlock_irqrestore(&events.lock, flags);

	if (!found)
		return false;
	if (lost)
		event->changes |= CLOCKBOUND_EVENT_LOST;
	*after = next;
	return true;
}

/**
 * cb_events_exit() - nobody is being woken up any more when it returns
 * Context: process, may sleep.
 */
void cb_events_exit(void)
{
	cancel_work_sync(&wake_work);
}
