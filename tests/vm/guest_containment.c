// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containment: two readers take every reading they can, through the mmap page
 * and through NOW, while the hypervisor disrupts and migrates the machine.
 */
#include <string.h>

#include "recorder.h"

#define PAGE_READINGS	10000
#define NOW_READINGS	1000

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

int main(void)
{
	struct recorder_result result;
	size_t i;

	recorder_open(EVENTS);
	for (i = 0; i < EVENTS; i++) {
		recorder_start();
		recorder_wait();
		guest_host_ok(events[i]);
		recorder_wait();
		if (strcmp(events[i], "set-status unreliable"))
			recorder_wait_for_trust();
		recorder_stop(events[i]);
	}

	recorder_check(&result);
	guest_check(result.taken - result.now >= PAGE_READINGS && result.now >= NOW_READINGS,
		    "containment: %zu readings through the page, %zu through NOW",
		    result.taken - result.now, result.now);
	guest_check(result.trusted > result.taken / 2 && result.trusted < result.taken,
		    "containment: %zu readings were trusted, %zu were not", result.trusted,
		    result.taken - result.trusted);
	return guest_result();
}
