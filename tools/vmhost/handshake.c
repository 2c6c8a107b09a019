// SPDX-License-Identifier: GPL-2.0-only
#include "handshake.h"

#include <sched.h>
#include <stdbool.h>

#include "counter.h"
#include "monotonic.h"
#include "watched.h"

void handshake_start(struct handshake *handshake,
		     struct region_slice shared, __u64 narrow, __u32 timeout_ms)
{
	watched_publish(shared, host_state, VMHOST_HOST_IDLE);
	watched_set(shared, magic, VMHOST_SHARED_MAGIC);
	watched_set(shared, version, VMHOST_SHARED_VERSION);
	watched_set(shared, rounds, HANDSHAKE_ROUNDS);
	watched_set(shared, host_round, 0);
	watched_set(shared, host_counter, 0);
	watched_set(shared, guest_session, 0);
	watched_set(shared, guest_round, 0);
	watched_set(shared, session, counter_read() | 1);
	watched_publish(shared, host_state, VMHOST_HOST_READY);

	*handshake = (struct handshake) {
		.shared = shared,
		.state = HANDSHAKE_WAITING,
		.narrow = narrow,
		.deadline = monotonic_ns() + (__s64)timeout_ms * 1000000,
	};
}

void handshake_abort(struct handshake *handshake, const char *error)
{
	handshake->state = HANDSHAKE_FAILED;
	handshake->error = error;
	watched_publish(handshake->shared, host_state, VMHOST_HOST_FAILED);
}

void handshake_lost(struct handshake *handshake)
{
	handshake->measurement.offset.rounds = 0;
	handshake->void_until = handshake->round + 1;
}

/* Takes a round in; if it contradicts the others, all begins anew with it. */
static void add_round(struct handshake *handshake, __u64 t1, __u64 t2)
{
	struct measurement *measurement = &handshake->measurement;
	struct offset *offset = &measurement->offset;

	if (!offset_add(offset, t1, handshake->host_counter, t2)) {
		if (++handshake->restarts > HANDSHAKE_RESTARTS) {
			handshake_abort(handshake,
					"no offset fits all rounds: the guest's counter does not run at the rate of the host's, or was set meanwhile");
			return;
		}
		offset->rounds = 0;
		offset_add(offset, t1, handshake->host_counter, t2);
	}
	if (offset->rounds == 1)
		measurement->first = t1;
	measurement->last = t2;
}

static bool is_enough(const struct handshake *handshake)
{
	const struct offset *offset = &handshake->measurement.offset;

	return handshake->round == HANDSHAKE_ROUNDS ||
	       (offset->rounds >= HANDSHAKE_ROUNDS_MIN &&
		(__u64)(offset->max - offset->min) <= handshake->narrow) ||
	       (offset->rounds >= HANDSHAKE_ENOUGH_ROUNDS &&
		monotonic_ns() > handshake->begun + HANDSHAKE_ENOUGH_NS);
}

/* The guest has asked for the next round, or for the result. */
static void answer(struct handshake *handshake)
{
	const struct region_slice shared = handshake->shared;

	if (handshake->round > handshake->void_until) {
		__u64 t1 = watched_get(shared, t1);
		__u64 t2 = watched_get(shared, t2);

		if ((__s64)(t2 - t1) < 0) {
			handshake_abort(handshake,
					"the guest's counter went backwards");
			return;
		}
		add_round(handshake, t1, t2);
		if (handshake->state == HANDSHAKE_FAILED)
			return;
	}
	if (handshake->round == HANDSHAKE_ROUNDS && !handshake->measurement.offset.rounds) {
		handshake_abort(handshake,
				"the guest's counter stood still or was set: make another handshake");
		return;
	}
	if (is_enough(handshake)) {
		handshake->state = HANDSHAKE_DONE;
		handshake->took = monotonic_ns() - handshake->begun;
		watched_publish(shared, host_state, VMHOST_HOST_DONE);
		return;
	}
	handshake->round++;
	handshake->host_counter = counter_read();
	watched_set(shared, host_counter, handshake->host_counter);
	watched_publish(shared, host_round, handshake->round);
}

/* True if the guest has asked; false at @until, or if the handshake failed. */
static bool wait_for_question(struct handshake *handshake, __s64 until)
{
	const struct region_slice shared = handshake->shared;

	for (unsigned int spins = 1; ; spins++) {
		__u32 round = watched_observe(shared, guest_round);
		__s64 now;

		if (round == handshake->round + 1)
			return true;
		if (round != handshake->round) {
			handshake_abort(handshake,
					"the guest asked out of turn: is another program writing to the shared memory?");
			return false;
		}
		counter_relax();
		if (spins % 64)
			continue;
		now = monotonic_ns();
		if (now > handshake->deadline) {
			handshake_abort(handshake,
					"the guest stopped in the middle of the handshake");
			return false;
		}
		if (now > until)
			return false;
		/* The guest may be waiting for this very processor. */
		if (!(spins % 1024))
			sched_yield();
	}
}

enum handshake_state handshake_step(struct handshake *handshake, __u32 slice_us)
{
	const struct region_slice shared = handshake->shared;
	__s64 start = monotonic_ns();
	__s64 until = start + (__s64)slice_us * 1000;

	if (handshake->state == HANDSHAKE_WAITING) {
		if (watched_observe(shared, guest_session) ==
		    watched_get(shared, session)) {
			handshake->state = HANDSHAKE_RUNNING;
			handshake->begun = start;
		} else if (start > handshake->deadline) {
			handshake_abort(handshake,
					"no guest answered in time: run 'vmhost-guest handshake' in the virtual machine");
		}
	}
	while (handshake->state == HANDSHAKE_RUNNING && monotonic_ns() < until &&
	       wait_for_question(handshake, until))
		answer(handshake);
	return handshake->state;
}
