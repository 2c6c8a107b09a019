/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saves a machine: it stops, its state and its RAM go into a container, and it goes on.
 *
 * It goes on as soon as all has been copied, before the container is on the disk. Where its
 * counter stood still meanwhile, it has been told so before: vmhost has seen the machine stop.
 */
#ifndef VMHOST_SAVE_H
#define VMHOST_SAVE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "control.h"
#include "machine.h"
#include "snapshot_writer.h"
#include "stream.h"

enum save_stage {
	SAVE_IDLE,
	SAVE_STOPPING,
	SAVE_STREAMING,		/* QEMU says what the machine is, and writes its state */
	SAVE_COPYING,		/* to the container; the machine stands still */
	SAVE_SYNCING,		/* the container, to the disk; the machine goes on */
};

/**
 * struct save - a machine that is saved now and then
 * @machine: the machine
 * @control: has its clock, and where answers go
 * @stage: how far it is
 * @client: who waits for it
 * @path: the container
 * @resume: the machine ran before
 * @error: what went wrong first
 * @meta: what goes into the container
 * @state: the same
 * @version: QEMU's
 * @stream: QEMU's migration stream
 * @file: where it is written to, a memfd, or -1
 * @ram: the RAM, or -1
 * @writer: writes the container, or NULL
 * @begun: CLOCK_MONOTONIC ns
 * @stopped: how long the machine stood still, ns
 * @told: CLOCK_MONOTONIC ns when the client was told how far it is
 */
struct save {
	struct machine *machine;
	struct control *control;
	enum save_stage stage;
	int client;
	char *path;
	bool resume;
	char error[300];
	struct snapshot_meta meta;
	struct snapshot_state state;
	char version[64];
	struct stream stream;
	int file;
	int ram;
	struct snapshot_writer *writer;
	__s64 begun;
	__s64 stopped;
	__s64 told;
};

void save_open(struct save *save, struct machine *machine, struct control *control);

/*
 * Saves the machine to @path for @client, which gets its answer later. An error if that
 * cannot even begin, or NULL.
 */
const char *save_begin(struct save *save, int client, const char *path);

/* To be called again and again. */
void save_tick(struct save *save);

/* Somebody else has let the machine go on. */
void save_resumed(struct save *save);

/* Gives up what is under way. */
void save_close(struct save *save);

#endif /* VMHOST_SAVE_H */
