/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine moves from one vmhost to another while it runs: live migration.
 *
 * The one that has it connects to the other one's socket (SOCK_SEQPACKET) and sends
 *
 *	vmhost's own section, as in a container, to compare the machines, and one end of a
 *	socket, for QEMU's migration stream
 *	"go MARKER GENERATION SEQUENCE", when QEMU has sent all and the machine stands still:
 *	what its page says
 *
 * Each is answered with "ok" or "error: " and a reason. Until the second "ok" the machine is
 * the first one's, which goes on with it if anything fails, and after that the other one's. If
 * the other one ends before that, its QEMU has ended, too.
 */
#ifndef VMHOST_MOVE_H
#define VMHOST_MOVE_H

#include <linux/types.h>
#include <stdbool.h>

#include "control.h"
#include "machine.h"
#include "stream.h"

/* The longest message: what a machine's arguments can be. */
#define MOVE_MESSAGE	(128 << 10)

/**
 * struct move - a machine that moves out
 * @machine: the machine
 * @control: has its page, and where answers go
 * @fd: the socket, or -1 if it does not move
 * @client: who waits for it
 * @resume: it ran before
 * @sent: QEMU has sent all
 * @stream: QEMU's migration stream
 * @file: QEMU's end of it, or -1
 * @begun: CLOCK_MONOTONIC ns
 * @stopped: the same, when the machine stood still
 * @gone: it is the other one's
 */
struct move {
	struct machine *machine;
	struct control *control;
	int fd;
	int client;
	bool resume;
	bool sent;
	struct stream stream;
	int file;
	__s64 begun;
	__s64 stopped;
	bool gone;
};

void move_open(struct move *move, struct machine *machine, struct control *control);

/*
 * Moves the machine to the vmhost that listens at @path. @client gets its answer later; then
 * the machine ends here. An error if that cannot even begin, or NULL.
 */
const char *move_begin(struct move *move, int client, const char *path);

/* When the machine has ended. */
void move_close(struct move *move);

#endif /* VMHOST_MOVE_H */
