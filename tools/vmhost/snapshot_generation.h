/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generations of clones: no two are the same.
 *
 * A container counts its clones. The n-th one's generation has n in its low bits, so no two
 * clones of one container can have the same. All other bits are drawn: the first clones of
 * two containers, or of two copies of one, are the same once in 2^63.
 */
#ifndef VMHOST_SNAPSHOT_GENERATION_H
#define VMHOST_SNAPSHOT_GENERATION_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "snapshot_file.h"

/* So often can a container be restored. */
#define SNAPSHOT_CLONES_MAX	((1ULL << 31) - 1)

/**
 * snapshot_take() - the generation of a new clone
 * @snapshot: opened to restore it
 * @generation: never 0, never that of the machine that was saved, and never one that the
 *	container has given before, whoever else restores it now
 * @error: why there is none
 * @size: room in @error
 *
 * It is counted, and on the disk, before this returns.
 */
bool snapshot_take(struct snapshot *snapshot, __u64 *generation, char *error, size_t size);

/* How many clones there have been. */
bool snapshot_clones(const struct snapshot *snapshot, __u64 *clones, char *error, size_t size);

/* The @number-th generation, 1 to SNAPSHOT_CLONES_MAX, with these @drawn bits. */
__u64 snapshot_generation(__u64 number, __u64 drawn);

/* Encodes the counter to SNAPSHOT_COUNTER_SIZE bytes. */
void snapshot_counter(__u64 clones, __u8 *bytes);

#endif /* VMHOST_SNAPSHOT_GENERATION_H */
