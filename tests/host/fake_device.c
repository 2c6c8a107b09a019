// SPDX-License-Identifier: GPL-2.0-only
/*
 * A clockbound device without the module. This file's ioctl() and mmap() take the
 * place of the C library's.
 */
#include "fake_device.h"

#include <clockbound/reader.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE		4096
#define FILE_SIZE	(2 * PAGE)

unsigned long fake_now_calls;
unsigned int fake_mmap_refused;

static void *real_mmap(size_t length, int prot, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, NULL, length, prot, MAP_SHARED, fd, offset);
}

void *mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset)
{
	if (fd >= 0 && fake_mmap_refused & 1u << offset / PAGE) {
		errno = ENODEV;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mmap, address, length, prot, flags, fd, offset);
}

static int is_fake(int fd)
{
	struct stat stat;

	return !fstat(fd, &stat) && S_ISREG(stat.st_mode) && stat.st_size == FILE_SIZE;
}

static void answer_info(const struct clockbound_page *page, struct clockbound_info *info)
{
	info->features = page->features;
	info->page_version = page->version;
	info->page_size = page->size;
	info->counter_id = page->counter_id;
}

static void answer_now(const struct clockbound_page *page, struct clockbound_reading *reading)
{
	__atomic_fetch_add(&fake_now_calls, 1, __ATOMIC_RELAXED);
	clockbound_page_read(page, (const char *)page + PAGE, reading);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	void *page;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);

	if ((request != CLOCKBOUND_INFO && request != CLOCKBOUND_NOW) || !is_fake(fd))
		return (int)syscall(SYS_ioctl, fd, request, argument);

	page = real_mmap(FILE_SIZE, PROT_READ, fd, 0);
	if (request == CLOCKBOUND_INFO)
		answer_info(page, argument);
	else
		answer_now(page, argument);
	munmap(page, FILE_SIZE);
	return 0;
}

/**
 * fake_device_create() - make a device that bounds nothing yet
 * @fake: the device
 *
 * Its page is what the module would make where there is a VMClock.
 */
void fake_device_create(struct fake_device *fake)
{
	char *pages;
	int fd;

	strcpy(fake->path, "/tmp/clockbound-test-XXXXXX");
	fd = mkstemp(fake->path);
	if (fd < 0 || ftruncate(fd, FILE_SIZE)) {
		perror(fake->path);
		abort();
	}
	pages = real_mmap(FILE_SIZE, PROT_READ | PROT_WRITE, fd, 0);
	close(fd);

	fake->page = (struct clockbound_page *)pages;
	fake->vmclock = pages + PAGE;
	fake->page->magic = CLOCKBOUND_PAGE_MAGIC;
	fake->page->version = CLOCKBOUND_PAGE_VERSION;
	fake->page->size = sizeof(*fake->page);
	fake->page->counter_id = CLOCKBOUND_COUNTER_NATIVE;
	fake->page->features = CLOCKBOUND_FEATURE_VMCLOCK;
	fake_now_calls = 0;
	fake_mmap_refused = 0;
}

/**
 * fake_device_remove() - undo fake_device_create()
 * @fake: the device
 */
void fake_device_remove(struct fake_device *fake)
{
	munmap(fake->page, FILE_SIZE);
	unlink(fake->path);
}

/**
 * fake_marker() - where the VMClock page has its disruption marker
 * @fake: the device
 */
__u64 *fake_marker(const struct fake_device *fake)
{
	return (__u64 *)(fake->vmclock + CLOCKBOUND_VMCLOCK_MARKER);
}
