// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the commands that wait share.
 */
#include "waiting.h"

#include <err.h>
#include <errno.h>
#include <string.h>

#include "format.h"

/**
 * waiting_for() - the timeout and the width of a wait
 * @options: the options
 *
 * Return: a wait that has them; what to wait for is to be added.
 */
struct clockbound_wait waiting_for(const struct options *options)
{
	struct clockbound_wait wait = {
		.size = sizeof(wait),
		.max_width = options->max_width,
	};

	if (options->timeout >= 0) {
		wait.flags = CLOCKBOUND_WAIT_TIMEOUT;
		wait.timeout = options->timeout;
	}
	return wait;
}

/**
 * waiting_failed() - say why a wait has ended, and what to do about it
 * @options: the options
 * @error: what the wait gave, a negative errno
 *
 * Return: an exit code.
 */
int waiting_failed(const struct options *options, int error)
{
	char text[FORMAT_SIZE];

	switch (error) {
	case -ETIMEDOUT:
		warnx("%s: not within %s; clockboundctl status shows what there is instead",
		      options->device, format_width(text, (__u64)options->timeout));
		return EXIT_TIMED_OUT;
	case -ECANCELED:
		warnx("%s: the clock was disrupted: nothing is certain about that time before "
		      "clockboundctl wait-sync has ended", options->device);
		return EXIT_NOT_TRUSTED;
	case -ERANGE:
		warnx("%s: the interval is wider than %s; clockboundctl wait-sync waits until "
		      "it is not", options->device, format_width(text, options->max_width));
		return EXIT_FAILED;
	case -ENODATA:
		warnx("%s: nobody says how far TAI is from UTC: give the time in UTC, "
		      "without --tai", options->device);
		return EXIT_FAILED;
	case -ENOTTY:
		warnx("%s: the module cannot wait, it is older than this program",
		      options->device);
		return EXIT_FAILED;
	default:
		warnx("%s: cannot wait: %s", options->device, strerror(-error));
		return EXIT_FAILED;
	}
}
