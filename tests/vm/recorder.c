// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two readers take every reading they can, through the mmap page and through NOW.
 */
#include "recorder.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "../../tools/vmhost/shared.h"
#include "span.h"

/* One reading in so many goes through the ioctl. */
#define NOW_EVERY	8

/*
 * The readers see at least so much of what comes before and after an event. Not more: a
 * span is to be short, so that the counter has little time to move.
 */
#define READINGS_AROUND	2000

static struct guest_device device;
static struct vmhost_record *records;
static size_t room;			/* for so many of them */
static atomic_size_t taken, now;	/* in this span */
static atomic_size_t insane;		/* in all spans, also in those that do not count */
static struct recorder_result sum;	/* of the spans that do */
static size_t spans, repeated;
static __u64 hull;			/* the widest of them, ns */
static struct timespec started;
static atomic_size_t trusted_in_a_row[GUEST_READERS];
static recorder_converter convert;

/**
 * recorder_open() - open the device and the shared memory
 */
void recorder_open(void)
{
	size_t size;

	guest_open(&device);
	records = (void *)((char *)guest_ivshmem(&size) + VMHOST_RECORDS_OFFSET);
	room = (size - VMHOST_RECORDS_OFFSET) / sizeof(*records);
}

/**
 * recorder_convert() - record something else than the readings as they are
 * @converter: called for each sane reading before it is recorded
 */
void recorder_convert(recorder_converter converter)
{
	convert = converter;
}

/**
 * recorder_device() - the device
 */
const struct guest_device *recorder_device(void)
{
	return &device;
}

static void take(struct clockbound_reading *reading, __u32 *path, size_t number)
{
	memset(reading, 0, sizeof(*reading));
	if (number % NOW_EVERY == 0) {
		*path = VMHOST_PATH_IOCTL;
		reading->size = sizeof(*reading);
		if (ioctl(device.fd, CLOCKBOUND_NOW, reading))
			guest_die("NOW");
		return;
	}
	*path = VMHOST_PATH_MMAP;
	/* A writer that is off its CPU in the middle: then the kernel is asked. */
	if (clockbound_page_read(device.page, device.vmclock, device.registered, reading) !=
	    CLOCKBOUND_READ_BUSY)
		return;
	*path = VMHOST_PATH_IOCTL;
	memset(reading, 0, sizeof(*reading));
	reading->size = sizeof(*reading);
	if (ioctl(device.fd, CLOCKBOUND_NOW, reading))
		guest_die("NOW");
}

static void read_on(int reader)
{
	struct clockbound_reading reading;
	size_t number;
	__u32 path;

	while (!guest_readers_stopping() && (number = taken++) < room) {
		take(&reading, &path, number);
		insane += !guest_sane(&reading) || (convert && !convert(&reading));
		records[number] = (struct vmhost_record) {
			.counter_value = reading.counter_value,
			.earliest = reading.earliest,
			.latest = reading.latest,
			.status = reading.status,
			.path = path,
		};
		now += path == VMHOST_PATH_IOCTL;
		trusted_in_a_row[reader] =
			guest_trusted(&reading) ? trusted_in_a_row[reader] + 1 : 0;
	}
}

/**
 * recorder_start() - begin a span and let the readers read, until recorder_stop()
 */
void recorder_start(void)
{
	recorder_measure();
	recorder_read();
}

/**
 * recorder_measure() - the first half of recorder_start(), which takes time
 */
void recorder_measure(void)
{
	span_begin();
}

/**
 * recorder_read() - and the second half
 */
void recorder_read(void)
{
	taken = 0;
	now = 0;
	memset(trusted_in_a_row, 0, sizeof(trusted_in_a_row));
	clock_gettime(CLOCK_MONOTONIC_RAW, &started);
	guest_readers_start(read_on);
}

/* Leaves both CPUs to the readers. */
static void pause_a_little(void)
{
	const struct timespec pause = { .tv_nsec = 100000 };

	nanosleep(&pause, NULL);
}

/**
 * recorder_wait() - until they have gone on for a while, or have no room left
 */
void recorder_wait(void)
{
	size_t start = taken;

	while (taken < start + READINGS_AROUND && taken < room)
		pause_a_little();
}

/**
 * recorder_wait_for_trust() - until they have had trusted readings for a while
 */
void recorder_wait_for_trust(void)
{
	int i;

	for (i = 0; i < GUEST_READERS; i++)
		while (trusted_in_a_row[i] < READINGS_AROUND && taken < room)
			pause_a_little();
}

/* Have the host check the span's readings, as long as it knows best what the time was. */
static void check_span(void)
{
	const char *answer = guest_host("check %u %zu", VMHOST_RECORDS_OFFSET, (size_t)taken);
	__u64 span_hull = guest_number(answer, "hull_ns=");

	printf("# check: %s\n", answer);
	if (guest_number(answer, "readings=") != taken || guest_number(answer, "unlogged=") ||
	    span_hull > SPAN_HULL_MAX_NS) {
		guest_check(false, "the host checked all readings: %s", answer);
		exit(1);
	}
	spans++;
	if (span_hull > hull)
		hull = span_hull;
	sum.taken += taken;
	sum.now += now;
	sum.trusted += guest_number(answer, "trusted=");
	sum.outside += guest_number(answer, "outside=");
}

/**
 * recorder_stop() - end the readers and the span
 * @event: what they have seen
 *
 * Return: false if the counter moved meanwhile, so that nobody knows what the time was. Then
 * it is to be done again, from recorder_start() on.
 */
bool recorder_stop(const char *event)
{
	struct timespec stopped;

	guest_readers_stop();
	clock_gettime(CLOCK_MONOTONIC_RAW, &stopped);
	if (taken > room)
		taken = room;
	printf("# %s: %zu readings in %lld us\n", event, (size_t)taken,
	       ((stopped.tv_sec - started.tv_sec) * 1000000000LL +
		stopped.tv_nsec - started.tv_nsec) / 1000);
	if (!span_end(event)) {
		repeated++;
		return false;
	}
	check_span();
	return true;
}

/**
 * recorder_sum() - what the host has found so far
 * @result: filled in
 */
void recorder_sum(struct recorder_result *result)
{
	*result = sum;
	result->insane = insane;
}

/**
 * recorder_check() - what the host has found in all spans
 * @result: filled in
 */
void recorder_check(struct recorder_result *result)
{
	recorder_sum(result);
	printf("# %zu spans, %zu were done again, the counter moved by up to %llu ns in a span\n",
	       spans, repeated, hull);
	guest_check(spans, "the host checked all readings of %zu spans", spans);
	guest_check(!result->outside, "%zu of %zu readings do not contain the true time",
		    result->outside, result->taken);
	guest_check(!result->insane, "%zu readings that the ABI does not allow",
		    result->insane);
}
