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
#define FILE_SIZE	(4 * PAGE)
#define DAEMON_OFFSET	(3 * PAGE)

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

static bool too_wide(const struct clockbound_reading *reading)
{
	return reading->max_width &&
	       (__u64)reading->latest - (__u64)reading->earliest > reading->max_width;
}

static int answer_now(char *pages, struct clockbound_reading *reading)
{
	__atomic_fetch_add(&fake_now_calls, 1, __ATOMIC_RELAXED);
	if (reading->request & ~CLOCKBOUND_NOW_REALTIME)
		return -EINVAL;
	if (reading->request)
		clockbound_page_read_realtime((struct clockbound_page *)pages, pages + PAGE,
					      NULL, reading);
	else
		clockbound_page_read((struct clockbound_page *)pages, pages + PAGE, NULL,
				     reading);
	/* By hand; only the program under test may have done it, or the test */
	if (((struct fake_daemon *)(pages + DAEMON_OFFSET))->disrupt_action)
		reading->status = CLOCKBOUND_STATUS_DISRUPTED;
	return too_wide(reading) ? -ERANGE : 0;
}

static int answer_at(char *pages, struct clockbound_reading *reading)
{
	int error = fake_at(pages, pages + PAGE, reading);

	return !error && too_wide(reading) ? -ERANGE : error;
}

/* As the kernel does it: a report that was measured under another marker is stale. */
static int take_report(char *pages, const struct clockbound_report *report)
{
	struct fake_daemon *daemon = (struct fake_daemon *)(pages + DAEMON_OFFSET);
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
	struct fake_daemon *daemon = (struct fake_daemon *)(pages + DAEMON_OFFSET);

	if (daemon->disrupt_error)
		return -daemon->disrupt_error;
	if (disrupt->action > CLOCKBOUND_DISRUPT_FORCE)
		return -EINVAL;
	__atomic_store_n(&daemon->disrupt_action, disrupt->action, __ATOMIC_RELAXED);
	__atomic_fetch_add(&daemon->disrupts, 1, __ATOMIC_RELEASE);
	return 0;
}

