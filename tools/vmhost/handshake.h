/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's side of the handshake that measures the counters' offset.
 *
 * It runs in slices, so that vmhost goes on with its other work meanwhile.
 */
#ifndef VMHOST_HANDSHAKE_H
#define VMHOST_HANDSHAKE_H

#include <linux/types.h>

#include "offset.h"
#include "shared.h"

/* Enough: more rounds make the interval hardly narrower. */
#define HANDSHAKE_ROUNDS	20000

/* On a busy host a round can take milliseconds. After so long so many will do. */
#define HANDSHAKE_ENOUGH_NS	3000000000LL
#define HANDSHAKE_ENOUGH_ROUNDS	500

enum handshake_state {
	HANDSHAKE_IDLE,
	HANDSHAKE_WAITING,	/* for the guest to appear */
	HANDSHAKE_RUNNING,
	HANDSHAKE_DONE,
	HANDSHAKE_FAILED,
};

/**
 * struct handshake - one handshake
 * @shared: the memory
 * @state: enum handshake_state
 * @offset: what the rounds so far agree on
 * @deadline: CLOCK_MONOTONIC ns at which it has failed
 * @enough: CLOCK_MONOTONIC ns from which on HANDSHAKE_ENOUGH_ROUNDS will do
 * @error: why it failed
 * @round: the round that was answered last
 * @host_counter: the answer
 */
struct handshake {
	struct vmhost_shared *shared;
	enum handshake_state state;
	struct offset offset;
	__s64 deadline;
	__s64 enough;
	const char *error;
	__u32 round;
	__u64 host_counter;
};

/* Offers a handshake; the guest has @timeout_ms for all of it. */
void handshake_start(struct handshake *handshake,
		     struct vmhost_shared *shared, __u32 timeout_ms);

/* Works for about @slice_us; returns the state. */
enum handshake_state handshake_step(struct handshake *handshake,
				    __u32 slice_us);

/* Gives up, and tells the guest so. */
void handshake_abort(struct handshake *handshake, const char *error);

#endif /* VMHOST_HANDSHAKE_H */
