// SPDX-License-Identifier: MIT
/*
 * Opening and reading the segment of ClockBound's own daemon.
 */
#include "segment.h"

#include <clockbound/vmclock_abi.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* So often a reader tries to get past the writer before it gives up. */
#define TRIES			1024
/* And now and then it gives way to it, in case that they share a CPU. */
#define TRIES_TO_YIELD		256

static int fail(clockbound_err *err, clockbound_err_kind kind, const char *detail)
{
	err->kind = kind;
	err->sys_errno = kind == CLOCKBOUND_ERR_SYSCALL ? errno : 0;
	err->detail = detail;
	return -1;
}

static const void *map(int fd, size_t size)
{
	void *address = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	return address == MAP_FAILED ? NULL : address;
}

/*
 * A copy that the daemon did not write to meanwhile. Each call takes its own, so that
 * threads have nothing to share.
 *
 * Return: 0 if there is none to be had: the daemon has begun anew and has not written
 * yet, it was stopped in the middle, or it never gets out of the way.
 */
static int take(const struct segment_page *page, struct segment_page *copy)
{
	int tries;

	for (tries = TRIES; tries; tries--) {
		__u16 generation = __atomic_load_n(&page->generation, __ATOMIC_ACQUIRE);

		if (generation && !(generation & 1)) {
			memcpy(copy, page, sizeof(*copy));
			__atomic_thread_fence(__ATOMIC_ACQUIRE);
			if (__atomic_load_n(&page->generation, __ATOMIC_RELAXED) == generation)
				return copy->version != 0;
		}
		if (tries % TRIES_TO_YIELD == 0)
			sched_yield();
	}
	return 0;
}

static const void *map_vmclock(int fd, clockbound_err *err)
{
	struct vmclock_page start;
	const void *vmclock;
	ssize_t length = read(fd, &start, VMCLOCK_PAGE_SIZE_MIN);

	if (length < 0) {
		fail(err, CLOCKBOUND_ERR_SYSCALL, "read of the VMClock");
		return NULL;
	}
	if (length < VMCLOCK_PAGE_SIZE_MIN || start.magic != VMCLOCK_PAGE_MAGIC ||
	    start.size < VMCLOCK_PAGE_SIZE_MIN) {
		fail(err, CLOCKBOUND_ERR_SEGMENT_MALFORMED, "not a VMClock");
		return NULL;
	}
	if (start.version != VMCLOCK_PAGE_VERSION) {
		fail(err, CLOCKBOUND_ERR_SEGMENT_VERSION_NOT_SUPPORTED, "VMClock's version");
		return NULL;
	}
	vmclock = map(fd, VMCLOCK_PAGE_SIZE_MIN);
	if (!vmclock)
		fail(err, CLOCKBOUND_ERR_SYSCALL, "mmap of the VMClock");
	return vmclock;
}