static int take_memory(char *pages, const struct clockbound_register *memory)
{
	struct fake_daemon *daemon = (struct fake_daemon *)(pages + DAEMON_OFFSET);
	int mode = fcntl(memory->fd, F_GETFL);

	if (memory->flags || memory->reserved)
		return -EINVAL;
	if (mode < 0 || (mode & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	/* Only files of tmpfs have seals. */
	if (fcntl(memory->fd, F_GET_SEALS) < 0 ||
	    pread(memory->fd, pages + 2 * PAGE, PAGE, 0) < CLOCKBOUND_VMCLOCK_GENERATION + 8)
		return -EINVAL;
	return __atomic_exchange_n(&daemon->registered, 1, __ATOMIC_ACQ_REL) ? -EBUSY : 0;
}

static int give_memory_back(char *pages, const struct clockbound_unregister *memory)
{
	struct fake_daemon *daemon = (struct fake_daemon *)(pages + DAEMON_OFFSET);

	if (memory->flags)
		return -EINVAL;
	return __atomic_exchange_n(&daemon->registered, 0, __ATOMIC_ACQ_REL) ? 0 : -ENOENT;
}

/* Each structure starts with its size. */
static int check_size(const void *argument, size_t size_min)
{
	__u32 size;
	size_t i;

	memcpy(&size, argument, sizeof(size));
	if (size < size_min)
		return -EINVAL;
	if (size > PAGE)
		return -E2BIG;
	for (i = size_min; i < size; i++) {
		if (((const char *)argument)[i])
			return -E2BIG;
	}
	return 0;
}

static int answer_anybody(char *pages, unsigned long request, void *argument)
{
	const struct fake_daemon *daemon = (struct fake_daemon *)(pages + DAEMON_OFFSET);

	if (daemon->ask_error && request != CLOCKBOUND_INFO && request != CLOCKBOUND_NOW)
		return -daemon->ask_error;
	switch (request) {
	case CLOCKBOUND_INFO:
		answer_info((struct clockbound_page *)pages, argument);
		return 0;
	case CLOCKBOUND_NOW:
		return answer_now(pages, argument);
	case CLOCKBOUND_AT:
		return answer_at(pages, argument);
	case CLOCKBOUND_WAIT:
		return fake_wait(pages, pages + PAGE, argument);
	case CLOCKBOUND_WAIT_SYNC:
		return fake_wait_sync(pages, pages + PAGE, argument);
	default:
		return -ENOTTY;
	}
}

static int answer_privileged(char *pages, unsigned long request, void *argument)
{
	switch (request) {
	case CLOCKBOUND_REPORT:
		return take_report(pages, argument);
	case CLOCKBOUND_DISRUPT:
		return take_disrupt(pages, argument);
	case CLOCKBOUND_REGISTER:
		return take_memory(pages, argument);
	default:
		return give_memory_back(pages, argument);
	}
}

static bool is_privileged(unsigned long request)
{
	return request == CLOCKBOUND_REPORT || request == CLOCKBOUND_DISRUPT ||
	       request == CLOCKBOUND_REGISTER || request == CLOCKBOUND_UNREGISTER;
}

static int answer(char *pages, unsigned long request, void *argument)
{
	int error;

	/* All structures are still what they were in their first version. */
	error = check_size(argument, _IOC_SIZE(request));
	if (error)
		return error;
	if (is_privileged(request))
		return answer_privileged(pages, request, argument);
	return answer_anybody(pages, request, argument);
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

static __u32 pending_changes(int fd)
{
	char *pages = map_pages(fd);
	struct fake_daemon *daemon = (struct fake_daemon *)(pages + DAEMON_OFFSET);
	__u32 changes = __atomic_load_n(&daemon->changes, __ATOMIC_ACQUIRE);

	munmap(pages, FILE_SIZE);
	return changes;
}

/* An event for each change, as many as fit. */
static size_t take_events(struct fake_daemon *daemon, struct clockbound_event *events,
			  size_t count)
{
	__u32 changes = __atomic_load_n(&daemon->changes, __ATOMIC_ACQUIRE);
	size_t taken;

	for (taken = 0; changes && taken < count; taken++) {
		__u32 change = changes & -changes;

		events[taken] = (struct clockbound_event) {
			.sequence = ++daemon->events,
			.changes = change,
		};
		changes = __atomic_and_fetch(&daemon->changes, ~change, __ATOMIC_ACQ_REL);
	}
	return taken;
}

ssize_t read(int fd, void *buffer, size_t size)
{
	const size_t record = sizeof(struct clockbound_event);
	size_t taken;
	char *pages;

	if (size < record || !is_fake(fd))
		return syscall(SYS_read, fd, buffer, size);
	pages = map_pages(fd);
	taken = take_events((struct fake_daemon *)(pages + DAEMON_OFFSET), buffer,
			    size / record);
	munmap(pages, FILE_SIZE);
	if (!taken) {
		errno = EAGAIN;
		return -1;
	}
	return (ssize_t)(taken * record);
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
		device->revents = pending_changes(device_fd) ? POLLPRI | POLLIN : 0;
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
	fake->registered = pages + 2 * PAGE;
	fake->daemon = (struct fake_daemon *)(pages + DAEMON_OFFSET);
	fake->page->magic = CLOCKBOUND_PAGE_MAGIC;
	fake->page->version = CLOCKBOUND_PAGE_VERSION;
	fake->page->size = sizeof(*fake->page);
	fake->page->counter_id = CLOCKBOUND_COUNTER_NATIVE;
	fake->page->features = CLOCKBOUND_FEATURE_VMCLOCK | CLOCKBOUND_FEATURE_REGISTERED |
			       fake_counter_features();
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
 * fake_free_file() - the lowest file descriptor that is free
 *
 * Return: the descriptor; another one later if something was left open in between.
 */
int fake_free_file(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/**
 * fake_mappings() - how many pages of a file are mapped
 * @path: its path
 *
 * Return: the number of mappings.
 */
int fake_mappings(const char *path)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int count = 0;

	while (maps && fgets(line, sizeof(line), maps))
		count += !!strstr(line, path);
	fclose(maps);
	return count;
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
	return edx & 1u << 27 ? CLOCKBOUND_FEATURE_RDTSCP : 0;
}

/**
 * fake_model() - a model that is in order
 * @start: where the interval starts now, ns
 * @width: its width, ns
 *
 * Return: a synchronized model with TAI, for the marker FAKE_MARKER.
 */
struct clockbound_model fake_model(__s64 start, __s64 width)
{
	return (struct clockbound_model) {
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.flags = CLOCKBOUND_MODEL_VMCLOCK | CLOCKBOUND_MODEL_TAI,
		.counter_value = clockbound_counter(),
		.earliest = start,
		.latest = start + width,
		.earliest_rate = 1ULL << 62,
		.latest_rate = 1ULL << 62,
		.valid_ticks = 1ULL << 61,
		.synchronized_ticks = 1ULL << 62,
		.disruption_marker = FAKE_MARKER,
		.tai_offset = 37,
	};
}
