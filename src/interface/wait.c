// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting: until a time has passed, or until the time is known well enough.
 *
 * Whoever waits takes readings as everybody does, so it cannot return early. When
 * to take the next one is a guess: by the timer when the time should have come, and
 * as soon as there is news of a source.
 */
#include <clockbound/eval.h>
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>

#include "../publish/engine.h"
#include "../publish/events.h"
#include "../publish/trace.h"
#include "interface.h"

#define WAIT_FLAGS	(CLOCKBOUND_WAIT_TAI | CLOCKBOUND_WAIT_TIMEOUT | \
			 CLOCKBOUND_WAIT_DEADLINE)

/* The timer's clock may be slewed: a long wait ends with a short one, which does not mind. */
#define LONG_WAIT_NS	(20 * NSEC_PER_MSEC)
#define SLEW_SHIFT	6

/* Lines may converge without any news. */
#define SYNC_LOOK_NS	(100 * NSEC_PER_MSEC)

/* Sets the earliest that @wait is about; returns false if there is none. */
static bool take_earliest(const struct clockbound_wait *wait,
			  const struct clockbound_reading *reading, s64 *earliest)
{
	*earliest = reading->earliest;
	if (!(wait->flags & CLOCKBOUND_WAIT_TAI))
		return true;
	if (reading->flags & CLOCKBOUND_MODEL_LEAP)
		*earliest = reading->leap_earliest;
	*earliest += reading->tai_offset * NSEC_PER_SEC;
	return reading->flags & CLOCKBOUND_MODEL_TAI;
}

static u64 seen_disruptions(void)
{
	return READ_ONCE(cb_engine_clock_page()->disruptions);
}

/* 0 when the time has passed, -EAGAIN to look again in @ns, or an error. */
static int look_at_time(const struct clockbound_wait *wait, u64 disruptions, u64 *ns)
{
	struct clockbound_reading reading = { .max_width = wait->max_width };
	s64 earliest;

	cb_engine_read(&reading, false);
	if (reading.status == CLOCKBOUND_STATUS_DISRUPTED ||
	    seen_disruptions() != disruptions)
		return -ECANCELED;
	if (cb_engine_too_wide(&reading))
		return -ERANGE;
	*ns = KTIME_MAX;
	if (!clockbound_status_bounded(reading.status))
		return -EAGAIN;
	if (!take_earliest(wait, &reading, &earliest))
		return -ENODATA;
	if (earliest > wait->until)
		return 0;
	*ns = (u64)wait->until - (u64)earliest + 1;
	if (*ns > LONG_WAIT_NS)
		*ns -= *ns >> SLEW_SHIFT;
	return -EAGAIN;
}

static int look_at_status(const struct clockbound_wait *wait, u64 *ns)
{
	struct clockbound_reading reading = { .max_width = wait->max_width };

	*ns = SYNC_LOOK_NS;
	cb_engine_read(&reading, false);
	return clockbound_status_bounded(reading.status) && !cb_engine_too_wide(&reading) ?
	       0 : -EAGAIN;
}

static bool valid(const struct clockbound_wait *wait, bool sync)
{
	u32 limits = wait->flags & (CLOCKBOUND_WAIT_TIMEOUT | CLOCKBOUND_WAIT_DEADLINE);

	if (wait->flags & ~WAIT_FLAGS || hweight32(limits) > 1 || wait->timeout < 0 ||
	    (!limits && wait->timeout))
		return false;
	return !sync || (!wait->until && !(wait->flags & CLOCKBOUND_WAIT_TAI));
}

/* From now on the wait ends at the same moment, whoever calls again. */
static ktime_t take_deadline(struct clockbound_wait *wait)
{
	if (wait->flags & CLOCKBOUND_WAIT_TIMEOUT) {
		wait->flags ^= CLOCKBOUND_WAIT_TIMEOUT | CLOCKBOUND_WAIT_DEADLINE;
		wait->timeout = ktime_add_safe(ktime_get(), ns_to_ktime(wait->timeout));
	}
	return wait->flags & CLOCKBOUND_WAIT_DEADLINE ? ns_to_ktime(wait->timeout) : KTIME_MAX;
}

/**
 * cb_wait() - wait as CLOCKBOUND_WAIT or CLOCKBOUND_WAIT_SYNC has it
 * @wait: what for; a timeout becomes a deadline
 * @sync: which of the two
 * Context: process, sleeps.
 * Return: as the ABI has it, or -ERESTARTSYS.
 */
int cb_wait(struct clockbound_wait *wait, bool sync)
{
	u64 disruptions, ns;
	ktime_t deadline, until;
	DEFINE_WAIT(entry);
	int error;

	if (!valid(wait, sync))
		return -EINVAL;
	deadline = take_deadline(wait);
	/* One that has not been noticed yet is none since the call. */
	cb_engine_look();
	disruptions = seen_disruptions();

	for (;;) {
		prepare_to_wait(&cb_news, &entry, TASK_INTERRUPTIBLE);
		error = sync ? look_at_status(wait, &ns) : look_at_time(wait, disruptions, &ns);
		if (error != -EAGAIN)
			break;
		if (signal_pending(current)) {
			error = -ERESTARTSYS;
			break;
		}
		until = ktime_get();
		if (until >= deadline) {
			error = -ETIMEDOUT;
			break;
		}
		until = min(ktime_add_safe(until, ns_to_ktime(min_t(u64, ns, KTIME_MAX))),
			    deadline);
		/* No slack: the caller holds a commit back for this. */
		schedule_hrtimeout_range(&until, 0, HRTIMER_MODE_ABS);
	}
	finish_wait(&cb_news, &entry);
	trace_clockbound_wait(wait, sync, error);
	return error;
}
