/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes a machine from a container. Its RAM is mapped from there, copy on write, so any number
 * of machines can be made of one, and the container stays as it is.
 */
#ifndef VMHOST_RESTORE_H
#define VMHOST_RESTORE_H

#include <stdbool.h>

#include "machine.h"
#include "page.h"
#include "qemu.h"
#include "snapshot_file.h"
#include "stream.h"

/**
 * struct restore - a machine that is made from a container
 * @path: the container; NULL if it is not made from one
 * @snapshot: what is in it
 * @identity: what the guest has been told of its clock, with the new machine's generation
 * @stream: QEMU's migration stream
 * @file: where it is read from, or -1
 * @machine: the machine
 * @done: its state has been loaded
 * @loaded: is told so; before that, none of its CPUs has run
 * @context: its first argument
 */
struct restore {
	const char *path;
	struct snapshot snapshot;
	struct identity identity;
	struct stream stream;
	int file;
	struct machine *machine;
	bool done;
	void (*loaded)(void *context);
	void *context;
};

/*
 * Opens a container that may be anything at all, compares it with the machine that is wanted,
 * and takes a generation. False if that fails; says why.
 */
bool restore_open(struct restore *restore, const char *path, struct qemu *qemu);

/* After MACHINE_READY: loads the machine's state. If that fails, the machine ends. */
void restore_start(struct restore *restore, struct machine *machine,
		   void (*loaded)(void *context), void *context);

/* When the machine has ended. */
void restore_close(struct restore *restore);

#endif /* VMHOST_RESTORE_H */
