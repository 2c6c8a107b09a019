/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A container: the file that a saved machine is kept in. Its layout is in
 * vmhost-snapshot(5). Reading it; snapshot_writer.h writes it.
 *
 * The RAM lies at the start of the file, so that QEMU can map it from there; behind it are
 * a counter of clones, the other sections, and a footer that says where they are.
 */
#ifndef VMHOST_SNAPSHOT_FILE_H
#define VMHOST_SNAPSHOT_FILE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "snapshot_meta.h"
#include "snapshot_state.h"

#define SNAPSHOT_VERSION	1
#define SNAPSHOT_MAGIC		"vmhostSN"
#define SNAPSHOT_COUNTER_SIZE	16
#define SNAPSHOT_FOOTER_SIZE	112

/* What is read into memory is no longer than this. The stream and the RAM are not read. */
#define SNAPSHOT_META_MAX	(64U << 20)
#define SNAPSHOT_STATE_MAX	(4U << 20)

/* All lists of the metadata together have no more entries: a hole is full of small ones. */
#define SNAPSHOT_ENTRIES_MAX	(1U << 17)

/* In this order in the file; the counter of clones is behind the RAM. */
enum snapshot_part {
	SNAPSHOT_RAM,
	SNAPSHOT_META,		/* struct snapshot_meta */
	SNAPSHOT_STATE,		/* struct snapshot_state */
	SNAPSHOT_STREAM,	/* what QEMU wrote as its migration stream */
	SNAPSHOT_PARTS
};

/**
 * struct snapshot_section - where a part is
 * @offset: from the start of the file, bytes
 * @length: bytes
 * @check: CRC-32 of it; that of RAM as ram_check() makes it
 */
struct snapshot_section {
	__u64 offset;
	__u64 length;
	__u32 check;
};

/**
 * struct snapshot - an open container
 * @fd: the file
 * @size: its size, bytes
 * @parts: where its parts are; inside of the file and in their order
 * @meta: ContainerMeta
 * @state: vmhost's own section
 * @meta_bytes: what @meta points into
 * @state_bytes: what @state points into
 */
struct snapshot {
	int fd;
	__u64 size;
	struct snapshot_section parts[SNAPSHOT_PARTS];
	struct snapshot_meta meta;
	struct snapshot_state state;
	void *meta_bytes;
	void *state_bytes;
};

/**
 * snapshot_open() - opens a container, which may be anything at all
 * @snapshot: to be given to snapshot_close() later if this succeeds
 * @path: the file
 * @restore: to restore it: the file must be writable, as clones are counted in it
 * @error: why not, and which field is wrong; without @path
 * @size: room in @error; 300 is enough
 *
 * Compares every length with the file's size, and checks all sections but the RAM: that
 * is mapped and not read, see snapshot_check_ram().
 *
 * Return: true if all of it is as it should be.
 */
bool snapshot_open(struct snapshot *snapshot, const char *path, bool restore, char *error,
		   size_t size);

/*
 * Reads all of the RAM and compares it with its check value. @stored is how many bytes of
 * pages that are not all zero there are. False and a reason if it is not as it was.
 */
bool snapshot_check_ram(const struct snapshot *snapshot, __u64 *stored, char *error,
			size_t size);

void snapshot_close(struct snapshot *snapshot);

/*
 * Encodes a footer to SNAPSHOT_FOOTER_SIZE bytes, for the writer.
 */
void snapshot_footer(const struct snapshot_section parts[SNAPSHOT_PARTS], __u8 *footer);

#endif /* VMHOST_SNAPSHOT_FILE_H */
