/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands of clockboundctl share.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <clockbound.h>
#include <stdbool.h>

/* Exit codes. */
enum {
	EXIT_TRUSTED = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_TRUSTED = 3,
	EXIT_TIMED_OUT = 4,
};

/**
 * struct options - the command line
 * @device: path of the device
 * @json: JSON instead of text
 * @ioctl: take the reading by a system call
 * @interval_ns: time from one reading to the next, ns
 * @count: readings to take; 0 means no end
 * @tai: @until is TAI
 * @relative: @until counts from now's latest on
 * @until: what to wait for, ns since 1970 or from now's latest on
 * @timeout: how long to wait, ns; CLOCKBOUND_FOREVER for as long as it takes
 * @max_width: how wide an interval may be, ns; 0 for any width
 * @raw: @moment is a time of CLOCK_MONOTONIC_RAW, ns, not a counter value
 * @moment: the moment whose interval is asked for
 * @marker: the disruption marker of a reading taken before it
 */
struct options {
	const char *device;
	bool json;
	bool ioctl;
	__s64 interval_ns;
	unsigned long count;
	bool tai;
	bool relative;
	__s64 until;
	__s64 timeout;
	__u64 max_width;
	bool raw;
	__u64 moment;
	__u64 marker;
};

/*
 * The commands. Each takes an open device, prints to the standard output, and
 * returns an exit code.
 */
int command_status(const struct options *options, const struct clockbound_device *device);
int command_now(const struct options *options, const struct clockbound_device *device);
int command_watch(const struct options *options, const struct clockbound_device *device);
int command_wait(const struct options *options, const struct clockbound_device *device);
int command_wait_sync(const struct options *options, const struct clockbound_device *device);
int command_at(const struct options *options, const struct clockbound_device *device);
int command_bench(const struct options *options, const struct clockbound_device *device);

#endif /* CTL_COMMAND_H */
