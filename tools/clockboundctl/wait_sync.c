// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl wait-sync: until readings can be trusted.
 */
#include <err.h>
#include <string.h>

#include "clocks.h"
#include "command.h"
#include "format.h"
#include "reading.h"
#include "waiting.h"

static void print(const struct options *options, const struct clockbound_reading *reading,
		  __u64 waited)
{
	char text[FORMAT_SIZE];

	if (options->json) {
		putchar('{');
		reading_print_json(stdout, reading);
		printf(",\"waited_ns\":%llu}\n", waited);
		return;
	}
	reading_print(stdout, reading);
	printf("waited:       %s\n", format_width(text, waited));
}

/**
 * command_wait_sync() - clockboundctl wait-sync
 * @options: the options
 * @device: the device
 *
 * Return: an exit code.
 */
int command_wait_sync(const struct options *options, const struct clockbound_device *device)
{
	struct clockbound_wait wait = waiting_for(options);
	struct clockbound_reading reading;
	__s64 start = clock_ns(CLOCK_MONOTONIC);
	int error = clockbound_wait_sync_ioctl(device, &wait);

	if (error)
		return waiting_failed(options, error);
	error = clockbound_read(device, &reading);
	if (error) {
		warnx("%s: no reading: %s", options->device, strerror(-error));
		return EXIT_FAILED;
	}
	print(options, &reading, (__u64)(clock_ns(CLOCK_MONOTONIC) - start));
	return reading_trusted(&reading) ? EXIT_TRUSTED : EXIT_NOT_TRUSTED;
}
