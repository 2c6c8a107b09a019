// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what a source of time says to a bound and a status. Integers only: what
 * chronyd sends is taken as it is, and rounded once, upwards.
 */
#include "bound.h"

#include <linux/clockbound.h>

typedef __int128 s128;

#define NSEC_PER_SEC	1000000000LL
#define NSEC_PER_USEC	1000ULL

/* The precision of a correction: 2^-30 s is a nanosecond. */
#define CORRECTION_BITS	30

/* chronyd has lost its source when it is silent for so many of its intervals. */
#define INTERVALS	8
#define INTERVAL_DEFAULT	64

/* A number times 2^@shift, rounded down, with @limit as the largest magnitude. */
static __s64 scaled_floor(struct chrony_float number, int shift, __s64 limit)
{
	__s64 value = number.coefficient;

	shift += number.exponent;
	if (shift < 0)
		return value >> (shift > -63 ? -shift : 63);
	while (shift-- && value > -limit && value < limit)
		value *= 2;
	return value;
}

/**
 * bound_chrony_age() - how long ago chronyd made its last measurement
 * @tracking: what chronyd says
 * @realtime: CLOCK_REALTIME at that time, ns
 * @age: where the time goes, ns
 *
 * ref_time is by chronyd's clock, which is ahead of the system clock by the
 * correction that is still to be made. So is the present time to compare it with:
 * during a long slew the system clock would say anything.
 *
 * Return: false if the measurement is from the future, or the correction is not
 * below 2^32 s.
 */
bool bound_chrony_age(const struct chrony_tracking *tracking, __s64 realtime, __u64 *age)
{
	const __s64 limit = 1LL << 62;
	__s64 correction = scaled_floor(tracking->current_correction, CORRECTION_BITS, limit);
	s128 now;

	if (correction <= -limit || correction >= limit)
		return false;
	now = realtime + ((s128)correction * (__s64)NSEC_PER_SEC >> CORRECTION_BITS) + 1;
	if (tracking->ref_time > now)
		return false;
	now -= tracking->ref_time;
	*age = now < limit ? (__u64)now : (__u64)limit;
	return true;
}

/* The longest that a chronyd with nothing wrong does not measure, s, rounded down. */
static __s64 patience_of(const struct chrony_tracking *tracking, int poll)
{
	__s64 patience = scaled_floor(tracking->last_update_interval, 3, 1LL << 33);
	__s64 by_poll = -1;

	_Static_assert(INTERVALS == 1 << 3, "scaled by a shift");
	if (!tracking->last_update_interval.coefficient)
		patience = INTERVALS * INTERVAL_DEFAULT;
	if (poll >= CHRONY_POLL_MIN && poll <= CHRONY_POLL_MAX)
		by_poll = poll < 0 ? INTERVALS >> -poll : (__s64)INTERVALS << poll;
	return patience > by_poll ? patience : by_poll;
}

/**
 * bound_chrony_status() - how far chronyd can be trusted
 * @tracking: what chronyd says
 * @age: how long ago it made its last measurement, ns
 * @poll: how often it asks the source that it follows, 2^@poll s, or BOUND_NO_POLL
 *
 * As ClockBound has it, but for three things that it is wrong about. A chronyd with
 * the directive "local" that has lost its sources says that it is synchronized, to
 * itself, with an error of zero: it is free running. The first measurement
 * after the start, or after RESET, has no interval to the one before, which is told
 * as 0: it is not stale at once, but after INTERVALS of chronyd's default minpoll.
 * And after a burst the last interval is 2 s, but the next measurement is due after
 * 64: it is not stale before INTERVALS of those have passed.
 *
 * Return: UNKNOWN, SYNCHRONIZED or FREE_RUNNING.
 */
__u32 bound_chrony_status(const struct chrony_tracking *tracking, __u64 age, int poll)
{
	__s64 patience = patience_of(tracking, poll);

	if (tracking->leap > CHRONY_LEAP_UNSYNCHRONISED)
		return CLOCKBOUND_STATUS_UNKNOWN;
	if (tracking->leap == CHRONY_LEAP_UNSYNCHRONISED ||
	    tracking->ref_id == CHRONY_REF_ID_LOCAL)
		return CLOCKBOUND_STATUS_FREE_RUNNING;
	if ((s128)age > (s128)patience * (__s64)NSEC_PER_SEC)
		return CLOCKBOUND_STATUS_FREE_RUNNING;
	return CLOCKBOUND_STATUS_SYNCHRONIZED;
}

/**
 * bound_adjtimex() - the bound of CLOCK_REALTIME's error by the kernel
 * @timex: what adjtimex() has filled in
 * @state: what it has returned
 * @measurement: where status and bound go
 *
 * maxerror, plus what a phase-locked loop has yet to correct. It is only as good
 * as the program that sets it.
 *
 * Return: false if that makes no sense.
 */
bool bound_adjtimex(const struct timex *timex, int state, struct measurement *measurement)
{
	__u64 offset = timex->offset < 0 ? -(__u64)timex->offset : (__u64)timex->offset;

	if (state < 0 || timex->maxerror < 0 ||
	    timex->maxerror >= CLOCKBOUND_BOUND_LIMIT_NS / 2000)
		return false;
	if (!(timex->status & STA_NANO))
		offset *= NSEC_PER_USEC;
	if (offset >= CLOCKBOUND_BOUND_LIMIT_NS / 2)
		return false;
	measurement->status = state == TIME_ERROR || timex->status & STA_UNSYNC ?
			      CLOCKBOUND_STATUS_UNKNOWN : CLOCKBOUND_STATUS_SYNCHRONIZED;
	measurement->bound = (__u64)timex->maxerror * NSEC_PER_USEC + offset;
	return true;
}
