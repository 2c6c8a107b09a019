// SPDX-License-Identifier: GPL-2.0-only
/*
 * ClockBound's own C functions, and a program that was written for them. To be run
 * from the top directory.
 */
#include "test.h"

#include <clockbound.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake_device.h"
#include "write_page.h"

#define START	1700000000123456789LL

static struct fake_device fake;

/*
 * In place of the C library's: /dev/clockbound is the fake device, and what this
 * machine has at ClockBound's path does not matter: there is nothing.
 */
int open(const char *path, int flags, ...)
{
	if (!strcmp(path, CLOCKBOUND_DEVICE_PATH))
		path = fake.path;
	if (!strcmp(path, CLOCKBOUND_SHM_DEFAULT_PATH))
		path = "/nonexistent/shm";
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

static void publish(__s64 start, __s64 width, __u8 status)
{
	struct clockbound_model model = fake_model(start, width);

	model.status = status;
	model.earliest_rate = 0;
	model.latest_rate = 0;
	if (status != CLOCKBOUND_STATUS_SYNCHRONIZED && status != CLOCKBOUND_STATUS_FREE_RUNNING)
		model.valid_ticks = 0;
	write_page(fake.page, &model);
}

FIXTURE(setup)
{
	fake_device_create(&fake);
	*fake_marker(&fake) = FAKE_MARKER;
	publish(START, 1000, CLOCKBOUND_STATUS_SYNCHRONIZED);
	return 0;
}

FIXTURE(teardown)
{
	fake_device_remove(&fake);
	return 0;
}

static void assert_now(clockbound_ctx *ctx, struct timespec earliest, struct timespec latest,
		       clockbound_clock_status status)
{
	clockbound_now_result result;

	memset(&result, 0xff, sizeof(result));
	assert_null(clockbound_now(ctx, &result));
	assert_int_equal(result.earliest.tv_sec, earliest.tv_sec);
	assert_int_equal(result.earliest.tv_nsec, earliest.tv_nsec);
	assert_int_equal(result.latest.tv_sec, latest.tv_sec);
	assert_int_equal(result.latest.tv_nsec, latest.tv_nsec);
	assert_int_equal(result.clock_status, status);
}

static void assert_start(clockbound_ctx *ctx)
{
	assert_now(ctx, (struct timespec) { 1700000000, 123456789 },
		   (struct timespec) { 1700000000, 123457789 }, CLOCKBOUND_STA_SYNCHRONIZED);
}

/* Times before 1970, and where seconds begin. */
TEST_F(timespecs)
{
	clockbound_ctx *ctx = clockbound_open(fake.path, NULL);

	assert_start(ctx);
	publish(-1, 1, CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_now(ctx, (struct timespec) { -1, 999999999 }, (struct timespec) { 0, 0 },
		   CLOCKBOUND_STA_FREE_RUNNING);
	publish(-1000000000, 999999999, CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_now(ctx, (struct timespec) { -1, 0 }, (struct timespec) { -1, 999999999 },
		   CLOCKBOUND_STA_SYNCHRONIZED);
	publish(-1000000001, 2000000001, CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_now(ctx, (struct timespec) { -2, 999999999 }, (struct timespec) { 1, 0 },
		   CLOCKBOUND_STA_SYNCHRONIZED);
	clockbound_close(ctx);
}

static const struct timespec time_min = { -9223372037, 145224192 };
static const struct timespec time_max = { 9223372036, 854775807 };

TEST_F(no_bound)
{
	clockbound_ctx *ctx = clockbound_open(fake.path, NULL);

	publish(0, 0, CLOCKBOUND_STATUS_UNKNOWN);
	assert_now(ctx, time_min, time_max, CLOCKBOUND_STA_UNKNOWN);
	publish(START, 1000, CLOCKBOUND_STATUS_SYNCHRONIZED);
	(*fake_marker(&fake))++;
	assert_now(ctx, time_min, time_max, CLOCKBOUND_STA_DISRUPTED);
	clockbound_close(ctx);
}

TEST_F(default_paths)
{
	static const char *const shm[] = { CLOCKBOUND_SHM_DEFAULT_PATH, NULL, fake.path };
	/* A device looks at the machine's VMClock, whatever is named here. */
	static const char *const vmclock[] = { VMCLOCK_SHM_DEFAULT_PATH, NULL, "/dev/null" };
	size_t i, j;

	for (i = 0; i < 3; i++) {
		clockbound_ctx *ctx = clockbound_open(shm[i], NULL);

		assert_start(ctx);
		assert_null(clockbound_close(ctx));
		for (j = 0; j < 3; j++) {
			ctx = clockbound_vmclock_open(shm[i], vmclock[j], NULL);
			assert_start(ctx);
			assert_null(clockbound_close(ctx));
		}
	}
	assert_string_equal(CLOCKBOUND_SHM_DEFAULT_PATH, "/var/run/clockbound/shm0");
	assert_string_equal(VMCLOCK_SHM_DEFAULT_PATH, "/dev/vmclock0");
}

static void assert_err(const clockbound_err *err, clockbound_err_kind kind, int sys_errno)
{
	assert_int_equal(err->kind, kind);
	assert_int_equal(err->sys_errno, sys_errno);
	assert_non_null(err->detail);
}

static void assert_not_opened(const char *shm, clockbound_err_kind kind, int sys_errno)
{
	clockbound_err err;
	int file = fake_free_file();

	memset(&err, 0xff, sizeof(err));
	assert_null(clockbound_vmclock_open(shm, NULL, &err));
	assert_err(&err, kind, sys_errno);
	assert_null(clockbound_vmclock_open(shm, NULL, NULL));
	memset(&err, 0xff, sizeof(err));
	assert_null(clockbound_open(shm, &err));
	assert_err(&err, kind, sys_errno);
	assert_int_equal(fake_free_file(), file);
}

TEST_F(what_is_not_a_device)
{
	assert_not_opened("/nonexistent/shm", CLOCKBOUND_ERR_SYSCALL, ENOENT);
	assert_not_opened("/dev/null", CLOCKBOUND_ERR_SEGMENT_MALFORMED, 0);
	assert_not_opened("/tmp", CLOCKBOUND_ERR_SEGMENT_MALFORMED, 0);
	assert_not_opened("/proc/self/exe", CLOCKBOUND_ERR_SEGMENT_MALFORMED, 0);
	assert_not_opened(VMCLOCK_SHM_DEFAULT_PATH "/x", CLOCKBOUND_ERR_SYSCALL, ENOENT);
}

static void assert_nothing(const clockbound_now_result *result)
{
	assert_int_equal(result->clock_status, CLOCKBOUND_STA_UNKNOWN);
	assert_int_equal(result->earliest.tv_sec, time_min.tv_sec);
	assert_int_equal(result->latest.tv_sec, time_max.tv_sec);
}

TEST_F(no_context)
{
	clockbound_now_result result;

	assert_err(clockbound_now(NULL, &result), CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED, 0);
	assert_nothing(&result);
	assert_null(clockbound_close(NULL));
}

/* The page is stale, and the file is no more what it was. */
TEST_F(failed_call)
{
	clockbound_now_result result;
	clockbound_ctx *ctx;
	int fd = fake_free_file();

	ctx = clockbound_open(fake.path, NULL);
	(*fake_marker(&fake))++;
	/* The device has the lowest number that was free. */
	assert_int_equal(close(fd), 0);
	assert_err(clockbound_now(ctx, &result), CLOCKBOUND_ERR_SYSCALL, EBADF);
	assert_nothing(&result);
	clockbound_close(ctx);
}

static const clockbound_err *error_of_thread;

static void *fail_in_thread(void *ctx)
{
	clockbound_now_result result;

	error_of_thread = clockbound_now(NULL, &result);
	assert_start(ctx);
	return NULL;
}

/* One context for all threads, an error for each. */
TEST_F(threads)
{
	clockbound_ctx *ctx = clockbound_open(fake.path, NULL);
	clockbound_now_result result;
	const clockbound_err *err;
	pthread_t thread;

	err = clockbound_now(NULL, &result);
	assert_non_null(err);
	assert_int_equal(pthread_create(&thread, NULL, fail_in_thread, ctx), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_non_null(error_of_thread);
	assert_true(error_of_thread != err);
	assert_start(ctx);
	clockbound_close(ctx);
}

static void assert_program(const char *program, const char *arguments, int exit_code,
			   const char *expected)
{
	char command[512], output[512];

	snprintf(command, sizeof(command), BUILD "/%s %s 2>&1", program, arguments);
	assert_int_equal(test_shell(command, output, sizeof(output)), exit_code);
	assert_string_equal(output, expected);
}

/* In C and in C++ */
TEST_F(programs)
{
	static const char *const names[] = { "client_program", "client_program.cxx" };
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		*fake_marker(&fake) = FAKE_MARKER;
		assert_program(names[i], fake.path, 0,
			       "1700000000.123456789 1700000000.123457789 SYNCHRONIZED\n");
		(*fake_marker(&fake))++;
		assert_program(names[i], fake.path, 0,
			       "-9223372037.145224192 9223372036.854775807 DISRUPTED\n");
		assert_program(names[i], "/nonexistent/shm", 1,
			       "clockbound_vmclock_open: kind 1, detail open\n"
			       "No such file or directory\n");
		assert_program(names[i], "/dev/null", 1, "clockbound_vmclock_open: kind 3,"
			       " detail not a clockbound device\n");
	}
}

/* Programs were compiled with these numbers. */
TEST(numbers)
{
	assert_int_equal(CLOCKBOUND_ERR_NONE, 0);
	assert_int_equal(CLOCKBOUND_ERR_SYSCALL, 1);
	assert_int_equal(CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED, 2);
	assert_int_equal(CLOCKBOUND_ERR_SEGMENT_MALFORMED, 3);
	assert_int_equal(CLOCKBOUND_ERR_CAUSALITY_BREACH, 4);
	assert_int_equal(CLOCKBOUND_ERR_SEGMENT_VERSION_NOT_SUPPORTED, 5);
	assert_int_equal(CLOCKBOUND_STA_UNKNOWN, CLOCKBOUND_STATUS_UNKNOWN);
	assert_int_equal(CLOCKBOUND_STA_SYNCHRONIZED, CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(CLOCKBOUND_STA_FREE_RUNNING, CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_int_equal(CLOCKBOUND_STA_DISRUPTED, CLOCKBOUND_STATUS_DISRUPTED);
}

TEST_MAIN(NULL, NULL)
