// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rig itself: when the machine is stopped for a while, its counter is no longer where
 * it was against the host's. The span in which that happens must be found out, and done
 * again; no reading may be dated wrong, neither before nor after it.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "recorder.h"
#include "span.h"

static void check_span(const char *event)
{
	int tries = 0;
	bool good;

	do {
		recorder_start();
		recorder_wait();
		if (!tries++)
			guest_host_ok(event);
		recorder_wait();
		recorder_wait_for_trust();
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
	const char *status;

	recorder_open();
	check_span("stop-and-go 5");
	check_span("stop-and-go 0");
	check_measuring("stop-and-go 5");
	recorder_check(&result);
	status = guest_host("status");
	printf("# %s\n", status);
	guest_check(guest_number(status, " leaps=") >= 2, "the hypervisor has seen it as well");
	return guest_result();
}
