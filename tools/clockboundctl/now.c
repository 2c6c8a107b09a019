// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl now: one reading.
 */
#include <err.h>
#include <string.h>

#include "command.h"
#include "reading.h"

static int read_by_ioctl(const struct clockbound_device *device,
			 struct clockbound_reading *reading)
{
	reading->size = sizeof(*reading);
	reading->request = 0;
	return clockbound_read_ioctl(device, reading);
}

/**
 * command_now() - clockboundctl now
 * @options: the options
 * @device: the device
 *
 * Return: an exit code.
 */
int command_now(const struct options *options, const struct clockbound_device *device)
{
	struct clockbound_reading reading;
	int error;

	if (options->ioctl)
		error = read_by_ioctl(device, &reading);
	else
		error = clockbound_read(device, &reading);
	if (error) {
		warnx("%s: no reading: %s", options->device, strerror(-error));
		return EXIT_FAILED;
	}

	reading_show(options->json, &reading);
	return reading_trusted(&reading) ? EXIT_TRUSTED : EXIT_NOT_TRUSTED;
}
