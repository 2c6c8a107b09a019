// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that has every structure of the ABI filled in, with a guard behind each.
 * The library may have been compiled with larger structures, or, with GROWN, this
 * program; the kernel, which is played here, has larger ones always.
 */
#include <clockbound.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATTERN		0xa5
#define GUARD		512
#define EARLIEST	1700000000000000000LL
#define KERNEL_SIZE	256

#define GUARDED(type)	struct { struct type it; unsigned char guard[GUARD]; }

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			printf("line %d: %s\n", __LINE__, #condition); \
			exit(1); \
		} \
	} while (0)

static int ioctl_error;

static void answer(unsigned int number, void *structure)
{
	struct clockbound_reading reading = {
		.earliest = EARLIEST,
		.latest = EARLIEST + 1,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
	};
	char kernels[KERNEL_SIZE];
	__u32 size;

	memcpy(&size, structure, sizeof(size));
	memset(kernels, 0, sizeof(kernels));
	if (number == _IOC_NR(CLOCKBOUND_NOW) || number == _IOC_NR(CLOCKBOUND_AT))
		memcpy(kernels, &reading, CLOCKBOUND_READING_SIZE_VER0);
	memcpy(kernels, &size, sizeof(size));
	memcpy(structure, kernels, size < KERNEL_SIZE ? size : KERNEL_SIZE);
}

/* In place of the C library's: a later kernel, which knows commands by their numbers. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *structure;

	(void)fd;
	va_start(arguments, request);
	structure = va_arg(arguments, void *);
	va_end(arguments);
	if (ioctl_error) {
		errno = ioctl_error;
		return -1;
	}
	answer(_IOC_NR(request), structure);
	return 0;
}

ssize_t read(int fd, void *buffer, size_t size)
{
	(void)fd;
	memset(buffer, 0, size);
	return (ssize_t)size;
}

static int guard_is_whole(const unsigned char *guard)
{
	int i;

	for (i = 0; i < GUARD; i++) {
		if (guard[i] != PATTERN)
			return 0;
	}
	return 1;
}

static int rest_is_zero(const struct clockbound_reading *reading)
{
#ifdef GROWN
	static const __u64 zero[8];

	return !memcmp(reading->later, zero, sizeof(zero));
#else
	(void)reading;
	return 1;
#endif
}

static struct clockbound_page page = {
	.model = {
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.earliest = EARLIEST,
		.latest = EARLIEST + 1,
		.valid_ticks = 1ULL << 62,
		.synchronized_ticks = 1ULL << 62,
	},
};

static void take_readings(const struct clockbound_device *device, int expected)
{
	GUARDED(clockbound_reading) reading;

	memset(&reading, PATTERN, sizeof(reading));
	CHECK(clockbound_read(device, &reading.it) == expected);
	CHECK(guard_is_whole(reading.guard));
	CHECK(reading.it.size == sizeof(reading.it));
	CHECK(reading.it.earliest == (expected ? CLOCKBOUND_TIME_MIN : EARLIEST));
	CHECK(rest_is_zero(&reading.it));

	memset(&reading, PATTERN, sizeof(reading));
	reading.it.size = sizeof(reading.it);
	CHECK(clockbound_read_ioctl(device, &reading.it) == (ioctl_error ? -ioctl_error : 0));
	CHECK(guard_is_whole(reading.guard));
	CHECK(reading.it.earliest == (ioctl_error ? CLOCKBOUND_TIME_MIN : EARLIEST));

	memset(&reading, PATTERN, sizeof(reading));
	CHECK(clockbound_read_at_counter(device, &reading.it, 1, 1) ==
	      (ioctl_error ? -ioctl_error : 0));
	CHECK(guard_is_whole(reading.guard));
	CHECK(reading.it.earliest == (ioctl_error ? CLOCKBOUND_TIME_MIN : EARLIEST));
}

static void ask(const struct clockbound_device *device)
{
	GUARDED(clockbound_info) info;
	GUARDED(clockbound_wait) wait;
	GUARDED(clockbound_event) event;

	memset(&info, PATTERN, sizeof(info));
	CHECK(!clockbound_info_get(device, &info.it));
	CHECK(guard_is_whole(info.guard));

	memset(&wait, PATTERN, sizeof(wait));
	wait.it.size = sizeof(wait.it);
	CHECK(!clockbound_wait_ioctl(device, &wait.it));
	CHECK(guard_is_whole(wait.guard));
	CHECK(!clockbound_wait_sync_ioctl(device, &wait.it));
	CHECK(guard_is_whole(wait.guard));

	memset(&event, PATTERN, sizeof(event));
	CHECK(clockbound_events_read(-1, &event.it, 1) == 1);
	CHECK(guard_is_whole(event.guard));
	printf("%u %u %u\n", (unsigned int)sizeof(struct clockbound_reading),
	       (unsigned int)sizeof(info.it), (unsigned int)sizeof(wait.it));
}

int main(void)
{
	const struct clockbound_device mapped = { .page = &page, .fd = -1 };
	const struct clockbound_device unmapped = { .fd = -1 };

	take_readings(&mapped, 0);
	take_readings(&unmapped, 0);
	ioctl_error = EBADF;
	take_readings(&mapped, 0);
	take_readings(&unmapped, -EBADF);
	ioctl_error = 0;
	ask(&unmapped);
	return 0;
}
