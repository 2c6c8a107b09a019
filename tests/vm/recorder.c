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

#include "../../tools/vmhost/shared.h"

/* One reading in so many goes through the ioctl. */
#define NOW_EVERY	8

/* The readers see at least so much of what comes before and after an event. */
#define READINGS_AROUND	2000

static struct guest_device device;
static struct vmhost_record *records;
static size_t room_per_event;
static size_t room;			/* for so many of them up to this event */
static atomic_size_t taken, now, insane;
static atomic_size_t trusted_in_a_row[GUEST_READERS];
static recorder_converter convert;

/**
 * recorder_open() - open the device and the shared memory
 * @events: how often recorder_start() will be called
 */
void recorder_open(size_t events)
{
	size_t size;

	guest_open(&device);
	records = (void *)((char *)guest_ivshmem(&size) + VMHOST_RECORDS_OFFSET);
	room_per_event = (size - VMHOST_RECORDS_OFFSET) / sizeof(*records) / events;
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
	clockbound_page_read(device.page, device.vmclock, device.registered, reading);
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
 * recorder_start() - let the readers read, until recorder_stop()
 */
void recorder_start(void)
{
	room += room_per_event;
	memset(trusted_in_a_row, 0, sizeof(trusted_in_a_row));
	guest_readers_start(read_on);
}

/**
 * recorder_wait() - until they have gone on for a while, or have no room left
 */
void recorder_wait(void)
{
	size_t start = taken;

	while (taken < start + READINGS_AROUND && taken < room)
		;
}

/**
 * recorder_wait_for_trust() - until they have had trusted readings for a while
 */
void recorder_wait_for_trust(void)
{
	int i;

	for (i = 0; i < GUEST_READERS; i++)
		while (trusted_in_a_row[i] < READINGS_AROUND && taken < room)
			;
}

/**
 * recorder_stop() - end the readers
 * @event: what they have seen
 */
void recorder_stop(const char *event)
{
	guest_readers_stop();
	if (taken > room)
		taken = room;
	room = taken;
	printf("# %s: %zu readings so far\n", event, (size_t)taken);
}

static size_t number_after(const char *text, const char *key)
{
	const char *found = strstr(text, key);

	if (!found) {
		guest_check(false, "the host's answer has no %s: %s", key, text);
		exit(1);
	}
	return strtoull(found + strlen(key), NULL, 10);
}

/**
 * recorder_check() - have the host check all readings
 * @result: filled in
 */
void recorder_check(struct recorder_result *result)
{
	const char *answer = guest_host("check %u %zu", VMHOST_RECORDS_OFFSET, (size_t)taken);

	printf("# check: %s\n", answer);
	*result = (struct recorder_result) {
		.taken = taken,
		.now = now,
		.trusted = number_after(answer, "trusted="),
		.outside = number_after(answer, "outside="),
		.insane = insane,
	};
	guest_check(number_after(answer, "readings=") == taken &&
		    !number_after(answer, "unlogged="), "the host checked all readings");
	guest_check(!result->outside, "%zu of %zu readings do not contain the true time",
		    result->outside, result->taken);
	guest_check(!result->insane, "%zu readings that the ABI does not allow",
		    result->insane);
}
