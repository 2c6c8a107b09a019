// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl at: the interval of an earlier moment.
 */
#include <err.h>
#include <errno.h>
#include <string.h>

#include "command.h"
#include "reading.h"

static int failed(const struct options *options, int error)
{
	const char *reason;

	switch (error) {
	case -ESTALE:
		warnx("%s: the clock was disrupted since the reading that the marker is from: "
		      "there is no interval for that moment any more", options->device);
		return EXIT_NOT_TRUSTED;
	case -EINVAL:
		reason = "that moment is still to come";
		break;
	case -ENODATA:
		reason = "that moment is too long ago; ask within a second";
		break;
	case -EOPNOTSUPP:
		reason = "the system clock does not run on the counter; "
			 "clockboundctl status shows the source";
		break;
	case -ENOTTY:
		reason = "the module knows no earlier moments, it is older than this program";
		break;
	default:
		reason = strerror(-error);
	}
	warnx("%s: no reading: %s", options->device, reason);
	return EXIT_FAILED;
}

/**
 * command_at() - clockboundctl at
 * @options: the options
 * @device: the device
 *
 * Return: an exit code.
 */
int command_at(const struct options *options, const struct clockbound_device *device)
{
	struct clockbound_reading reading;
	int error;

	if (options->raw)
		error = clockbound_read_at_raw(device, &reading, options->moment,
					       options->marker);
	else
		error = clockbound_read_at_counter(device, &reading, options->moment,
						   options->marker);
	if (error)
		return failed(options, error);
	reading_show(options->json, &reading);
	return reading_trusted(&reading) ? EXIT_TRUSTED : EXIT_NOT_TRUSTED;
}
