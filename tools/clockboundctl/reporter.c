// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clockbound device as sync uses it. Part of this project, it may look into
 * struct clockbound_device.
 */
#include "reporter.h"

#include <clockbound/reader.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/timex.h>

#define EVENTS	16

/**
 * reporter_open() - open the device for reports and events
 * @device: where the device goes
 * @path: its path
 *
 * Give it back with clockbound_device_close(). With an error there is none: it is NULL.
 *
 * Return: as clockbound_device_open().
 */
int reporter_open(struct clockbound_device **device, const char *path)
{
	int error = clockbound_device_open(device, path);

	if (error)
		return error;
	if (fcntl((*device)->fd, F_SETFL, O_NONBLOCK)) {
		error = -errno;
		clockbound_device_close(*device);
		*device = NULL;
	}
	return error;
}

/**
 * reporter_marker() - read the disruption marker
 * @device: the device
 * @marker: where the marker goes, 0 if there is none
 *
 * From the hypervisor's page, or if it cannot be mapped, the one that the module
 * has seen last. That one may be old: then a report with it is refused.
 *
 * Return: whether there is one.
 */
bool reporter_marker(const struct clockbound_device *device, __u64 *marker)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };

	*marker = 0;
	if (device->vmclock) {
		*marker = *(const volatile __u64 *)((const char *)device->vmclock +
						    CLOCKBOUND_VMCLOCK_MARKER);
		/* Whatever is done next is done after this */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		return true;
	}
	if (clockbound_read_ioctl(device, &reading))
		return false;
	*marker = reading.disruption_marker;
	return *marker;
}

/* The module sees for itself that a leap second is to be inserted, but not this. */
static bool second_left_out(void)
{
	struct timex timex = { .modes = 0 };

	return adjtimex(&timex) >= 0 && (timex.status & STA_DEL);
}

/**
 * reporter_report() - hand in a report
 * @device: the device
 * @report: the report; if it does not announce a leap second, the kernel may know of one
 *
 * Return: 0 or a negative errno.
 */
int reporter_report(const struct clockbound_device *device,
		    const struct clockbound_report *report)
{
	struct clockbound_report with_leap = *report;

	if (!(report->flags & (CLOCKBOUND_REPORT_LEAP_INSERT | CLOCKBOUND_REPORT_LEAP_DELETE)) &&
	    second_left_out())
		with_leap.flags |= CLOCKBOUND_REPORT_LEAP_DELETE;
	return clockbound_report_ioctl(device, &with_leap);
}

/**
 * reporter_disrupted() - whether the module tells its readers that it is disrupted
 * @device: the device
 */
bool reporter_disrupted(const struct clockbound_device *device)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };

	return !clockbound_read_ioctl(device, &reading) &&
	       reading.status == CLOCKBOUND_STATUS_DISRUPTED;
}

/**
 * reporter_events() - take all events that there are
 * @device: the device
 * @changes: where CLOCKBOUND_EVENT_* of all of them go
 *
 * Return: 0 or a negative errno.
 */
int reporter_events(const struct clockbound_device *device, __u32 *changes)
{
	struct clockbound_event events[EVENTS];
	int count, i;

	*changes = 0;
	while ((count = clockbound_events_read(device->fd, events, EVENTS)) > 0) {
		for (i = 0; i < count; i++)
			*changes |= events[i].changes;
	}
	return count == -EAGAIN ? 0 : count;
}
