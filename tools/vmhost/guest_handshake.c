// SPDX-License-Identifier: GPL-2.0-only
#include "guest_handshake.h"

#include <sched.h>
#include <stdbool.h>
#include <unistd.h>

#include "counter.h"
#include "monotonic.h"
#include "watched.h"

static const char no_offer[] =
	"the host offers no handshake: run 'vmhost ctl SOCKET handshake' on the host";
static const char other_version[] =
	"the host's vmhost is another version: use the two that were built together";

static bool offered(struct region_slice shared)
{
	return watched_observe(shared, host_state) == VMHOST_HOST_READY &&
	       watched_get(shared, magic) == VMHOST_SHARED_MAGIC &&
	       watched_get(shared, guest_session) != watched_get(shared, session);
}

static const char *wait_for_offer(struct region_slice shared,
				  __u32 timeout_ms)
{
	__s64 deadline = monotonic_ns() + (__s64)timeout_ms * 1000000;

	while (!offered(shared)) {
		if (monotonic_ns() > deadline)
			return no_offer;
		usleep(1000);
	}
	if (watched_get(shared, version) != VMHOST_SHARED_VERSION)
		return other_version;
	return NULL;
}

/* Waits for the answer to @round; NULL in @done if there is one more to come. */
static const char *wait_for_answer(struct region_slice shared,
				   __u32 round, __s64 deadline, bool *done)
{
	for (unsigned int spins = 1; watched_observe(shared, host_round) != round;
	     spins++) {
		if (spins % 64)
			continue;
		switch (watched_observe(shared, host_state)) {
		case VMHOST_HOST_READY:
			break;
		case VMHOST_HOST_DONE:
			*done = true;
			return NULL;
		default:
			return "the host gave the handshake up; it says why";
		}
		if (monotonic_ns() > deadline)
			return "the host stopped answering";
		/* The host may be waiting for this very processor. */
		if (!(spins % 1024))
			sched_yield();
	}
	return NULL;
}

const char *guest_handshake(struct region_slice shared,
			    __u64 skew, __u32 timeout_ms)
{
	const char *error = wait_for_offer(shared, timeout_ms);
	__s64 deadline = monotonic_ns() + (__s64)timeout_ms * 1000000;
	bool done = false;

	if (error)
		return error;
	watched_publish(shared, guest_session, watched_get(shared, session));
	for (__u32 round = 1; ; round++) {
		__u64 t1, t2;

		t1 = counter_read();
		watched_publish(shared, guest_round, round);
		error = wait_for_answer(shared, round, deadline, &done);
		if (error || done)
			return error;
		counter_settle();
		t2 = counter_read();
		watched_set(shared, t1, t1 + skew);
		watched_set(shared, t2, t2 + skew);
	}
}
