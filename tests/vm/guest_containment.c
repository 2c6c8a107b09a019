// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containment: two readers take every reading they can, through the mmap page
 * and through NOW, while the hypervisor disrupts and migrates the machine.
 */
#include <string.h>

#include "recorder.h"

#define PAGE_READINGS	10000
#define NOW_READINGS	1000

/* More of them, not longer ones: the counter is to have little time to move. */
#define ROUNDS		3

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

static void around(const char *event)
{
	do {
		recorder_start();
		recorder_wait();
		guest_host_ok(event);
		recorder_wait();
		if (strcmp(event, "set-status unreliable"))
			recorder_wait_for_trust();
	} while (!recorder_stop(event));
}

int main(void)
{
	struct recorder_result result;
	size_t i;

	recorder_open();
	for (i = 0; i < ROUNDS * EVENTS; i++)
		around(events[i % EVENTS]);

	recorder_check(&result);
	guest_check(result.taken - result.now >= PAGE_READINGS && result.now >= NOW_READINGS,
		    "containment: %zu readings through the page, %zu through NOW",
		    result.taken - result.now, result.now);
	guest_check(result.trusted > result.taken / 2 && result.trusted < result.taken,
		    "containment: %zu readings were trusted, %zu were not", result.trusted,
		    result.taken - result.trusted);
	return guest_result();
}
