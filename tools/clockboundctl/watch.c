// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl watch: readings at an interval.
 */
#include <err.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "format.h"
#include "panel.h"
#include "reading.h"

#define NSEC_PER_SEC	1000000000LL

static __s64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigprocmask(SIG_BLOCK, set, NULL);
}

/* Returns false if one of the signals came. */
static bool wait_until(__s64 deadline, const sigset_t *signals)
{
	__s64 remaining = deadline - clock_ns(CLOCK_MONOTONIC);
	struct timespec timeout = { 0 };

	if (remaining > 0) {
		timeout.tv_sec = remaining / NSEC_PER_SEC;
		timeout.tv_nsec = remaining % NSEC_PER_SEC;
	}
	return sigtimedwait(signals, NULL, &timeout) < 0;
}

static void print_header(void)
{
	printf("%-12s  %-30s  %-30s  %12s  %12s  %s\n", "SYSTEM TIME", "EARLIEST", "LATEST",
	       "WIDTH", "CHANGE", "STATUS");
}

static void print_line(const struct clockbound_reading *reading, __u64 width_before)
{
	char clock[FORMAT_SIZE], earliest[FORMAT_SIZE], latest[FORMAT_SIZE];
	char width[FORMAT_SIZE], change[FORMAT_SIZE];

	format_width(width, reading_width(reading));
	format_change(change, width_before, reading_width(reading));
	printf("%-12s  %-30s  %-30s  %12s  %12s  %s\n",
	       format_clock(clock, clock_ns(CLOCK_REALTIME)),
	       format_time(earliest, reading->earliest),
	       format_time(latest, reading->latest),
	       width, change, clockbound_status_text(reading->status));
}

static void print_object(const struct clockbound_reading *reading, __u64 width_before)
{
	__u64 width = reading_width(reading);

	putchar('{');
	reading_print_json(stdout, reading);
	printf(",\"system_time_ns\":%lld,\"width_change_ns\":", clock_ns(CLOCK_REALTIME));
	if (width == WIDTH_UNLIMITED || width_before == WIDTH_UNLIMITED)
		puts("null}");
	else if (width < width_before)
		printf("-%llu}\n", width_before - width);
	else
		printf("%llu}\n", width - width_before);
}

static int watch(const struct options *options, const struct clockbound_device *device,
		 const sigset_t *signals, bool panel)
{
	__s64 deadline = clock_ns(CLOCK_MONOTONIC);
	__u64 width_before = WIDTH_UNLIMITED;
	struct clockbound_reading reading;
	unsigned long taken = 0;
	int error;

	do {
		error = clockbound_read(device, &reading);
		if (error) {
			warnx("%s: no reading: %s", options->device, strerror(-error));
			return EXIT_FAILED;
		}
		if (panel)
			panel_show(options->device, options->interval_ns, &reading);
		else if (options->json)
			print_object(&reading, width_before);
		else
			print_line(&reading, width_before);
		width_before = reading_width(&reading);

		/* Whoever reads the other end of a pipe wants it now. */
		if (fflush(stdout) || ferror(stdout))
			break;
		if (++taken == options->count)
			break;
		deadline += options->interval_ns;
	} while (wait_until(deadline, signals));

	return reading_trusted(&reading) ? EXIT_TRUSTED : EXIT_NOT_TRUSTED;
}

/**
 * command_watch() - clockboundctl watch
 * @options: the options
 * @device: the device
 *
 * Ends after the last reading asked for, or at SIGINT or SIGTERM.
 *
 * Return: an exit code, that of the last reading.
 */
int command_watch(const struct options *options, const struct clockbound_device *device)
{
	bool panel = !options->json && panel_possible();
	sigset_t signals;
	int result;

	block_signals(&signals);
	if (panel)
		panel_open();
	else if (!options->json)
		print_header();
	result = watch(options, device, &signals, panel);
	if (panel)
		panel_close();
	return result;
}
