// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot_ram.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* All that follows is a hole, unless the file ends before the RAM does. */
static bool skip_rest(struct ram_reader *reader)
{
	off_t end = lseek(reader->fd, 0, SEEK_END);

	if (end < 0)
		return false;
	if ((__u64)end < reader->start + reader->size) {
		errno = ENODATA;
		return false;
	}
	reader->at = reader->size;
	return true;
}

/* Goes on to the next page with data. False with errno on an error. */
static bool skip_hole(struct ram_reader *reader)
{
	off_t data;

	if (reader->no_holes)
		return true;
	data = lseek(reader->fd, reader->start + reader->at, SEEK_DATA);
	if (data < 0 && errno == ENXIO)
		return skip_rest(reader);
	if (data < 0) {
		/* Not every file system has this, nor /proc/PID/mem */
		reader->no_holes = errno == EINVAL || errno == EOPNOTSUPP;
		return reader->no_holes;
	}
	data -= reader->start;
	data -= data % SNAPSHOT_PAGE;
	if ((__u64)data > reader->at)
		reader->at = (__u64)data < reader->size ? (__u64)data : reader->size;
	return true;
}

ssize_t ram_read(struct ram_reader *reader, void *buffer, size_t room, __u64 *offset)
{
	size_t have = 0;

	if (reader->at < reader->size && !skip_hole(reader))
		return -1;
	if (room > reader->size - reader->at)
		room = reader->size - reader->at;
	while (have < room) {
		ssize_t got = pread(reader->fd, (char *)buffer + have, room - have,
				    reader->start + reader->at + have);

		if (!got)
			errno = ENODATA;
		if (got <= 0)
			return -1;
		have += got;
	}
	*offset = reader->at;
	reader->at += room;
	return room;
}

static bool is_zero(const char *page)
{
	static const char zeros[SNAPSHOT_PAGE];

	return !memcmp(page, zeros, SNAPSHOT_PAGE);
}

size_t ram_run(const void *buffer, size_t size, size_t *at)
{
	const char *bytes = buffer;
	size_t end;

	while (*at < size && is_zero(bytes + *at))
		*at += SNAPSHOT_PAGE;
	for (end = *at; end < size && !is_zero(bytes + end); end += SNAPSHOT_PAGE)
		;
	return end - *at;
}

__u32 ram_check(__u32 check, const void *pages, size_t size, __u64 offset)
{
	for (size_t at = 0; at < size; at += SNAPSHOT_PAGE) {
		__u64 number = htole64((offset + at) / SNAPSHOT_PAGE);

		check = crc32(check, (const Bytef *)&number, sizeof(number));
		check = crc32(check, (const Bytef *)pages + at, SNAPSHOT_PAGE);
	}
	return check;
}

bool ram_region_within(__u64 file_size, __u64 offset, __u64 bytes)
{
	return offset <= file_size && bytes <= file_size - offset;
}

bool ram_map(struct region *region, int fd, __u64 offset, __u64 bytes, char *error,
	     size_t size)
{
	struct region_error refusal;
	struct stat stat;
	int own;

	if (fstat(fd, &stat)) {
		snprintf(error, size, "%s", strerror(errno));
		return false;
	}
	if (!ram_region_within(stat.st_size, offset, bytes)) {
		snprintf(error, size,
			 "invalid data: RAM of %llu bytes at offset %llu is not inside a file of %llu bytes",
			 bytes, offset, (__u64)stat.st_size);
		return false;
	}
	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own == -1) {
		snprintf(error, size, "%s", strerror(errno));
		return false;
	}
	if (region_build(region, own, offset, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, &refusal))
		return true;
	region_error_text(&refusal, error, size);
	close(own);
	return false;
}
