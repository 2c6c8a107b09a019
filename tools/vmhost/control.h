/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command does.
 */
#ifndef VMHOST_CONTROL_H
#define VMHOST_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "handshake.h"
#include "hypervisor.h"
#include "region.h"

/**
 * struct control - what commands work on
 * @hv: the hypervisor
 * @handshake: the handshake, if one is under way
 * @shared: the ivshmem memory; of size 0 without
 * @waiting: the client that waits for the handshake, or -1
 * @stop: a client asked for the end
 */
struct control {
	struct hypervisor hv;
	struct handshake handshake;
	struct region_slice shared;
	int waiting;
	bool stop;
};

/*
 * Executes @line for client @client and writes the answer, one line without
 * newline, to @answer. False if the answer comes later, from control_handshake().
 */
bool control_command(struct control *control, int client, char *line,
		     char *answer, size_t size);

/* Is there work for control_handshake()? */
bool control_busy(const struct control *control);

/*
 * Goes on with a handshake. True if it has ended; then the answer is for client
 * @control->waiting.
 */
bool control_handshake(struct control *control, char *answer, size_t size);

#endif /* VMHOST_CONTROL_H */
