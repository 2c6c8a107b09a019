// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containment: two readers take every reading they can, through the mmap page
 * and through NOW, while the hypervisor disrupts and migrates the machine. Each
 * is left in the memory shared with the host, which knows what the time was.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../../tools/vmhost/shared.h"
#include "guest.h"

#define PAGE_READINGS	10000
#define NOW_READINGS	1000

/* One reading in so many goes through the ioctl. */
#define NOW_EVERY	8

/* The readers see at least so much of what comes before and after an event. */
#define READINGS_AROUND	2000

static const char * const events[] = {
	"status",
	"migrate 1000000000",
	"disrupt",
	"migrate -3000000",
	"generation",
	"migrate 50000",
	"set-status unreliable",
	"set-status auto",
};

#define EVENTS	(sizeof(events) / sizeof(*events))

static struct guest_device device;
static struct vmhost_record *records;
static size_t room;			/* for so many of them up to this event */
static atomic_size_t taken, now, insane;
static atomic_size_t trusted_in_a_row[GUEST_READERS];

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
	struct clockbound_reading reading;
	size_t number;
	__u32 path;

	while (!guest_readers_stopping() && (number = taken++) < room) {
		take(&reading, &path, number);
		records[number] = (struct vmhost_record) {
			.counter_value = reading.counter_value,
			.earliest = reading.earliest,
			.latest = reading.latest,
			.status = reading.status,
			.path = path,
		};
		now += path == VMHOST_PATH_IOCTL;
		insane += !guest_sane(&reading);
		trusted_in_a_row[reader] =
			guest_trusted(&reading) ? trusted_in_a_row[reader] + 1 : 0;
	}
}

/* Until the readers have gone on for a while, or have no room left. */
static void wait_for_readings(void)
{
	size_t start = taken;

	while (taken < start + READINGS_AROUND && taken < room)
		;
}

static void wait_for_trust(void)
{
	int i;

	for (i = 0; i < GUEST_READERS; i++)
		while (trusted_in_a_row[i] < READINGS_AROUND && taken < room)
			;
}

static void run_event(const char *event)
{
	memset(trusted_in_a_row, 0, sizeof(trusted_in_a_row));
	guest_readers_start(read_on);
	wait_for_readings();
	guest_host_ok(event);
	wait_for_readings();
	if (strcmp(event, "set-status unreliable"))
		wait_for_trust();
	guest_readers_stop();
	if (taken > room)
		taken = room;
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

static void check_all(void)
{
	const char *answer = guest_host("check %u %zu", VMHOST_RECORDS_OFFSET, (size_t)taken);
	size_t outside = number_after(answer, "outside=");
	size_t trusted = number_after(answer, "trusted=");

	printf("# check: %s\n", answer);
	guest_check(number_after(answer, "readings=") == taken &&
		    !number_after(answer, "unlogged="), "containment: the host checked all");
	guest_check(taken - now >= PAGE_READINGS && now >= NOW_READINGS,
		    "containment: %zu readings through the page, %zu through NOW",
		    taken - now, (size_t)now);
	guest_check(!outside, "containment: %zu readings do not contain the true time", outside);
	guest_check(!insane, "containment: %zu readings that the ABI does not allow",
		    (size_t)insane);
	guest_check(trusted > taken / 2 && trusted < taken,
		    "containment: %zu readings were trusted, %zu were not", trusted,
		    taken - trusted);
}

int main(void)
{
	size_t size, event, all;

	guest_open(&device);
	records = (void *)((char *)guest_ivshmem(&size) + VMHOST_RECORDS_OFFSET);
	all = (size - VMHOST_RECORDS_OFFSET) / sizeof(*records);

	for (event = 0; event < EVENTS; event++) {
		room = all * (event + 1) / EVENTS;
		run_event(events[event]);
	}
	check_all();
	return guest_result();
}
