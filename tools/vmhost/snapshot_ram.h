/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The RAM of a saved machine, which lies in a file with holes.
 */
#ifndef VMHOST_SNAPSHOT_RAM_H
#define VMHOST_SNAPSHOT_RAM_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "region.h"

#define SNAPSHOT_PAGE	4096

/**
 * struct ram_reader - RAM that is read from its start to its end, holes left out
 * @fd: a file, or memory as /proc/PID/mem
 * @start: where in it the RAM begins
 * @size: bytes of RAM, a multiple of SNAPSHOT_PAGE
 * @at: bytes that have been read or were holes
 * @no_holes: @fd cannot say where its holes are
 */
struct ram_reader {
	int fd;
	__u64 start;
	__u64 size;
	__u64 at;
	bool no_holes;
};

/*
 * Reads the next pages, up to @room bytes (a multiple of SNAPSHOT_PAGE), to @buffer and says in
 * @offset where in the RAM they are. Returns their bytes, 0 at the end, -1 with errno on an
 * error: ENODATA if the file is too short.
 */
ssize_t ram_read(struct ram_reader *reader, void *buffer, size_t room, __u64 *offset);

/*
 * Skips pages that are all zero. Returns how many bytes of @size follow from *@at on that are
 * not: whole pages, without a zero page between them; 0 if there are no more.
 */
size_t ram_run(const void *buffer, size_t size, size_t *at);

/* The check value of RAM goes on with these pages, none all zero, which lie at @offset. */
__u32 ram_check(__u32 check, const void *pages, size_t size, __u64 offset);

/* Are @bytes from @offset on inside a file of @file_size? */
bool ram_region_within(__u64 file_size, __u64 offset, __u64 bytes);

/*
 * Maps RAM that lies in a file, readable and writable; what is written stays private. @fd
 * stays the caller's. False and a reason if it cannot be mapped: "invalid data" if it is
 * outside of the file.
 */
bool ram_map(struct region *region, int fd, __u64 offset, __u64 bytes, char *error,
	     size_t size);

#endif /* VMHOST_SNAPSHOT_RAM_H */
