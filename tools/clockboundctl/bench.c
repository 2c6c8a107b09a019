// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl bench: what a reading costs on this machine, beside its other clocks.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "json.h"
#include "measure.h"
#include "reading.h"

/* Batches of each kind. They take turns: what else runs meets all of them. */
#define ROUNDS	51

static const struct {
	enum measure_subject subject;
	const char *text;
} rows[] = {
	{ MEASURE_READ, "reading by mmap" },
	{ MEASURE_NOW, "reading by ioctl" },
	{ MEASURE_VDSO, "clock_gettime, vDSO" },
	{ MEASURE_SYSCALL, "clock_gettime, system call" },
	{ MEASURE_COUNTER, "counter alone, ordered" },
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))

static double samples[MEASURE_SUBJECTS][MEASURE_MODES][ROUNDS];
static struct measure_summary summaries[MEASURE_SUBJECTS][MEASURE_MODES];

static void measure(const struct clockbound_device *device)
{
	enum measure_mode mode;
	int round;
	size_t i;

	/* The first round is for the caches and the branch predictors. */
	for (round = -1; round < ROUNDS; round++) {
		for (i = 0; i < ROWS; i++) {
			for (mode = 0; mode < MEASURE_MODES; mode++) {
				double ns = measure_batch(rows[i].subject, mode, device);

				if (round >= 0)
					samples[rows[i].subject][mode][round] = ns;
			}
		}
	}
	for (i = 0; i < ROWS; i++) {
		for (mode = 0; mode < MEASURE_MODES; mode++)
			measure_summarize(samples[rows[i].subject][mode], ROUNDS,
					  &summaries[rows[i].subject][mode]);
	}
}

/* Where the page cannot be used, a reading is the ioctl. */
static bool is_measured(enum measure_subject subject, bool mapped)
{
	return subject != MEASURE_READ || mapped;
}

static double ratio(enum measure_subject subject, enum measure_mode mode)
{
	return summaries[subject][mode].median / summaries[MEASURE_VDSO][mode].median;
}

static void print(bool mapped)
{
	size_t i;

	printf("%-28s %10s %21s %8s %12s %8s\n", "ns for one call", "THROUGHPUT",
	       "5 % .. 95 %", "x vDSO", "LATENCY", "x vDSO");
	for (i = 0; i < ROWS; i++) {
		enum measure_subject subject = rows[i].subject;
		const struct measure_summary *free = &summaries[subject][MEASURE_THROUGHPUT];

		if (!is_measured(subject, mapped)) {
			printf("%-28s not possible here\n", rows[i].text);
			continue;
		}
		printf("%-28s %10.1f %9.1f .. %8.1f %8.2f %12.1f %8.2f\n", rows[i].text,
		       free->median, free->low, free->high,
		       ratio(subject, MEASURE_THROUGHPUT),
		       summaries[subject][MEASURE_LATENCY].median,
		       ratio(subject, MEASURE_LATENCY));
	}
}

static void print_json(const struct clockbound_reading *reading, bool mapped)
{
	enum measure_mode mode;
	size_t i;

	fputs("{\"status\":", stdout);
	json_print_string(stdout, clockbound_status_text(reading->status));
	printf(",\"mapped\":%s,\"calls\":%d", mapped ? "true" : "false",
	       ROUNDS * MEASURE_CALLS);
	for (i = 0; i < ROWS; i++) {
		enum measure_subject subject = rows[i].subject;

		printf(",\"%s\":", measure_subject_text(subject));
		if (!is_measured(subject, mapped)) {
			fputs("null", stdout);
			continue;
		}
		for (mode = 0; mode < MEASURE_MODES; mode++) {
			const struct measure_summary *summary = &summaries[subject][mode];

			printf("%c\"%s\":{\"median_ns\":%.3f,\"low_ns\":%.3f,\"high_ns\":%.3f,"
			       "\"ratio\":%.4f}", mode ? ',' : '{', measure_mode_text(mode),
			       summary->median, summary->low, summary->high,
			       ratio(subject, mode));
		}
		putchar('}');
	}
	puts("}");
}

/**
 * command_bench() - clockboundctl bench
 * @options: the options
 * @device: the device
 *
 * Return: an exit code.
 */
int command_bench(const struct options *options, const struct clockbound_device *device)
{
	bool mapped = clockbound_device_mapped(device);
	struct clockbound_reading reading = { .size = sizeof(reading) };
	int error = clockbound_read_ioctl(device, &reading);

	if (error) {
		warnx("%s: no reading: %s", options->device, strerror(-error));
		return EXIT_FAILED;
	}
	measure(device);
	if (options->json)
		print_json(&reading, mapped);
	else
		print(mapped);
	if (reading_trusted(&reading))
		return EXIT_TRUSTED;
	warnx("%s: the time is %s: a reading with a bound costs something else",
	      options->device, clockbound_status_text(reading.status));
	return EXIT_NOT_TRUSTED;
}
