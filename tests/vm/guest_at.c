// SPDX-License-Identifier: GPL-2.0-only
/*
 * AT: the interval of a moment in the past contains the true time of that moment, or
 * it is refused.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "../../tools/vmhost/shared.h"
#include "clock.h"
#include "guest.h"
#include "span.h"

#define SECOND		1000000000LL
#define SPANS		20
#define IN_SPAN		100
#define MOMENTS		(SPANS * IN_SPAN)

static struct guest_device device;
static struct vmhost_record *records;
static size_t recorded;

static struct clockbound_reading take(void)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };

	if (ioctl(device.fd, CLOCKBOUND_NOW, &reading))
		guest_die("NOW");
	return reading;
}

static __u64 width(struct clockbound_reading reading)
{
	return (__u64)reading.latest - (__u64)reading.earliest;
}

static void wait_for_trust(void)
{
	struct clockbound_reading reading;

	do
		reading = take();
	while (!guest_trusted(&reading));
}

static int at(__u32 request, __u64 value, __u64 marker, struct clockbound_reading *reading)
{
	*reading = (struct clockbound_reading) {
		.size = sizeof(*reading),
		.request = request,
		.counter_value = value,
		.disruption_marker = marker,
	};
	return ioctl(device.fd, CLOCKBOUND_AT, reading) ? errno : 0;
}

static void record(__u64 counter, const struct clockbound_reading *reading)
{
	records[recorded++] = (struct vmhost_record) {
		.counter_value = counter,
		.earliest = reading->earliest,
		.latest = reading->latest,
		.status = reading->status,
		.path = VMHOST_PATH_OTHER,
	};
}

static struct moment {
	struct clockbound_reading reading;
	__u64 after;
	__u64 raw;
} moments[MOMENTS];

static void note_moment(struct moment *moment)
{
	clockbound_page_read(device.page, device.vmclock, device.registered, &moment->reading);
	moment->raw = clock_ns(CLOCK_MONOTONIC_RAW);
	moment->after = clockbound_counter();
}

/* All under one marker, which it returns. */
static __u64 note_moments(int gap_ns)
{
	const struct timespec gap = { .tv_nsec = gap_ns };
	int span, i, tries = 0;
	__u64 marker;

	do {
		marker = take().disruption_marker;
		for (span = 0; span < SPANS; span++) {
			nanosleep(&gap, NULL);
			do {
				span_begin();
				for (i = 0; i < IN_SPAN; i++)
					note_moment(&moments[span * IN_SPAN + i]);
			} while (!span_end("moments"));
		}
	} while (take().disruption_marker != marker && ++tries < SPAN_TRIES);
	return marker;
}

/* A moment is noted down, time passes, and then it is asked for. */
static void check_moments(const char *source, int gap_ns)
{
	struct clockbound_reading reading;
	int i, refused = 0, unknown = 0, same = 0;
	__u64 marker = note_moments(gap_ns);

	for (i = 0; i < MOMENTS; i++) {
		const struct clockbound_reading *then = &moments[i].reading;

		refused += !!at(CLOCKBOUND_AT_COUNTER, then->counter_value, marker, &reading);
		unknown += !guest_trusted(&reading);
		same += reading.counter_value == then->counter_value &&
			reading.earliest == then->earliest && reading.latest == then->latest;
		record(then->counter_value, &reading);
		/* The moment of the raw time is one of those between the two. */
		refused += !!at(CLOCKBOUND_AT_MONOTONIC_RAW, moments[i].raw, marker, &reading);
		unknown += !guest_trusted(&reading);
		reading.earliest -= moments[i].after - then->counter_value;
		record(then->counter_value, &reading);
	}
	guest_check(!refused && !unknown, "%s: %d moments, %d refused, %d unknown", source,
		    2 * MOMENTS, refused, unknown);
	guest_check(same == MOMENTS, "%s: as %d of %d readings were then", source, same,
		    MOMENTS);
}

static void expect(int expected, int error, const char *what)
{
	guest_check(error == expected, "AT: %s: %s", what, strerror(error));
}

