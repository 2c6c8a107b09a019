// SPDX-License-Identifier: MIT
/*
 * The functions of ClockBound's own C library.
 */
#include <clockbound.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device.h"
#include "segment.h"

#define NS_PER_S	1000000000

/* Of the two, the one that the path led to. */
struct clockbound_ctx {
	struct clockbound_device *device;
	struct segment segment;		/* without a device */
};

static int fail(clockbound_err *err, clockbound_err_kind kind, int sys_errno,
		const char *detail)
{
	err->kind = kind;
	err->sys_errno = sys_errno;
	err->detail = detail;
	return -1;
}

static int fail_malformed(clockbound_err *err)
{
	return fail(err, CLOCKBOUND_ERR_SEGMENT_MALFORMED, 0, "not a clockbound device");
}

/* A file that is no clockbound device: is it a segment, and whose? */
static int open_segment(clockbound_ctx *ctx, int fd, const char *vmclock_path,
			clockbound_err *err)
{
	struct stat stat;

	if (fstat(fd, &stat))
		return fail(err, CLOCKBOUND_ERR_SYSCALL, errno, "fstat");
	if (!S_ISREG(stat.st_mode) && !S_ISCHR(stat.st_mode))
		return fail_malformed(err);
	if (segment_check_file(fd, err))
		return S_ISREG(stat.st_mode) ? -1 : fail_malformed(err);
	/* A device with a segment is the module's. Its own device says more. */
	if (S_ISCHR(stat.st_mode) && !clockbound_device_open(&ctx->device, NULL))
		return 0;
	return segment_open(&ctx->segment, fd, vmclock_path, err);
}

/* It does not matter what the path is called, only what it leads to. */
static int open_file(clockbound_ctx *ctx, int fd, const char *vmclock_path,
		     clockbound_err *err)
{
	int error = device_from_file(&ctx->device, fd);

	if (!error)
		return 0;
	if (error == -ENOMEM)
		error = fail(err, CLOCKBOUND_ERR_SYSCALL, ENOMEM, "calloc");
	else
		error = open_segment(ctx, fd, vmclock_path, err);
	close(fd);
	return error;
}

/* Without a link, the default path is the device all the same. */
static int open_path(const char *path)
{
	int fd;

	if (!path)
		return open(CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !strcmp(path, CLOCKBOUND_SHM_DEFAULT_PATH))
		fd = open(CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	return fd;
}

static int open_context(clockbound_ctx *ctx, const char *shm_path, const char *vmclock_path,
			clockbound_err *err)
{
	int fd = open_path(shm_path);

	if (fd < 0)
		return fail(err, CLOCKBOUND_ERR_SYSCALL, errno, "open");
	return open_file(ctx, fd, vmclock_path ? vmclock_path : VMCLOCK_SHM_DEFAULT_PATH, err);
}

clockbound_ctx *clockbound_vmclock_open(char const *shm_path, char const *vmclock_path,
					clockbound_err *err)
{
	clockbound_ctx *ctx = calloc(1, sizeof(*ctx));
	clockbound_err ignored;

	if (!err)
		err = &ignored;
	if (!ctx) {
		fail(err, CLOCKBOUND_ERR_SYSCALL, ENOMEM, "calloc");
		return NULL;
	}
	if (open_context(ctx, shm_path, vmclock_path, err)) {
		free(ctx);
		return NULL;
	}
	return ctx;
}

clockbound_ctx *clockbound_open(char const *shm_path, clockbound_err *err)
{
	return clockbound_vmclock_open(shm_path, NULL, err);
}

/* Where time_t has 32 bits, no time that it can hold is outside the interval. */
static struct timespec to_timespec(__s64 ns)
{
	const __s64 time_max = sizeof(time_t) > 4 ? INT64_MAX : INT32_MAX;
	__s64 seconds = ns / NS_PER_S;
	__s64 rest = ns % NS_PER_S;

	if (rest < 0) {
		rest += NS_PER_S;
		seconds--;
	}
	if (seconds > time_max) {
		seconds = time_max;
		rest = NS_PER_S - 1;
	} else if (seconds < -time_max - 1) {
		seconds = -time_max - 1;
		rest = 0;
	}
	return (struct timespec) { .tv_sec = (time_t)seconds, .tv_nsec = (long)rest };
}

static int read_device(const clockbound_ctx *ctx, clockbound_now_result *result,
		       clockbound_err *err)
{
	struct clockbound_reading reading;
	int error = clockbound_read(ctx->device, &reading);

	if (error)
		return fail(err, CLOCKBOUND_ERR_SYSCALL, -error, "ioctl");
	result->earliest = to_timespec(reading.earliest);
	result->latest = to_timespec(reading.latest);
	result->clock_status = (clockbound_clock_status)reading.status;
	return 0;
}

/* Where nothing is known the interval says so, too, as it does with a device. */
static int read_segment(clockbound_ctx *ctx, clockbound_now_result *result,
			clockbound_err *err)
{
	struct segment_interval interval;

	if (segment_now(&ctx->segment, &interval, err))
		return -1;
	result->clock_status = interval.status;
	if (interval.status == CLOCKBOUND_STA_SYNCHRONIZED ||
	    interval.status == CLOCKBOUND_STA_FREE_RUNNING) {
		result->earliest = to_timespec(interval.earliest);
		result->latest = to_timespec(interval.latest);
	}
	return 0;
}

clockbound_err const *clockbound_now(clockbound_ctx *ctx, clockbound_now_result *result)
{
	static _Thread_local clockbound_err failure;
	int error;

	result->earliest = to_timespec(CLOCKBOUND_TIME_MIN);
	result->latest = to_timespec(CLOCKBOUND_TIME_MAX);
	result->clock_status = CLOCKBOUND_STA_UNKNOWN;
	if (!ctx)
		error = fail(&failure, CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED, 0, "no context");
	else if (ctx->device)
		error = read_device(ctx, result, &failure);
	else
		error = read_segment(ctx, result, &failure);
	return error ? &failure : NULL;
}

clockbound_err const *clockbound_close(clockbound_ctx *ctx)
{
	if (!ctx)
		return NULL;
	if (ctx->device)
		clockbound_device_close(ctx->device);
	else
		segment_close(&ctx->segment);
	free(ctx);
	return NULL;
}