/* Threads may come here at once: one of their mappings stays. */
static const void *open_vmclock(struct segment *segment, clockbound_err *err)
{
	const void *vmclock, *first = NULL;
	int fd = open(segment->vmclock_path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		fail(err, CLOCKBOUND_ERR_SYSCALL, "open of the VMClock");
		return NULL;
	}
	vmclock = map_vmclock(fd, err);
	close(fd);
	if (vmclock && !__atomic_compare_exchange_n(&segment->vmclock, &first, vmclock, 0,
						    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		munmap((void *)vmclock, VMCLOCK_PAGE_SIZE_MIN);
		vmclock = first;
	}
	return vmclock;
}

/* The VMClock page, if the segment says that it counts. */
static int get_vmclock(struct segment *segment, const struct segment_page *page,
		       const void **vmclock, clockbound_err *err)
{
	*vmclock = NULL;
	if (page->disruption_support != 1)
		return 0;
	*vmclock = __atomic_load_n(&segment->vmclock, __ATOMIC_ACQUIRE);
	if (!*vmclock)
		*vmclock = open_vmclock(segment, err);
	return *vmclock ? 0 : -1;
}

static __s64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (__s64)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * The marker, not loaded before @time was known: the address depends on it. (The
 * sequence count does not matter for one field; the hypervisor may leave it odd.)
 */
static __u64 marker_after(const void *vmclock, __s64 time)
{
	size_t none = 0;
	const volatile __u64 *marker;

	__asm__ __volatile__("" : "+r" (none) : : "memory");
	marker = (const volatile __u64 *)(const void *)((const char *)vmclock +
		 offsetof(struct vmclock_page, disruption_marker) + ((size_t)time & none));
	return *marker;
}

static void look(const void *vmclock, struct segment_moment *moment)
{
	moment->realtime = clock_ns(CLOCK_REALTIME);
	moment->coarse = clock_ns(CLOCK_MONOTONIC_COARSE);
	moment->disruption_marker = vmclock ? marker_after(vmclock, moment->realtime) : 0;
}

/**
 * segment_now() - take a reading, as ClockBound's client does
 * @segment: the segment
 * @interval: where it goes
 * @err: where an error goes
 *
 * Unlike that client it keeps no earlier copy: while there is none to be had, the
 * status is UNKNOWN.
 *
 * Return: 0, or -1 after an error.
 */
int segment_now(struct segment *segment, struct segment_interval *interval,
		clockbound_err *err)
{
	struct segment_moment moment;
	struct segment_page copy;
	clockbound_err_kind kind;
	const void *vmclock;

	interval->status = CLOCKBOUND_STA_UNKNOWN;
	if (!take(segment->page, &copy))
		return 0;
	if (get_vmclock(segment, &copy, &vmclock, err))
		return -1;
	look(vmclock, &moment);
	kind = segment_eval(&copy, &moment, interval);
	return kind ? fail(err, kind, "what is in the segment") : 0;
}

/**
 * segment_check_file() - is a file a segment that can be read?
 * @fd: the file
 * @err: where an error goes
 *
 * Return: 0, or -1 if not.
 */
int segment_check_file(int fd, clockbound_err *err)
{
	struct segment_page header;
	clockbound_err_kind kind;
	ssize_t length = pread(fd, &header, SEGMENT_HEADER_SIZE, 0);

	if (length < 0)
		return fail(err, CLOCKBOUND_ERR_SYSCALL, "pread");
	if (length < SEGMENT_HEADER_SIZE)
		return fail(err, CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED, "an empty segment");
	kind = segment_check(&header);
	return kind ? fail(err, kind, "not a segment of ClockBound's") : 0;
}

/* As ClockBound's client, an error is told at once if the VMClock is needed now. */
static int try_vmclock(struct segment *segment, clockbound_err *err)
{
	struct segment_page copy;
	const void *vmclock;

	if (!take(segment->page, &copy))
		return 0;
	return get_vmclock(segment, &copy, &vmclock, err);
}

/**
 * segment_open() - open a segment
 * @segment: filled in
 * @fd: a file that segment_check_file() takes; stays the caller's
 * @vmclock_path: of the VMClock, which is opened if and when it is needed
 * @err: where an error goes
 *
 * Return: 0, or -1 after an error.
 */
int segment_open(struct segment *segment, int fd, const char *vmclock_path,
		 clockbound_err *err)
{
	segment->vmclock = NULL;
	segment->vmclock_path = strdup(vmclock_path);
	if (!segment->vmclock_path)
		return fail(err, CLOCKBOUND_ERR_SYSCALL, "strdup");
	segment->page = map(fd, sizeof(*segment->page));
	if (!segment->page) {
		fail(err, CLOCKBOUND_ERR_SYSCALL, "mmap");
		free(segment->vmclock_path);
		return -1;
	}
	if (try_vmclock(segment, err)) {
		segment_close(segment);
		return -1;
	}
	return 0;
}

/**
 * segment_close() - undo segment_open()
 * @segment: the segment
 */
void segment_close(struct segment *segment)
{
	if (segment->vmclock)
		munmap((void *)segment->vmclock, VMCLOCK_PAGE_SIZE_MIN);
	munmap((void *)segment->page, sizeof(*segment->page));
	free(segment->vmclock_path);
}
