/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions: pieces of a guest's memory that are mapped here, and access to them.
 *
 * The other side of such memory is another machine, which writes what it likes
 * when it likes. So nobody gets a plain pointer into it. A slice stands for a
 * range of it: its bounds are checked when it is taken, and what is done with it
 * is a volatile access within them, which reads or writes each byte just once.
 *
 * What is not protected: who can shrink the file can do so after it was mapped,
 * and an access behind its new end is a SIGBUS, which ends vmhost. Memory from
 * somebody who is not trusted so far has to be sealed against it (memfd_create(2),
 * F_SEAL_SHRINK) before a region is built. An access that a region's protection
 * does not allow is a SIGSEGV.
 */
#ifndef VMHOST_REGION_H
#define VMHOST_REGION_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

/**
 * enum region_refusal - why there is no region, or no slice
 * @REGION_MAP_FIXED: the flags ask for an address
 * @REGION_INVALID_OFFSET_LENGTH: offset + size overflows
 * @REGION_MAPPING_PAST_EOF: the file ends before offset + size
 * @REGION_MMAP: the system call failed
 * @REGION_MAPPING_OVERLAP: two regions have the same bytes of a file
 * @REGION_OVERFLOW: a slice's offset + count overflows
 * @REGION_OUT_OF_BOUNDS: a slice would end behind what it is taken from
 */
enum region_refusal {
	REGION_MAP_FIXED = 1,
	REGION_INVALID_OFFSET_LENGTH,
	REGION_MAPPING_PAST_EOF,
	REGION_MMAP,
	REGION_MAPPING_OVERLAP,
	REGION_OVERFLOW,
	REGION_OUT_OF_BOUNDS,
};

/**
 * struct region_error - a refusal with its numbers
 * @refusal: which one
 * @code: the errno of REGION_MMAP
 * @flags: the flags of REGION_MAP_FIXED
 * @offset: the offset that was asked for; with REGION_MAPPING_OVERLAP where the
 *	common bytes begin in the file
 * @size: how many bytes were asked for, or how many are common
 * @limit: the size of the file, or of what the slice is taken from
 * @address: the address that REGION_OUT_OF_BOUNDS is about: the slice's end
 */
struct region_error {
	enum region_refusal refusal;
	int code;
	int flags;
	__u64 offset;
	__u64 size;
	__u64 limit;
	__u64 address;
};

/**
 * struct region_slice - a range of a region
 * @start: its first byte; for the functions below only
 * @size: bytes
 *
 * It is a value, to be copied and passed on, and good until its region is released.
 */
struct region_slice {
	volatile __u8 *start;
	size_t size;
};

/**
 * struct region - memory that is mapped here
 * @memory: all of it: its address and its size
 * @file: the descriptor, or -1; it belongs to the region
 * @offset: where in the file the region begins
 * @prot: PROT_*
 * @flags: MAP_*
 * @device: st_dev of the file
 * @inode: st_ino of the file, which is not used again as long as the file is open here
 */
struct region {
	struct region_slice memory;
	int file;
	__u64 offset;
	int prot;
	int flags;
	dev_t device;
	ino_t inode;
};

/**
 * region_build() - map memory
 * @region: filled in
 * @file: a descriptor, which the region takes over; or -1
 * @offset: where in the file, 0 without one
 * @size: bytes
 * @prot: PROT_*
 * @flags: MAP_*, without MAP_FIXED and MAP_FIXED_NOREPLACE
 * @error: says why not
 *
 * Looks, in this order, for REGION_MAP_FIXED, REGION_INVALID_OFFSET_LENGTH,
 * REGION_MAPPING_PAST_EOF and REGION_MMAP.
 *
 * Return: false if it was refused. Then @file still is the caller's, and @region is
 * one that region_release() leaves as it is.
 */
bool region_build(struct region *region, int file, __u64 offset, size_t size,
		  int prot, int flags, struct region_error *error);

/* The same for memory of no file: private, not reserved, to read and write. */
bool region_anonymous(struct region *region, size_t size,
		      struct region_error *error);

/* And for a part of a file: shared, not reserved, to read and write. */
bool region_of_file(struct region *region, int file, __u64 offset, size_t size,
		    struct region_error *error);

/* That of the file at @path, or of all of it; says why not on stderr. */
bool region_open(struct region *region, const char *path, __u64 offset,
		 size_t size);
bool region_open_all(struct region *region, const char *path);

/* Unmaps it and closes its file. One that is not mapped, or all zeros, stays as it is. */
void region_release(struct region *region);

/**
 * region_apart() - that two regions have no byte of a file in common
 * @a: a region
 * @b: another one
 * @error: REGION_MAPPING_OVERLAP and what is common
 *
 * A file is the same if st_dev and st_ino are, through whatever descriptors. Regions
 * without a file are apart from all others.
 *
 * Return: false if they overlap.
 */
bool region_apart(const struct region *a, const struct region *b,
		  struct region_error *error);

/**
 * region_slice() - take a range
 * @from: what it is taken from: a region's @memory, or another slice
 * @offset: from there on
 * @count: bytes; can be 0
 * @slice: filled in
 * @error: REGION_OVERFLOW or REGION_OUT_OF_BOUNDS
 *
 * Return: false if it was refused.
 */
bool region_slice(struct region_slice from, __u64 offset, __u64 count,
		  struct region_slice *slice, struct region_error *error);

/* Copies all of a slice, byte by byte, in no order that anybody could rely on. */
void region_read(struct region_slice slice, void *bytes);
void region_write(struct region_slice slice, const void *bytes);

/* Says a refusal in one line, without a newline. */
void region_error_text(const struct region_error *error, char *text,
		       size_t size);

/*
 * One load or store of a number that the other side sees whole. @offset comes from
 * the program, not from data: one that is outside, or not aligned, is a mistake of
 * the caller, and ends the program. @order is __ATOMIC_*.
 */
static inline volatile void *region_number(struct region_slice slice,
					   size_t offset, size_t bytes)
{
	if (offset > slice.size || bytes > slice.size - offset ||
	    (uintptr_t)(slice.start + offset) % bytes)
		abort();
	return slice.start + offset;
}

static inline __u32 region_load32(struct region_slice slice,
				  size_t offset, int order)
{
	volatile __u32 *number = region_number(slice, offset, sizeof(*number));

	return __atomic_load_n(number, order);
}

static inline __u64 region_load64(struct region_slice slice,
				  size_t offset, int order)
{
	volatile __u64 *number = region_number(slice, offset, sizeof(*number));

	return __atomic_load_n(number, order);
}

static inline void region_store32(struct region_slice slice,
				  size_t offset, __u32 value, int order)
{
	volatile __u32 *number = region_number(slice, offset, sizeof(*number));

	__atomic_store_n(number, value, order);
}

static inline void region_store64(struct region_slice slice,
				  size_t offset, __u64 value, int order)
{
	volatile __u64 *number = region_number(slice, offset, sizeof(*number));

	__atomic_store_n(number, value, order);
}

#endif /* VMHOST_REGION_H */
