// SPDX-License-Identifier: GPL-2.0-only
/*
 * I4 with QEMU's own VMClock device, which has a disruption marker and no time: restored
 * from a snapshot, from the same one again, and from a file that the machine was migrated
 * to, nothing from before is trusted.
 *
 * What this program counts goes back with the machine, so the host counts.
 */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "clock.h"
#include "guest.h"

#define NS		1000000000ULL
#define READINGS	20000

static struct guest_device device;
static atomic_size_t trusted, stale;

static void check(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void check(bool good, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (strcmp(guest_host("check %s %s", good ? "ok" : "bad", text), "ok"))
		guest_die("check");
}

static __u64 marker(void)
{
	return *(const volatile __u64 *)((const char *)device.vmclock +
					 CLOCKBOUND_VMCLOCK_MARKER);
}

static int read_page(struct clockbound_reading *reading)
{
	return clockbound_page_read(device.page, device.vmclock, device.registered, reading);
}

static void read_ioctl(struct clockbound_reading *reading)
{
	*reading = (struct clockbound_reading){ .size = sizeof(*reading) };
	if (ioctl(device.fd, CLOCKBOUND_NOW, reading))
		guest_die("NOW");
}

/* The marker is read before the reading starts, and only grows. */
static void read_on(int reader)
{
	struct clockbound_reading reading = { 0 };
	__u64 before;

	(void)reader;
	while (!guest_readers_stopping()) {
		before = marker();
		read_page(&reading);
		if (!guest_trusted(&reading))
			continue;
		trusted++;
		if (reading.disruption_marker < before)
			stale++;
	}
}

/* All in one thread: what comes after the host's answer comes after the change. */
static size_t trusted_readings(void)
{
	struct clockbound_reading reading = { 0 };
	size_t i, count = 0;

	for (i = 0; i < READINGS; i++) {
		read_page(&reading);
		count += guest_trusted(&reading);
		if (i % 16)
			continue;
		read_ioctl(&reading);
		count += guest_trusted(&reading);
	}
	return count;
}

/* That the clock is right, give or take a second. */
static struct clockbound_report new_report(void)
{
	__u64 as_of = clock_ns(CLOCK_MONOTONIC_RAW);

	return (struct clockbound_report){
		.size = sizeof(struct clockbound_report),
		.as_of = as_of,
		.void_after = as_of + 1000 * NS,
		.time = clock_ns(CLOCK_REALTIME),
		.bound = NS,
		.measured = as_of,
		.max_drift = 1000000,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.disruption_marker = marker(),
	};
}

static int send(const struct clockbound_report *report)
{
	return ioctl(device.fd, CLOCKBOUND_REPORT, report) ? errno : 0;
}

static bool trusted_now(void)
{
	struct clockbound_reading page = { 0 }, system_call;

	read_ioctl(&system_call);
	/* On a busy host a writer may be in the way for long: the kernel is asked then. */
	if (read_page(&page) != CLOCKBOUND_READ_OK)
		page = system_call;
	return guest_trusted(&page) && guest_trusted(&system_call) &&
	       page.disruption_marker == marker() && system_call.disruption_marker == marker();
}

/* Until the readers are in the midst of it. */
static void trust(const struct clockbound_report *report)
{
	size_t before = trusted;

	errno = send(report);
	if (errno)
		guest_die("REPORT");
	if (!trusted_now())
		guest_die("not trusted after a report");
	while (trusted < before + READINGS)
		sched_yield();
}

/* What was promised under @old, before @event, is void; then it begins anew. */
static void check_after(const char *event, const struct clockbound_report *old)
{
	struct clockbound_reading reading;
	struct clockbound_report report;
	size_t count = trusted_readings();
	int error;

	check(marker() > old->disruption_marker, "%s: the marker goes up, from %llu to %llu", event,
	      old->disruption_marker, marker());
	check(!count, "%s: %zu of %d readings were trusted", event, count, READINGS);
	check(!stale, "%s: %zu of the readers' readings were stale", event, (size_t)stale);
	read_ioctl(&reading);
	check(reading.status == CLOCKBOUND_STATUS_DISRUPTED, "%s: the status is %d, disrupted",
	      event, reading.status);
	error = send(old);
	check(error == ESTALE, "%s: a report from before: %s", event, strerror(error));
	check(!trusted_readings(), "%s: not trusted after that", event);
	report = new_report();
	error = send(&report);
	check(!error && trusted_now(), "%s: trusted again after a new report: %s", event,
	      strerror(error));
}

/* A snapshot's guest comes back with another answer to the same question. */
static void check_snapshot(const char *name)
{
	struct clockbound_report report = new_report();
	char event[64], answer[32];

	trust(&report);
	snprintf(answer, sizeof(answer), "%s", guest_host("snapshot"));
	if (!strcmp(answer, "saved"))
		guest_die(guest_host("restore"));
	snprintf(event, sizeof(event), "%s, %s", name, answer);
	check_after(event, &report);
	if (!strcmp(answer, "restored once"))
		guest_die(guest_host("restore"));
}

static void check_migration(void)
{
	struct clockbound_report report = new_report();

	trust(&report);
	guest_host_ok("migrate");
	check_after("migrated to a file and back", &report);
}

int main(void)
{
	guest_open(&device);
	if (!device.vmclock)
		guest_die("no VMClock page");
	guest_readers_start(read_on);
	check_snapshot("a snapshot");
	check_migration();
	check_snapshot("a snapshot after that");
	guest_readers_stop();
	guest_check(!stale, "%zu of %zu readings were stale", (size_t)stale, (size_t)trusted);
	return guest_result();
}
