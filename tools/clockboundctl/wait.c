// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl wait: until a time has certainly passed.
 */
#include <err.h>
#include <errno.h>
#include <string.h>

#include "clocks.h"
#include "command.h"
#include "format.h"
#include "reading.h"
#include "waiting.h"

/* From the end of the present interval on: that is certainly not too early. */
static int add_now(const struct options *options, const struct clockbound_device *device,
		   __s64 *until)
{
	struct clockbound_reading now;
	__s64 earliest, latest;
	int error = clockbound_read(device, &now);

	if (error) {
		warnx("%s: no reading: %s", options->device, strerror(-error));
		return EXIT_FAILED;
	}
	if (!reading_trusted(&now)) {
		warnx("%s: the time is %s: run clockboundctl wait-sync first",
		      options->device, clockbound_status_text(now.status));
		return EXIT_NOT_TRUSTED;
	}
	latest = now.latest;
	if (options->tai && !clockbound_reading_tai(&now, &earliest, &latest))
		return waiting_failed(options, -ENODATA);
	if (__builtin_add_overflow(latest, options->until, until)) {
		warnx("the time would be after the year 2262");
		return EXIT_FAILED;
	}
	return EXIT_TRUSTED;
}

static void print(const struct options *options, __s64 until, __u64 waited)
{
	char text[FORMAT_SIZE];

	if (options->json) {
		printf("{\"until\":\"%s\",\"until_ns\":%lld,\"tai\":%s,\"waited_ns\":%llu}\n",
		       format_time(text, until), until, options->tai ? "true" : "false",
		       waited);
		return;
	}
	printf("passed:       %s%s\n", format_time(text, until), options->tai ? " (TAI)" : "");
	printf("waited:       %s\n", format_width(text, waited));
}

/**
 * command_wait() - clockboundctl wait
 * @options: the options
 * @device: the device
 *
 * Return: an exit code.
 */
int command_wait(const struct options *options, const struct clockbound_device *device)
{
	struct clockbound_wait wait = waiting_for(options);
	__s64 start = clock_ns(CLOCK_MONOTONIC);
	int error;

	wait.until = options->until;
	if (options->tai)
		wait.flags |= CLOCKBOUND_WAIT_TAI;
	if (options->relative) {
		int code = add_now(options, device, &wait.until);

		if (code != EXIT_TRUSTED)
			return code;
	}
	error = clockbound_wait_ioctl(device, &wait);
	if (error)
		return waiting_failed(options, error);
	print(options, wait.until, (__u64)(clock_ns(CLOCK_MONOTONIC) - start));
	return EXIT_TRUSTED;
}
