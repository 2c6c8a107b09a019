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
#include "machine.h"
#include "region.h"
#include "server.h"

/**
 * struct control - what commands work on
 * @hv: the hypervisor
 * @handshake: the handshake, if one is under way
 * @shared: the ivshmem memory; of size 0 without
 * @server: where late answers go
 * @machine: that vmhost has started, or NULL
 * @save: saves it, if there is one
 * @move: moves it to another vmhost, if there is one
 * @hurry: somebody has work for each turn of the loop
 * @still: it stands still: a handshake has to wait
 * @waiting: the client that waits for the handshake, or -1
 * @stop: a client asked for the end
 */
struct control {
	struct hypervisor hv;
	struct handshake handshake;
	struct region_slice shared;
	struct server *server;
	struct machine *machine;
	struct save *save;
	struct move *move;
	bool hurry;
	bool still;
	int waiting;
	bool stop;
};

/*
 * Executes @line for client @client and writes the answer, one line without
 * newline, to @answer. False if the answer comes later, from control_handshake() or to
 * @control->server.
 */
bool control_command(struct control *control, int client, char *line,
		     char *answer, size_t size);

/* The guest's counter stands still, or was set: see hypervisor_counter_lost(). */
void control_counter_lost(struct control *control);

/* Is there work for control_handshake()? */
bool control_busy(const struct control *control);

/*
 * Goes on with a handshake. True if it has ended; then the answer is for client
 * @control->waiting.
 */
bool control_handshake(struct control *control, char *answer, size_t size);

#endif /* VMHOST_CONTROL_H */
