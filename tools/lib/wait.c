// SPDX-License-Identifier: MIT
/*
 * Waiting, in the forms that most programs need.
 */
#include <clockbound.h>

static void set_timeout(struct clockbound_wait *wait, __s64 timeout)
{
	if (timeout < 0)
		return;
	wait->flags |= CLOCKBOUND_WAIT_TIMEOUT;
	wait->timeout = timeout;
}

static int wait_until(const struct clockbound_device *device, __u32 flags, __s64 until,
		      __s64 timeout)
{
	struct clockbound_wait wait = {
		.size = sizeof(wait),
		.flags = flags,
		.until = until,
	};

	set_timeout(&wait, timeout);
	return clockbound_wait_ioctl(device, &wait);
}

int clockbound_wait_until(const struct clockbound_device *device, __s64 until,
			  __s64 timeout)
{
	return wait_until(device, 0, until, timeout);
}

int clockbound_wait_until_tai(const struct clockbound_device *device, __s64 until,
			      __s64 timeout)
{
	return wait_until(device, CLOCKBOUND_WAIT_TAI, until, timeout);
}

int clockbound_wait_past(const struct clockbound_device *device,
			 const struct clockbound_reading *reading, __s64 timeout)
{
	if (!clockbound_reading_bounded(reading))
		return -EINVAL;
	return wait_until(device, 0, reading->latest, timeout);
}

int clockbound_wait_sync(const struct clockbound_device *device, __u64 max_width,
			 __s64 timeout)
{
	struct clockbound_wait wait = {
		.size = sizeof(wait),
		.max_width = max_width,
	};

	set_timeout(&wait, timeout);
	return clockbound_wait_sync_ioctl(device, &wait);
}
