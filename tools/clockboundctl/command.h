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
};

/**
 * struct options - the options of the command line
 * @device: path of the device
 * @json: JSON instead of text
 * @ioctl: take the reading by a system call
 * @interval_ns: time from one reading to the next, ns
 * @count: readings to take; 0 means no end
 */
struct options {
	const char *device;
	bool json;
	bool ioctl;
	__s64 interval_ns;
	unsigned long count;
};

/*
 * The commands. Each takes an open device, prints to the standard output, and
 * returns an exit code.
 */
int command_status(const struct options *options, const struct clockbound_device *device);
int command_now(const struct options *options, const struct clockbound_device *device);
int command_watch(const struct options *options, const struct clockbound_device *device);

#endif /* CTL_COMMAND_H */
