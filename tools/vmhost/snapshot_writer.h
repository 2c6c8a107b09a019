/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a container, in steps, so that other things can be done meanwhile.
 *
 * It is written under no name, or a temporary one, and gets its own when all of it is on
 * the disk: whatever happens meanwhile, there is the old file or the new one.
 */
#ifndef VMHOST_SNAPSHOT_WRITER_H
#define VMHOST_SNAPSHOT_WRITER_H

#include <linux/types.h>
#include <stddef.h>

#include "snapshot_file.h"

/**
 * struct snapshot_source - what goes into a container
 * @ram: the machine's RAM: a file, or memory as /proc/PID/mem
 * @ram_offset: where in it the RAM begins
 * @meta: with mem_size bytes of RAM
 * @state: vmhost's own section
 * @stream: a file, from its start to its end: QEMU's migration stream
 *
 * The descriptors stay the caller's; the writer needs them until snapshot_copied().
 */
struct snapshot_source {
	int ram;
	__u64 ram_offset;
	const struct snapshot_meta *meta;
	const struct snapshot_state *state;
	int stream;
};

enum snapshot_progress {
	SNAPSHOT_FAILED = -1,
	SNAPSHOT_MORE,
	SNAPSHOT_DONE,
};

struct snapshot_writer;

/**
 * snapshot_writer_open() - begins a container
 * @path: its name; a file that is there is replaced at the end
 * @source: what goes into it; @source->meta and @source->state are not needed later
 * @error: why not, and what to do
 * @size: room in @error; 300 is enough
 *
 * Return: NULL on an error.
 */
struct snapshot_writer *snapshot_writer_open(const char *path,
					     const struct snapshot_source *source,
					     char *error, size_t size);

/**
 * snapshot_writer_step() - goes on
 * @writer: the container
 * @budget: how many bytes to read from the source now, about; 1 MiB takes a few ms
 * @error: why it failed, and what to do
 * @size: room in @error
 *
 * When all has been copied, a thread brings it to the disk, and each step only looks
 * whether it is done.
 *
 * Return: SNAPSHOT_DONE if the container is there, on the disk and under its name;
 * SNAPSHOT_FAILED if it will not be: whatever had the name before is as it was (or @error
 * says that only the last step, the directory's sync, has failed).
 */
enum snapshot_progress snapshot_writer_step(struct snapshot_writer *writer, __u64 budget,
					    char *error, size_t size);

/* Has all been copied, so that the machine can go on? */
bool snapshot_writer_copied(const struct snapshot_writer *writer);

/* Bytes that have been copied, or were holes, of how many. */
void snapshot_writer_progress(const struct snapshot_writer *writer, __u64 *copied,
			      __u64 *total);

/*
 * Frees the writer. A container that is not done is given up, and nothing is left of it; if
 * the thread is at work already, this waits for it, and the container may be there.
 */
void snapshot_writer_close(struct snapshot_writer *writer);

#endif /* VMHOST_SNAPSHOT_WRITER_H */
