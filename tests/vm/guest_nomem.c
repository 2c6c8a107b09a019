// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that runs out: each allocation of each operation fails once. The operation
 * succeeds all the same or gives ENOMEM, and leaves nothing behind.
 *
 * Needs a kernel with CONFIG_FAILSLAB: see scripts/debug-kasan.config.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define FAILSLAB	"/sys/kernel/debug/failslab/"

static struct guest_device device;
static int fail_nth;

static void setting(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, 1) != 1)
		guest_die(path);
	close(fd);
}

/* The @nth allocation of this thread from now on fails; none for 0. */
static void arm(int nth)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%d", nth);

	if (pwrite(fail_nth, text, size, 0) != size)
		guest_die(FAIL_NTH);
}

/* Returns whether an allocation has failed. */
static bool disarm(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) < 1)
		guest_die(FAIL_NTH);
	arm(0);
	return !atoi(text);
}

static int open_and_read(const char *path)
{
	char text[4096];
	int error = 0;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}

static int open_device(void)
{
	int fd = open(CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : close(fd);
}

static int open_shm0(void)
{
	return open_and_read("/dev/clockbound-shm0");
}

static int open_vmclock(void)
{
	return open_and_read("/dev/vmclock0");
}

static int read_status(void)
{
	return open_and_read("/sys/kernel/clockbound/status");
}

static int map(void)
{
	size_t size = sysconf(_SC_PAGESIZE);
	struct clockbound_page *page = mmap(NULL, size, PROT_READ, MAP_SHARED, device.fd, 0);
	__u32 magic;

	if (page == MAP_FAILED)
		return -errno;
	magic = *(volatile __u32 *)&page->magic;
	munmap(page, size);
	return magic == CLOCKBOUND_PAGE_MAGIC ? 0 : -EIO;
}

/* Every allocation in turn, until the operation makes no such number of them. */
static void exhaust(const char *name, int (*operation)(void))
{
	int refused = 0;
	int error, nth;
	bool failed;

	for (nth = 1; ; nth++) {
		arm(nth);
		error = operation();
		failed = disarm();
		if (!failed)
			break;
		if (error && error != -ENOMEM)
			guest_check(false, "%s: allocation %d fails: error %d", name, nth,
				    -error);
		refused += error == -ENOMEM;
	}
	guest_check(!error && refused,
		    "%s: %d allocations, ENOMEM %d times, and then it succeeds", name, nth - 1,
		    refused);
}

int main(void)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };

	guest_open(&device);
	if (access(FAIL_NTH, W_OK)) {
		guest_skip("each allocation fails once", "not with this kernel");
		return guest_result();
	}
	fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		guest_die(FAIL_NTH);
	setting(FAILSLAB "ignore-gfp-wait", "N");
	setting(FAILSLAB "verbose", "0");

	exhaust("open", open_device);
	exhaust("mmap", map);
	exhaust("shm0", open_shm0);
	exhaust("vmclock0", open_vmclock);
	exhaust("status", read_status);
	guest_check(!ioctl(device.fd, CLOCKBOUND_NOW, &reading) && guest_trusted(&reading),
		    "and the interval is trusted as before");
	return guest_result();
}
