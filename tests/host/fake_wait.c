// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake device's answers to CLOCKBOUND_AT, CLOCKBOUND_WAIT and
 * CLOCKBOUND_WAIT_SYNC.
 */
#include "fake_device.h"

#include <clockbound/interval.h>
#include <clockbound/reader.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S	1000000000LL

static __s64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* The counter at a time of CLOCK_MONOTONIC_RAW, which runs at the lower line's rate. */
static __u64 counter_at(const struct clockbound_model *model, __u64 raw)
{
	__s64 ago = clock_ns(CLOCK_MONOTONIC_RAW) - (__s64)raw;
	clockbound_u128 ticks = ((clockbound_u128)(__u64)(ago < 0 ? -ago : ago) << 64) /
				model->earliest_rate;

	return clockbound_counter() - (ago < 0 ? -(__u64)ticks : (__u64)ticks);
}

/**
 * fake_at() - the interval of an earlier moment
 * @page: the clock page
 * @vmclock: the VMClock page
 * @reading: the request and the answer
 *
 * Return: 0 or a negative errno.
 */
int fake_at(const void *page, const void *vmclock, struct clockbound_reading *reading)
{
	const struct clockbound_model model = ((const struct clockbound_page *)page)->model;
	__u64 counter = reading->counter_value;
	struct clockbound_reading now;
	__s64 ago;

	if (reading->request > CLOCKBOUND_AT_MONOTONIC_RAW)
		return -EINVAL;
	if (model.flags & CLOCKBOUND_MODEL_IOCTL)
		return -EOPNOTSUPP;
	clockbound_page_read(page, vmclock, NULL, &now);
	if (reading->disruption_marker != model.disruption_marker ||
	    now.status == CLOCKBOUND_STATUS_DISRUPTED)
		return -ESTALE;
	if (reading->request == CLOCKBOUND_AT_MONOTONIC_RAW)
		counter = counter_at(&model, counter);
	ago = (__s64)(clockbound_counter() - counter);
	if (ago < 0)
		return -EINVAL;
	if (ago > FAKE_AT_TICKS ||
	    !clockbound_eval(&model, counter, &reading->earliest, &reading->latest))
		return -ENODATA;
	reading->counter_value = counter;
	reading->status = clockbound_eval_status(&model, counter);
	reading->flags = model.flags;
	reading->tai_offset = model.tai_offset;
	reading->realtime = 0;
	if (model.flags & CLOCKBOUND_MODEL_LEAP)
		clockbound_eval_leap(&model, reading);
	return 0;
}

static bool is_narrow(const struct clockbound_wait *wait,
		      const struct clockbound_reading *reading)
{
	return !wait->max_width || clockbound_reading_width(reading) <= wait->max_width;
}

static int check_timeout(const struct clockbound_wait *wait, __u32 other_flags)
{
	const __u32 timeouts = CLOCKBOUND_WAIT_TIMEOUT | CLOCKBOUND_WAIT_DEADLINE;

	if (wait->flags & ~(timeouts | other_flags) ||
	    (wait->flags & timeouts) == timeouts)
		return -EINVAL;
	return wait->timeout < 0 || (wait->timeout && !(wait->flags & timeouts)) ? -EINVAL : 0;
}

/* 1: go on waiting, anything else ends it. */
typedef int wait_check(const struct clockbound_wait *wait,
		       const struct clockbound_reading *reading);

static int wait_for(const void *page, const void *vmclock, struct clockbound_wait *wait,
		    wait_check *check)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	struct clockbound_reading reading;
	int result;

	if (wait->flags & CLOCKBOUND_WAIT_TIMEOUT) {
		wait->flags ^= CLOCKBOUND_WAIT_TIMEOUT | CLOCKBOUND_WAIT_DEADLINE;
		if (__builtin_add_overflow(clock_ns(CLOCK_MONOTONIC), wait->timeout,
					   &wait->timeout))
			wait->timeout = CLOCKBOUND_TIME_MAX;
	}
	for (;;) {
		clockbound_page_read(page, vmclock, NULL, &reading);
		result = check(wait, &reading);
		if (result <= 0)
			return result;
		if (wait->flags & CLOCKBOUND_WAIT_DEADLINE &&
		    clock_ns(CLOCK_MONOTONIC) >= wait->timeout)
			return -ETIMEDOUT;
		if (syscall(SYS_ppoll, NULL, 0, &tick, NULL, 8) < 0)
			return -EINTR;
	}
}

static int check_until(const struct clockbound_wait *wait,
		       const struct clockbound_reading *reading)
{
	__s64 earliest = reading->earliest, latest;

	if (reading->status == CLOCKBOUND_STATUS_DISRUPTED)
		return -ECANCELED;
	if (!is_narrow(wait, reading))
		return -ERANGE;
	if (wait->flags & CLOCKBOUND_WAIT_TAI &&
	    !clockbound_reading_tai(reading, &earliest, &latest))
		return -ENODATA;
	return earliest <= wait->until;
}

/**
 * fake_wait() - the commit wait
 * @page: the clock page
 * @vmclock: the VMClock page
 * @wait: what to wait for
 *
 * Return: 0 or a negative errno.
 */
int fake_wait(const void *page, const void *vmclock, struct clockbound_wait *wait)
{
	int error = check_timeout(wait, CLOCKBOUND_WAIT_TAI);

	return error ? error : wait_for(page, vmclock, wait, check_until);
}

static int check_sync(const struct clockbound_wait *wait,
		      const struct clockbound_reading *reading)
{
	return !clockbound_reading_bounded(reading) || !is_narrow(wait, reading);
}

/**
 * fake_wait_sync() - wait until readings can be trusted
 * @page: the clock page
 * @vmclock: the VMClock page
 * @wait: what to wait for
 *
 * Return: 0 or a negative errno.
 */
int fake_wait_sync(const void *page, const void *vmclock, struct clockbound_wait *wait)
{
	int error = check_timeout(wait, 0);

	if (wait->until)
		return -EINVAL;
	return error ? error : wait_for(page, vmclock, wait, check_sync);
}
