// SPDX-License-Identifier: GPL-2.0-only
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *mapping_open(const char *path, __u64 offset, size_t size, size_t *mapped)
{
	const char *error = NULL;
	void *memory = NULL;
	struct stat stat;
	int fd;

	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd == -1) {
		fprintf(stderr, "vmhost: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	if (fstat(fd, &stat))
		error = strerror(errno);
	else if (offset % sysconf(_SC_PAGESIZE))
		error = "the offset must be a multiple of the page size";
	else if (offset >= (__u64)stat.st_size ||
		 size > (__u64)stat.st_size - offset)
		error = "the file is too short for that: has the virtual machine been started?";
	if (!error) {
		*mapped = size ? size : stat.st_size - offset;
		memory = mmap(NULL, *mapped, PROT_READ | PROT_WRITE, MAP_SHARED,
			      fd, offset);
		if (memory == MAP_FAILED) {
			error = strerror(errno);
			memory = NULL;
		}
	}
	if (error)
		fprintf(stderr, "vmhost: %s: %s\n", path, error);
	close(fd);
	return memory;
}
