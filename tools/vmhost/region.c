// SPDX-License-Identifier: GPL-2.0-only
#include "region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(struct region_error *error, enum region_refusal refusal)
{
	error->refusal = refusal;
	return false;
}

static bool failed(struct region_error *error)
{
	error->code = errno;
	return refuse(error, REGION_MMAP);
}

/* Has the region's file all bytes that it wants? */
static bool check_file(struct region *region, struct region_error *error)
{
	struct stat stat;
	__u64 end;

	if (__builtin_add_overflow(error->offset, error->size, &end))
		return refuse(error, REGION_INVALID_OFFSET_LENGTH);
	if (fstat(region->file, &stat))
		return failed(error);
	region->device = stat.st_dev;
	region->inode = stat.st_ino;
	error->limit = stat.st_size;
	if (end > error->limit)
		return refuse(error, REGION_MAPPING_PAST_EOF);
	return true;
}

bool region_build(struct region *region, int file, __u64 offset, size_t size,
		  int prot, int flags, struct region_error *error)
{
	struct region built = {
		.file = file,
		.offset = offset,
		.prot = prot,
		.flags = flags,
	};
	void *address;

	*region = (struct region) { .file = -1 };
	*error = (struct region_error) {
		.flags = flags,
		.offset = offset,
		.size = size,
	};
	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
		return refuse(error, REGION_MAP_FIXED);
	if (file != -1 && !check_file(&built, error))
		return false;
	address = mmap(NULL, size, prot, flags, file, offset);
	if (address == MAP_FAILED)
		return failed(error);
	built.memory.start = address;
	built.memory.size = size;
	*region = built;
	return true;
}

bool region_anonymous(struct region *region, size_t size,
		      struct region_error *error)
{
	return region_build(region, -1, 0, size, PROT_READ | PROT_WRITE,
			    MAP_ANONYMOUS | MAP_NORESERVE | MAP_PRIVATE, error);
}

bool region_of_file(struct region *region, int file, __u64 offset, size_t size,
		    struct region_error *error)
{
	return region_build(region, file, offset, size, PROT_READ | PROT_WRITE,
			    MAP_NORESERVE | MAP_SHARED, error);
}

void region_release(struct region *region)
{
	if (!region->memory.start)
		return;
	munmap((void *)region->memory.start, region->memory.size);
	if (region->file != -1)
		close(region->file);
	*region = (struct region) { .file = -1 };
}

static bool map_file(struct region *region, const char *path, int file,
		     __u64 offset, size_t size)
{
	struct region_error error;
	const char *advice = "";
	char text[200];

	if (region_of_file(region, file, offset, size, &error))
		return true;
	if (error.refusal == REGION_MAPPING_PAST_EOF || !size)
		advice = ": has the virtual machine been started?";
	region_error_text(&error, text, sizeof(text));
	fprintf(stderr, "vmhost: %s: %s%s\n", path, text, advice);
	close(file);
	return false;
}

static int open_file(struct region *region, const char *path)
{
	int file = open(path, O_RDWR | O_CLOEXEC);

	*region = (struct region) { .file = -1 };
	if (file == -1)
		fprintf(stderr, "vmhost: %s: %s\n", path, strerror(errno));
	return file;
}

bool region_open(struct region *region, const char *path, __u64 offset,
		 size_t size)
{
	int file = open_file(region, path);

	return file != -1 && map_file(region, path, file, offset, size);
}

bool region_open_all(struct region *region, const char *path)
{
	int file = open_file(region, path);
	struct stat stat;

	if (file == -1)
		return false;
	if (fstat(file, &stat)) {
		fprintf(stderr, "vmhost: %s: %s\n", path, strerror(errno));
		close(file);
		return false;
	}
	return map_file(region, path, file, 0, stat.st_size);
}

bool region_apart(const struct region *a, const struct region *b,
		  struct region_error *error)
{
	__u64 a_end = a->offset + a->memory.size;
	__u64 b_end = b->offset + b->memory.size;
	__u64 begin = a->offset > b->offset ? a->offset : b->offset;
	__u64 end = a_end < b_end ? a_end : b_end;

	if (a->file == -1 || b->file == -1 || a->device != b->device ||
	    a->inode != b->inode || begin >= end)
		return true;
	*error = (struct region_error) { .offset = begin, .size = end - begin };
	return refuse(error, REGION_MAPPING_OVERLAP);
}

bool region_slice(struct region_slice from, __u64 offset, __u64 count,
		  struct region_slice *slice, struct region_error *error)
{
	__u64 end;

	*error = (struct region_error) {
		.offset = offset,
		.size = count,
		.limit = from.size,
	};
	if (__builtin_add_overflow(offset, count, &end))
		return refuse(error, REGION_OVERFLOW);
	error->address = end;
	if (end > from.size)
		return refuse(error, REGION_OUT_OF_BOUNDS);
	slice->start = from.start + offset;
	slice->size = count;
	return true;
}

void region_read(struct region_slice slice, void *bytes)
{
	__u8 *to = bytes;

	for (size_t i = 0; i < slice.size; i++)
		to[i] = slice.start[i];
}

void region_write(struct region_slice slice, const void *bytes)
{
	const __u8 *from = bytes;

	for (size_t i = 0; i < slice.size; i++)
		slice.start[i] = from[i];
}

void region_error_text(const struct region_error *error, char *text,
		       size_t size)
{
	static const char wanted[] =
		": there must be some, and the offset must be a multiple of the page size";

	switch (error->refusal) {
	case REGION_MAP_FIXED:
		snprintf(text, size,
			 "the kernel chooses a region's address: flags 0x%x are not allowed",
			 error->flags);
		return;
	case REGION_INVALID_OFFSET_LENGTH:
		snprintf(text, size,
			 "no file can be so long: offset %llu and %llu bytes",
			 error->offset, error->size);
		return;
	case REGION_MAPPING_PAST_EOF:
		snprintf(text, size,
			 "the file is too short for offset %llu and %llu bytes, it has %llu",
			 error->offset, error->size, error->limit);
		return;
	case REGION_MMAP:
		snprintf(text, size, "cannot map %llu bytes at offset %llu: %s%s",
			 error->size, error->offset, strerror(error->code),
			 error->code == EINVAL ? wanted : "");
		return;
	case REGION_MAPPING_OVERLAP:
		snprintf(text, size,
			 "two regions overlap: both have %llu bytes from offset %llu of one file on",
			 error->size, error->offset);
		return;
	case REGION_OVERFLOW:
		snprintf(text, size,
			 "no memory has so much: offset %llu and %llu bytes",
			 error->offset, error->size);
		return;
	case REGION_OUT_OF_BOUNDS:
		snprintf(text, size,
			 "address %llu is out of bounds: the memory has %llu bytes",
			 error->address, error->limit);
		return;
	}
}
