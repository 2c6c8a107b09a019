// SPDX-License-Identifier: GPL-2.0-only
/*
 * I4: no stale reading, with the module held off from publishing.
 *
 * The hypervisor leaves its sequence count odd, so that the module cannot take
 * a sample, and then changes the marker or the generation. From the first
 * reading after that on, none may be trusted, on any path.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "guest.h"

#define ROUNDS		20
#define READINGS	20000

static struct guest_device device;
static atomic_size_t stale, taken;

static __u64 marker(void)
{
	return *(const volatile __u64 *)((const char *)device.vmclock +
					 CLOCKBOUND_VMCLOCK_MARKER);
}

/*
 * The marker is read before the reading starts. It only grows here, so a trusted
 * reading of an older model has overlooked a change.
 */
static void read_on(int reader)
{
	struct clockbound_reading reading = { 0 };
	__u64 before;

	(void)reader;
	while (!guest_readers_stopping()) {
		before = marker();
		clockbound_page_read(device.page, device.vmclock, device.registered, &reading);
		taken++;
		if (guest_trusted(&reading) && reading.disruption_marker < before)
			stale++;
	}
}

static void wait_until_trusted(void)
{
	struct clockbound_reading reading = { 0 };

	do
		clockbound_page_read(device.page, device.vmclock, device.registered, &reading);
	while (!guest_trusted(&reading));
}

/* All in one thread: what comes after the host's answer comes after the change. */
static size_t trusted_readings(void)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };
	size_t i, trusted = 0;

	for (i = 0; i < READINGS; i++) {
		clockbound_page_read(device.page, device.vmclock, device.registered, &reading);
		trusted += guest_trusted(&reading);
		if (i % 16)
			continue;
		reading.request = 0;
		if (ioctl(device.fd, CLOCKBOUND_NOW, &reading))
			guest_die("NOW");
		trusted += guest_trusted(&reading);
	}
	return trusted;
}

static void check_held_off(const char *event, const char *change)
{
	__u32 sequence;
	size_t trusted;

	wait_until_trusted();
	guest_host_ok("hold-odd");
	sequence = device.page->model.seq;
	guest_check(device.page->model.status == CLOCKBOUND_STATUS_SYNCHRONIZED,
		    "%s: the module keeps its model while the hypervisor writes", event);
	guest_host_ok(change);
	trusted = trusted_readings();
	guest_check(!trusted, "%s: %zu of %d readings of the old model were trusted", event,
		    trusted, READINGS);
	printf("# %s: the module published %u models meanwhile\n", event,
	       (device.page->model.seq - sequence) / 2);
	guest_host_ok("release");
	wait_until_trusted();
	guest_check(true, "%s: trusted again after the hypervisor's update", event);
}

int main(void)
{
	int round;

	guest_open(&device);
	if (!device.vmclock)
		guest_die("no VMClock page");
	wait_until_trusted();

	/* As vmhost does it, while two readers look on. */
	guest_readers_start(read_on);
	for (round = 0; round < ROUNDS; round++)
		guest_host_ok(round % 2 ? "disrupt" : "migrate 1000000");
	guest_readers_stop();
	guest_check(!stale && taken > ROUNDS, "marker: %zu of %zu readings were stale",
		    (size_t)stale, (size_t)taken);

	check_held_off("marker", "raw 16 ffffffffffffff7f");
	check_held_off("generation", "raw 104 ffffffffffffff7f");
	return guest_result();
}
