/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's side of the handshake that measures the counters' offset.
 *
 * It runs in slices, so that vmhost goes on with its other work meanwhile.
 */
#ifndef VMHOST_HANDSHAKE_H
#define VMHOST_HANDSHAKE_H

#include <linux/types.h>

#include "offsets.h"
#include "region.h"

/*
 * It ends as soon as the interval is this narrow: the less time it takes, the less can the
 * counter move meanwhile. But two rounds that happen to agree are too few to notice that
 * it did.
 */
#define HANDSHAKE_NARROW_NS	500
#define HANDSHAKE_ROUNDS_MIN	50

/* Or after so many rounds: more of them make it hardly narrower. */
#define HANDSHAKE_ROUNDS	20000

/* On a busy host a round can take milliseconds. After so long so many will do. */
#define HANDSHAKE_ENOUGH_NS	3000000000LL
#define HANDSHAKE_ENOUGH_ROUNDS	500

/* Rounds that contradict each other: the counter moved, and it begins anew. */
#define HANDSHAKE_RESTARTS	20

enum handshake_state {
	HANDSHAKE_IDLE,
	HANDSHAKE_WAITING,	/* for the guest to appear */
	HANDSHAKE_RUNNING,
	HANDSHAKE_DONE,
	HANDSHAKE_FAILED,
};

/**
 * struct handshake - one handshake
 * @shared: the memory, which begins with struct vmhost_shared
 * @state: enum handshake_state
 * @narrow: it ends when the interval is so narrow, ticks
 * @measurement: what the rounds so far agree on
 * @restarts: how often it has begun anew
 * @deadline: CLOCK_MONOTONIC ns at which it has failed
 * @begun: CLOCK_MONOTONIC ns at which the guest was there
 * @took: ns from then on to the end
 * @error: why it failed
 * @round: the round that was answered last
 * @host_counter: the answer
 * @void_until: rounds up to this one can have begun before the guest's counter was lost
 */
struct handshake {
	struct region_slice shared;
	enum handshake_state state;
	__u64 narrow;
	struct measurement measurement;
	unsigned int restarts;
	__s64 deadline;
	__s64 begun;
	__s64 took;
	const char *error;
	__u32 round;
	__u64 host_counter;
	__u32 void_until;
};

/*
 * Offers a handshake that ends when the interval is @narrow ticks wide; the guest has
 * @timeout_ms for all of it. @shared has room for struct vmhost_shared.
 */
void handshake_start(struct handshake *handshake,
		     struct region_slice shared, __u64 narrow, __u32 timeout_ms);

/* Works for about @slice_us; returns the state. */
enum handshake_state handshake_step(struct handshake *handshake,
				    __u32 slice_us);

/*
 * The guest's counter stood still, or was set: the rounds so far, and one that the guest can
 * have begun, say nothing any more. See hypervisor_counter_lost(). Not to be stepped while
 * the machine stands still.
 */
void handshake_lost(struct handshake *handshake);

/* Gives up, and tells the guest so. */
void handshake_abort(struct handshake *handshake, const char *error);

#endif /* VMHOST_HANDSHAKE_H */
