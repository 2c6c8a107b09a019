// SPDX-License-Identifier: GPL-2.0-only
/*
 * A clockbound device without the module. This file's ioctl(), mmap(), poll() and
 * read() take the place of the C library's.
 */
#include "fake_device.h"

#include <clockbound/reader.h>
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE		4096
#define FILE_SIZE	(3 * PAGE)

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

/* Writable, although the program has opened it for reading. */
static char *map_pages(int fd)
{
	char path[32], *pages;
	int writable;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	writable = open(path, O_RDWR | O_CLOEXEC);
	pages = real_mmap(FILE_SIZE, PROT_READ | PROT_WRITE, writable, 0);
	if (pages == MAP_FAILED)
		abort();
	close(writable);
	return pages;
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

/* As the kernel does it: a report that was measured under another marker is stale. */
static int take_report(char *pages, const struct clockbound_report *report)
{
	struct fake_daemon *daemon = (struct fake_daemon *)(pages + 2 * PAGE);
	unsigned int count = __atomic_load_n(&daemon->reports, __ATOMIC_ACQUIRE);

	if (daemon->report_error)
		return -daemon->report_error;
	if (!(report->flags & CLOCKBOUND_REPORT_NO_DISRUPTION) &&
	    report->disruption_marker != *(__u64 *)(pages + PAGE + CLOCKBOUND_VMCLOCK_MARKER)) {
		__atomic_fetch_add(&daemon->refused, 1, __ATOMIC_RELEASE);
		return -ESTALE;
	}
	daemon->report[count % FAKE_REPORTS] = *report;
	__atomic_store_n(&daemon->reports, count + 1, __ATOMIC_RELEASE);
	return 0;
}

static int take_disrupt(char *pages, const struct clockbound_disrupt *disrupt)
{
	struct fake_daemon *daemon = (struct fake_daemon *)(pages + 2 * PAGE);

	__atomic_store_n(&daemon->disrupt_action, disrupt->action, __ATOMIC_RELAXED);
	__atomic_fetch_add(&daemon->disrupts, 1, __ATOMIC_RELEASE);
	return 0;
}

static int answer(char *pages, unsigned long request, void *argument)
{
	switch (request) {
	case CLOCKBOUND_INFO:
		answer_info((struct clockbound_page *)pages, argument);
		return 0;
	case CLOCKBOUND_NOW:
		answer_now((struct clockbound_page *)pages, argument);
		return 0;
	case CLOCKBOUND_REPORT:
		return take_report(pages, argument);
	default:
		return take_disrupt(pages, argument);
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	char *pages;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);

	if (_IOC_TYPE(request) != CLOCKBOUND_IOC_MAGIC || !is_fake(fd))
		return (int)syscall(SYS_ioctl, fd, request, argument);

	pages = map_pages(fd);
	errno = -answer(pages, request, argument);
	munmap(pages, FILE_SIZE);
	return errno ? -1 : 0;
}

static __u32 pending_changes(int fd, bool take)
{
	char *pages = map_pages(fd);
	struct fake_daemon *daemon = (struct fake_daemon *)(pages + 2 * PAGE);
	__u32 changes = take ? __atomic_exchange_n(&daemon->changes, 0, __ATOMIC_ACQ_REL) :
			       __atomic_load_n(&daemon->changes, __ATOMIC_ACQUIRE);

	munmap(pages, FILE_SIZE);
	return changes;
}

ssize_t read(int fd, void *buffer, size_t size)
{
	struct clockbound_event event = { 0 };

	if (size < sizeof(event) || !is_fake(fd))
		return syscall(SYS_read, fd, buffer, size);
	event.changes = pending_changes(fd, true);
	if (!event.changes) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(buffer, &event, sizeof(event));
	return sizeof(event);
}

static int real_poll(struct pollfd *fds, nfds_t count, int ms)
{
	struct timespec timeout = { ms / 1000, ms % 1000 * 1000000 };

	return (int)syscall(SYS_ppoll, fds, count, ms < 0 ? NULL : &timeout, NULL, 8);
}

/* A file has no POLLPRI, so look whether there are changes each millisecond. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	struct pollfd *device = NULL;
	int ready, device_fd;
	nfds_t i;

	for (i = 0; i < count; i++) {
		if (fds[i].fd >= 0 && fds[i].events & POLLPRI && is_fake(fds[i].fd))
			device = &fds[i];
	}
	if (!device)
		return real_poll(fds, count, timeout);

	device_fd = device->fd;
	do {
		device->fd = -1;
		ready = real_poll(fds, count, timeout ? 1 : 0);
		device->fd = device_fd;
		device->revents = pending_changes(device_fd, false) ? POLLPRI | POLLIN : 0;
		ready += device->revents && ready >= 0;
	} while (!ready && --timeout > 0);
	return ready;
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
	fake->daemon = (struct fake_daemon *)(pages + 2 * PAGE);
	fake->page->magic = CLOCKBOUND_PAGE_MAGIC;
	fake->page->version = CLOCKBOUND_PAGE_VERSION;
	fake->page->size = sizeof(*fake->page);
	fake->page->counter_id = CLOCKBOUND_COUNTER_NATIVE;
	fake->page->features = CLOCKBOUND_FEATURE_VMCLOCK | fake_counter_features();
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

/**
 * fake_counter_features() - what the module would say about this CPU's counter
 *
 * Return: CLOCKBOUND_FEATURE_*.
 */
__u64 fake_counter_features(void)
{
	unsigned int eax, ebx, ecx, edx;

	if (!__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx))
		return 0;
	return edx & 1u << 27 ? CLOCKBOUND_FEATURE_ORDERED_COUNTER : 0;
}
