// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containment: two readers take every reading they can, through the mmap page
 * and through NOW, while the hypervisor disrupts and migrates the machine. Each
 * is left in the memory shared with the host, which knows what the time was.
 *
 * usage: guest_containment PAGE_READINGS NOW_READINGS: at least so many in all
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../../tools/vmhost/shared.h"
#include "guest.h"

/* One reading in so many goes through the ioctl. */
#define NOW_EVERY	8

/* The readers see at least so much of what comes after an event. */
#define READINGS_AFTER	2000

static struct guest_device device;
static struct vmhost_record *records;
static size_t records_per_reader;

static struct {
	atomic_size_t taken;
	atomic_size_t trusted_in_a_row;
	size_t now;
	size_t insane;
} readers[GUEST_READERS];

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
	clockbound_page_read(device.page, device.vmclock, reading);
}

static void read_on(int reader)
{
	struct vmhost_record *record = records + reader * records_per_reader;
	struct clockbound_reading reading;
	size_t number;
	__u32 path;

	for (number = 0; number < records_per_reader && !guest_readers_stopping(); number++) {
		take(&reading, &path, number);
		*record++ = (struct vmhost_record) {
			.counter_value = reading.counter_value,
			.earliest = reading.earliest,
			.latest = reading.latest,
			.status = reading.status,
			.path = path,
		};
		readers[reader].now += path == VMHOST_PATH_IOCTL;
		readers[reader].insane += !guest_sane(&reading);
		readers[reader].taken = number + 1;
		readers[reader].trusted_in_a_row =
			guest_trusted(&reading) ? readers[reader].trusted_in_a_row + 1 : 0;
	}
}

/* Until every reader has gone on for a while, or has no room left. */
static void wait_for_readers(bool trusted)
{
	int i;

	for (i = 0; i < GUEST_READERS; i++) {
		size_t start = readers[i].taken;

		while (readers[i].taken < records_per_reader &&
		       (trusted ? readers[i].trusted_in_a_row < READINGS_AFTER :
				  readers[i].taken < start + READINGS_AFTER))
			;
	}
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

static struct totals {
	size_t page, now, outside, trusted, untrusted;
} totals;

static void check_round(const char *event)
{
	const size_t offset = VMHOST_RECORDS_OFFSET;
	size_t round_trusted = 0, round_taken = 0;
	int i;

	for (i = 0; i < GUEST_READERS; i++) {
		size_t taken = readers[i].taken, outside, trusted;
		const char *answer = guest_host("check %zu %zu", offset +
						i * records_per_reader * sizeof(*records), taken);

		if (number_after(answer, "readings=") != taken) {
			guest_check(false, "the host checked all of %zu: %s", taken, answer);
			exit(1);
		}
		outside = number_after(answer, "outside=");
		trusted = number_after(answer, "trusted=");
		printf("# %s: %s\n", event, answer);
		totals.outside += outside;
		totals.now += readers[i].now;
		totals.page += taken - readers[i].now;
		round_trusted += trusted;
		round_taken += taken;
		if (readers[i].insane)
			guest_check(false, "%s: %zu readings that the ABI does not allow", event,
				    readers[i].insane);
	}
	totals.trusted += round_trusted;
	totals.untrusted += round_taken - round_trusted;
}

static void run_round(const char *event)
{
	memset(readers, 0, sizeof(readers));
	guest_readers_start(read_on);
	wait_for_readers(true);
	guest_host_ok(event);
	wait_for_readers(strcmp(event, "set-status unreliable"));
	guest_readers_stop();
	check_round(event);
}

int main(int argc, char **argv)
{
	static const char * const events[] = {
		"status",
		"migrate 1000000000",
		"disrupt",
		"migrate -3000000",
		"generation",
		"migrate 50000",
		"set-status unreliable",
	};
	size_t page_readings, now_readings, size, round;

	if (argc != 3)
		return 2;
	page_readings = strtoull(argv[1], NULL, 10);
	now_readings = strtoull(argv[2], NULL, 10);

	guest_open(&device);
	records = (void *)((char *)guest_ivshmem(&size) + VMHOST_RECORDS_OFFSET);
	records_per_reader = (size - VMHOST_RECORDS_OFFSET) / sizeof(*records) / GUEST_READERS;

	for (round = 0; round < sizeof(events) / sizeof(*events) ||
	     totals.page < page_readings || totals.now < now_readings; round++) {
		const char *event = events[round % (sizeof(events) / sizeof(*events))];

		run_round(event);
		if (!strcmp(event, "set-status unreliable"))
			guest_host_ok("set-status auto");
	}

	guest_check(totals.page >= page_readings && totals.now >= now_readings,
		    "containment: %zu readings through the page, %zu through NOW",
		    totals.page, totals.now);
	guest_check(!totals.outside, "containment: %zu readings do not contain the true time",
		    totals.outside);
	guest_check(totals.trusted > totals.page / 2,
		    "containment: %zu readings were trusted", totals.trusted);
	guest_check(totals.untrusted, "containment: %zu readings were not trusted",
		    totals.untrusted);
	return guest_result();
}
