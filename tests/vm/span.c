// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spans between two handshakes with the host.
 */
#include "span.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../tools/vmhost/guest_handshake.h"
#include "guest.h"

#define TIMEOUT_S	30

static int tries;

/* Returns the host's answer. */
static const char *measure(void)
{
	static struct region_slice shared;
	const char *error, *answer;

	if (!shared.start)
		shared.start = guest_ivshmem(&shared.size);
	guest_host_ask("handshake %d", TIMEOUT_S);
	error = guest_handshake(shared, 0, TIMEOUT_S * 1000);
	answer = guest_host_answer();
	guest_number(answer, "ok offset_min=");
	if (error) {
		guest_check(false, "handshake: %s", error);
		exit(1);
	}
	return answer;
}

static void try_again(const char *what, __u64 ns)
{
	printf("# %s: the counter moved by up to %llu ns, again\n", what, ns);
	if (++tries < SPAN_TRIES)
		return;
	guest_check(false, "%s: the counter moved each of %d times, at last by up to %llu ns",
		    what, tries, ns);
	exit(1);
}

/**
 * span_begin() - measure where the counter is
 */
void span_begin(void)
{
	__u64 width;

	while ((width = guest_number(measure(), "width_ns=")) > SPAN_HULL_MAX_NS)
		try_again("before a span", width);
}

/**
 * span_end() - measure whether the counter is still there
 * @name: what was done since span_begin()
 *
 * Return: false if it is to be done again, from span_begin() on.
 */
bool span_end(const char *name)
{
	const char *answer = measure();
	__u64 hull = guest_number(answer, "hull_ns=");

	if (hull > SPAN_HULL_MAX_NS) {
		try_again(name, hull);
		return false;
	}
	tries = 0;
	return true;
}
