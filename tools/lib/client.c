// SPDX-License-Identifier: MIT
/*
 * The functions of ClockBound's own C library.
 */
#include <clockbound.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#define NS_PER_S	1000000000

/* A context is a device by another name. */
static struct clockbound_device *device_of(clockbound_ctx *ctx)
{
	return (struct clockbound_device *)(void *)ctx;
}

static void set_error(clockbound_err *err, clockbound_err_kind kind, int sys_errno,
		      const char *detail)
{
	if (!err)
		return;
	err->kind = kind;
	err->sys_errno = sys_errno;
	err->detail = detail;
}

static struct clockbound_device *open_path(const char *path, const char *default_path,
					   clockbound_err *err)
{
	struct clockbound_device *device;
	int error;

	if (path && !strcmp(path, default_path))
		path = NULL;
	error = clockbound_device_open(&device, path);
	if (error == -ENOTTY)
		set_error(err, CLOCKBOUND_ERR_SEGMENT_MALFORMED, 0,
			  "not a clockbound device");
	else if (error)
		set_error(err, CLOCKBOUND_ERR_SYSCALL, -error, "open");
	return device;
}

clockbound_ctx *clockbound_open(char const *shm_path, clockbound_err *err)
{
	return (clockbound_ctx *)(void *)open_path(shm_path, CLOCKBOUND_SHM_DEFAULT_PATH, err);
}

/* The device looks at the VMClock itself, at the one that the machine has. */
static int vmclock_allowed(const char *path, clockbound_err *err)
{
	struct clockbound_device *device;

	if (!path || !strcmp(path, VMCLOCK_SHM_DEFAULT_PATH))
		return 1;
	device = open_path(path, VMCLOCK_SHM_DEFAULT_PATH, err);
	clockbound_device_close(device);
	return !!device;
}

clockbound_ctx *clockbound_vmclock_open(char const *shm_path, char const *vmclock_path,
					clockbound_err *err)
{
	if (!vmclock_allowed(vmclock_path, err))
		return NULL;
	return clockbound_open(shm_path, err);
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

clockbound_err const *clockbound_now(clockbound_ctx *ctx, clockbound_now_result *result)
{
	static _Thread_local clockbound_err failure;
	struct clockbound_reading reading = {
		.earliest = CLOCKBOUND_TIME_MIN,
		.latest = CLOCKBOUND_TIME_MAX,
	};
	clockbound_err const *err = NULL;
	int error;

	if (!ctx) {
		set_error(&failure, CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED, 0, "no context");
		err = &failure;
	} else {
		error = clockbound_read(device_of(ctx), &reading);
		if (error) {
			set_error(&failure, CLOCKBOUND_ERR_SYSCALL, -error, "ioctl");
			err = &failure;
		}
	}
	result->earliest = to_timespec(reading.earliest);
	result->latest = to_timespec(reading.latest);
	result->clock_status = (clockbound_clock_status)reading.status;
	return err;
}

clockbound_err const *clockbound_close(clockbound_ctx *ctx)
{
	clockbound_device_close(device_of(ctx));
	return NULL;
}