static void check_refusals(__u64 at_start)
{
	struct clockbound_reading reading;
	__u64 marker = take().disruption_marker, before, raw;

	reading.size = 8;
	guest_check(ioctl(device.fd, CLOCKBOUND_AT, &reading) == -1 && errno == EINVAL,
		    "AT: too short");
	reading.size = 1 << 20;
	guest_check(ioctl(device.fd, CLOCKBOUND_AT, &reading) == -1 && errno == E2BIG,
		    "AT: too long");
	guest_check(ioctl(device.fd, CLOCKBOUND_AT, NULL) == -1 && errno == EFAULT, "AT: NULL");
	expect(EINVAL, at(2, clockbound_counter(), marker, &reading), "unknown request");
	expect(EINVAL, at(CLOCKBOUND_AT_COUNTER, clockbound_counter() + 1000000000, marker,
			  &reading), "in the future");
	expect(EINVAL, at(CLOCKBOUND_AT_MONOTONIC_RAW, clock_ns(CLOCK_MONOTONIC_RAW) + SECOND,
			  marker, &reading), "in the raw clock's future");
	expect(ESTALE, at(CLOCKBOUND_AT_COUNTER, clockbound_counter(), marker + 1, &reading),
	       "another marker");
	expect(ESTALE, at(CLOCKBOUND_AT_COUNTER, at_start, marker, &reading),
	       "before the module was loaded");
	reading = (struct clockbound_reading) {
		.size = sizeof(reading),
		.counter_value = clockbound_counter(),
		.disruption_marker = marker,
		.max_width = 1,
	};
	guest_check(ioctl(device.fd, CLOCKBOUND_AT, &reading) == -1 && errno == ERANGE &&
		    guest_trusted(&reading), "AT: too wide, and there all the same");

	before = clockbound_counter();
	raw = clock_ns(CLOCK_MONOTONIC_RAW);
	guest_host_ok("migrate 2000000");
	wait_for_trust();
	expect(ESTALE, at(CLOCKBOUND_AT_COUNTER, before, marker, &reading),
	       "before a migration, with the old marker");
	marker = take().disruption_marker;
	expect(ESTALE, at(CLOCKBOUND_AT_COUNTER, before, marker, &reading),
	       "before a migration, with the new marker");
	expect(ESTALE, at(CLOCKBOUND_AT_MONOTONIC_RAW, raw, marker, &reading),
	       "before a migration, by the raw clock");
	expect(0, at(CLOCKBOUND_AT_COUNTER, take().counter_value, marker, &reading),
	       "after a migration");
}

static void report(void)
{
	__u64 marker = *(const volatile __u64 *)((const char *)device.vmclock +
						 CLOCKBOUND_VMCLOCK_MARKER);
	struct clockbound_report report = clock_report(0, marker, 1000 * SECOND);

	if (ioctl(device.fd, CLOCKBOUND_REPORT, &report))
		guest_die("REPORT");
}

/* A report's lines are the same, whatever the clock does. */
static void check_system(void)
{
	struct clockbound_reading reading;
	__u64 raw, marker;

	guest_host_ok("marker-only");
	do
		reading = take();
	while (guest_trusted(&reading));
	report();
	clock_adjust(ADJ_FREQUENCY, 500 * 65536);
	check_moments("slewed by +500 ppm", 5000000);
	clock_adjust(ADJ_FREQUENCY, -500 * 65536);
	check_moments("slewed by -500 ppm", 5000000);
	clock_adjust(ADJ_FREQUENCY, 0);

	marker = take().disruption_marker;
	raw = clock_ns(CLOCK_MONOTONIC_RAW);
	clock_set_source("hpet");
	report();
	expect(EOPNOTSUPP, at(CLOCKBOUND_AT_MONOTONIC_RAW, raw, marker, &reading),
	       "on another clocksource, by the raw clock");
	expect(EOPNOTSUPP, at(CLOCKBOUND_AT_COUNTER, clockbound_counter(), marker, &reading),
	       "on another clocksource");
	clock_set_source("tsc");
	report();
	expect(ENODATA, at(CLOCKBOUND_AT_MONOTONIC_RAW, raw, marker, &reading),
	       "before the clocksource was changed, by the raw clock");
}

int main(int argc, char **argv)
{
	const char *answer;
	size_t size;

	if (argc != 2)
		return 2;
	guest_open(&device);
	records = (void *)((char *)guest_ivshmem(&size) + VMHOST_RECORDS_OFFSET);
	guest_host_ok("full");
	/* Whatever there was before was not as good. */
	while (width(take()) > SECOND)
		;
	check_moments("a hypervisor's page", 50000000);
	check_refusals(strtoull(argv[1], NULL, 0));
	check_system();
	answer = guest_host("check %u %zu", VMHOST_RECORDS_OFFSET, recorded);
	guest_check(!guest_number(answer, " outside=") && !guest_number(answer, " unlogged=") &&
		    guest_number(answer, " hull_ns=") <= SPAN_HULL_MAX_NS,
		    "%zu intervals contain the true time of their moment: %s", recorded, answer);
	return guest_result();
}
