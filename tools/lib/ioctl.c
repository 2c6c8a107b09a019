// SPDX-License-Identifier: MIT
/*
 * What is not inline in a reading, and asking the kernel.
 */
#include <clockbound.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* errno stays as it is: readings may be taken in a signal handler. */
static int call(const struct clockbound_device *device, unsigned long request,
		const void *argument)
{
	int saved = errno;
	int error = 0;

	if (ioctl(device->fd, request, argument))
		error = -errno;
	errno = saved;
	return error;
}

static int call_reading(const struct clockbound_device *device, unsigned long request,
			struct clockbound_reading *reading)
{
	int error = call(device, request, reading);

	if (!error || error == -ERANGE)
		return error;
	/*
	 * For a caller that does not look at the result. Every caller's structure has
	 * these: they are in its first version.
	 */
	reading->earliest = CLOCKBOUND_TIME_MIN;
	reading->latest = CLOCKBOUND_TIME_MAX;
	reading->counter_value = 0;
	reading->disruption_marker = 0;
	reading->status = CLOCKBOUND_STATUS_UNKNOWN;
	reading->reserved0 = 0;
	reading->flags = 0;
	reading->tai_offset = 0;
	reading->realtime = 0;
	return error;
}

int clockbound_read_ioctl(const struct clockbound_device *device,
			  struct clockbound_reading *reading)
{
	reading->request = 0;
	reading->max_width = 0;
	return call_reading(device, CLOCKBOUND_NOW, reading);
}

int clockbound_at_ioctl(const struct clockbound_device *device,
			struct clockbound_reading *reading)
{
	return call_reading(device, CLOCKBOUND_AT, reading);
}

static int read_any(const struct clockbound_device *device,
		    struct clockbound_reading *reading)
{
#ifdef CLOCKBOUND_COUNTER_NATIVE
	if (device->page &&
	    clockbound_page_read_any(device->page, device->vmclock, device->registered,
				     reading) == CLOCKBOUND_READ_OK)
		return 0;
#endif
	return clockbound_read_ioctl(device, reading);
}

static int read_realtime(const struct clockbound_device *device,
			 struct clockbound_reading *reading)
{
#ifdef CLOCKBOUND_COUNTER_NATIVE
	if (device->page &&
	    clockbound_page_read_realtime(device->page, device->vmclock, device->registered,
					  reading) == CLOCKBOUND_READ_OK &&
	    (!reading->flags || (reading->flags & CLOCKBOUND_MODEL_REALTIME)))
		return 0;
#endif
	reading->request = CLOCKBOUND_NOW_REALTIME;
	return call_reading(device, CLOCKBOUND_NOW, reading);
}

/*
 * The caller's structure may be from an earlier header than this library's, or from a
 * later one: then what this library does not know is zero.
 */
static void give(struct clockbound_reading *reading, __u32 size,
		 struct clockbound_reading *own)
{
	__u32 known = size < sizeof(*own) ? size : sizeof(*own);

	own->size = size;
	own->request = 0;
	memcpy(reading, own, known);
	memset((char *)reading + known, 0, size - known);
}

int clockbound_read_any(const struct clockbound_device *device,
			struct clockbound_reading *reading, __u32 size)
{
	struct clockbound_reading own = { .size = sizeof(own) };
	int error = read_any(device, &own);

	give(reading, size, &own);
	return error;
}

int clockbound_read_realtime(const struct clockbound_device *device,
			     struct clockbound_reading *reading, __u32 size)
{
	struct clockbound_reading own = { .size = sizeof(own) };
	int error = read_realtime(device, &own);

	give(reading, size, &own);
	return error;
}

int clockbound_info_ioctl(const struct clockbound_device *device,
			  struct clockbound_info *info)
{
	return call(device, CLOCKBOUND_INFO, info);
}

int clockbound_wait_ioctl(const struct clockbound_device *device,
			  struct clockbound_wait *wait)
{
	return call(device, CLOCKBOUND_WAIT, wait);
}

int clockbound_wait_sync_ioctl(const struct clockbound_device *device,
			       struct clockbound_wait *wait)
{
	return call(device, CLOCKBOUND_WAIT_SYNC, wait);
}

int clockbound_report_ioctl(const struct clockbound_device *device,
			    const struct clockbound_report *report)
{
	return call(device, CLOCKBOUND_REPORT, report);
}

int clockbound_disrupt_set(const struct clockbound_device *device, __u32 action)
{
	const struct clockbound_disrupt disrupt = {
		.size = sizeof(disrupt),
		.action = action,
	};

	return call(device, CLOCKBOUND_DISRUPT, &disrupt);
}

int clockbound_memory_register(const struct clockbound_device *device, int fd)
{
	const struct clockbound_register memory = {
		.size = sizeof(memory),
		.fd = fd,
	};

	return call(device, CLOCKBOUND_REGISTER, &memory);
}

int clockbound_memory_unregister(const struct clockbound_device *device)
{
	const struct clockbound_unregister memory = {
		.size = sizeof(memory),
	};

	return call(device, CLOCKBOUND_UNREGISTER, &memory);
}
