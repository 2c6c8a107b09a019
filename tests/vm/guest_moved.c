// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rig itself, and vmhost: when the machine is stopped for a while, its counter is no longer
 * where it was against the host's. vmhost sees that it was stopped, so there is a new marker,
 * and no time before the next handshake. The span in which that happens must be found out,
 * and done again; no reading may be dated wrong, neither before nor after it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "clock.h"
#include "recorder.h"
#include "span.h"

/* Not a reading of before may count as soon as the machine goes on. */
static void check_stop(const char *event)
{
	__u64 marker = guest_number(guest_host("status"), " marker=");
	struct clockbound_reading reading = { .size = sizeof(reading) };

	guest_host_ok(event);
	if (ioctl(recorder_device()->fd, CLOCKBOUND_NOW, &reading))
		guest_die("NOW");
	guest_check(!guest_trusted(&reading), "%s: there is no time", event);
	guest_check(guest_number(guest_host("status"), " marker=") == marker + 1,
		    "%s: there is a new marker", event);
}

static void check_span(const char *event)
{
	int tries = 0;
	bool good;

	do {
		recorder_start();
		recorder_wait();
		if (!tries++)
			check_stop(event);
		else
			recorder_wait_for_trust();
		recorder_wait();
		good = recorder_stop(event);
		if (tries == 1)
			guest_check(!good, "%s: the span does not count", event);
	} while (!good);
	guest_check(tries > 1, "%s: it was done again", event);
}

/* As with a span of readings: what is measured before a movement does not count after it. */
static void check_measuring(const char *event)
{
	__u64 error, moved;

	clock_set_to_truth();
	error = clock_measure(0);
	guest_host_ok(event);
	moved = clock_measure(0);
	guest_check(moved > error + 4000000, "%s: the clock was off by %llu ns, now by %llu ns",
		    event, error, moved);
}

int main(void)
{
	struct recorder_result result;

	recorder_open();
	check_span("stop-and-go 5");
	check_span("stop-and-go 0");
	check_measuring("qmp-stop-and-go 5");
	recorder_check(&result);
	return guest_result();
}
