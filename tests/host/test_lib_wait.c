// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting: what is passed on to the device, and what comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <clockbound.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_device.h"
#include "page.h"

#define START	1700000000000000000LL
#define MS	1000000LL
#define S	1000000000LL
#define HOUR	(3600 * S)

static struct fake_device fake;
static struct clockbound_device *device;

static void publish(__s64 width)
{
	struct clockbound_model model = fake_model(START, width);

	*fake_marker(&fake) = FAKE_MARKER;
	cb_page_write(fake.page, &model, 0, 0);
}

static int setup(void **state)
{
	(void)state;
	fake_device_create(&fake);
	publish(1000);
	return clockbound_device_open(&device, fake.path);
}

static int teardown(void **state)
{
	(void)state;
	clockbound_device_close(device);
	fake_device_remove(&fake);
	return 0;
}

static struct clockbound_reading read_now(void)
{
	struct clockbound_reading reading;

	assert_int_equal(clockbound_read(device, &reading), 0);
	return reading;
}

static void until(void **state)
{
	__s64 time = read_now().latest + 5 * MS;

	(void)state;
	errno = 123;
	assert_int_equal(clockbound_wait_until(device, time, CLOCKBOUND_FOREVER), 0);
	assert_true(read_now().earliest > time);
	assert_int_equal(clockbound_wait_until(device, time, 0), 0);
	assert_int_equal(errno, 123);
}

static void until_tai(void **state)
{
	__s64 time = read_now().latest + 5 * MS;

	(void)state;
	assert_int_equal(clockbound_wait_until_tai(device, time + 37 * S, HOUR), 0);
	assert_true(read_now().earliest > time);
	/* In UTC that is still far away. */
	assert_int_equal(clockbound_wait_until(device, time + 37 * S, MS), -ETIMEDOUT);
}

static void tai_unknown(void **state)
{
	struct clockbound_model model = fake_model(START, 1000);

	(void)state;
	model.flags = 0;
	cb_page_write(fake.page, &model, 0, 0);
	assert_int_equal(clockbound_wait_until_tai(device, START, HOUR), -ENODATA);
	assert_int_equal(clockbound_wait_until(device, START, HOUR), 0);
}

static void past(void **state)
{
	struct clockbound_reading before, after;

	(void)state;
	publish(5 * MS);
	before = read_now();
	after = read_now();
	assert_int_equal(clockbound_reading_compare(&before, &after),
			 CLOCKBOUND_ORDER_UNDECIDED);
	assert_int_equal(clockbound_wait_past(device, &before, CLOCKBOUND_FOREVER), 0);
	after = read_now();
	assert_int_equal(clockbound_reading_compare(&before, &after), CLOCKBOUND_ORDER_BEFORE);
}

static void past_without_a_bound(void **state)
{
	struct clockbound_reading reading = {
		.earliest = CLOCKBOUND_TIME_MIN,
		.latest = CLOCKBOUND_TIME_MAX,
		.status = CLOCKBOUND_STATUS_DISRUPTED,
	};

	(void)state;
	assert_int_equal(clockbound_wait_past(device, &reading, CLOCKBOUND_FOREVER), -EINVAL);
	reading.status = CLOCKBOUND_STATUS_UNKNOWN;
	assert_int_equal(clockbound_wait_past(device, &reading, CLOCKBOUND_FOREVER), -EINVAL);
}

static void timeouts(void **state)
{
	struct clockbound_reading reading = read_now();

	(void)state;
	reading.latest += HOUR;
	assert_int_equal(clockbound_wait_until(device, START + HOUR, 0), -ETIMEDOUT);
	assert_int_equal(clockbound_wait_until(device, START + HOUR, MS), -ETIMEDOUT);
	assert_int_equal(clockbound_wait_until_tai(device, START + HOUR, MS), -ETIMEDOUT);
	assert_int_equal(clockbound_wait_past(device, &reading, MS), -ETIMEDOUT);
	assert_int_equal(clockbound_wait_sync(device, 999, MS), -ETIMEDOUT);
	assert_int_equal(clockbound_wait_sync(device, 1001, MS), 0);
}

static void unknown_waits_on(void **state)
{
	const struct clockbound_model unknown = { .status = CLOCKBOUND_STATUS_UNKNOWN };

	(void)state;
	cb_page_write(fake.page, &unknown, 0, 0);
	assert_int_equal(clockbound_wait_until(device, 0, MS), -ETIMEDOUT);
	assert_int_equal(clockbound_wait_sync(device, 0, MS), -ETIMEDOUT);
}

/* Does it before the wait or while it goes on: the outcome is the same. */
static void *publish_later(void *argument)
{
	publish((__s64)(intptr_t)argument);
	return NULL;
}

static void *disrupt_later(void *argument)
{
	(void)argument;
	(*fake_marker(&fake))++;
	return NULL;
}

static void until_synchronized(void **state)
{
	const struct clockbound_model unknown = { .status = CLOCKBOUND_STATUS_UNKNOWN };
	pthread_t thread;

	(void)state;
	assert_int_equal(clockbound_wait_sync(device, 0, CLOCKBOUND_FOREVER), 0);
	cb_page_write(fake.page, &unknown, 0, 0);
	assert_int_equal(pthread_create(&thread, NULL, publish_later, (void *)1000), 0);
	assert_int_equal(clockbound_wait_sync(device, 0, CLOCKBOUND_FOREVER), 0);
	assert_int_equal(read_now().status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	pthread_join(thread, NULL);
}

static void sync_waits_for_the_width(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, publish_later, (void *)100), 0);
	assert_int_equal(clockbound_wait_sync(device, 200, CLOCKBOUND_FOREVER), 0);
	assert_true(read_now().latest - read_now().earliest <= 200);
	pthread_join(thread, NULL);
}

static void disruption_ends_the_wait(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, disrupt_later, NULL), 0);
	assert_int_equal(clockbound_wait_until(device, START + HOUR, CLOCKBOUND_FOREVER),
			 -ECANCELED);
	pthread_join(thread, NULL);
}

static void on_alarm(int number)
{
	(void)number;
}

/* What is left of the timeout is kept for the next call. */
static void signals(void **state)
{
	static const struct itimerval each_ms = { { 0, 1000 }, { 0, 1000 } }, off;
	const struct sigaction action = { .sa_handler = on_alarm };
	struct clockbound_wait wait = {
		.size = sizeof(wait),
		.flags = CLOCKBOUND_WAIT_TIMEOUT,
		.until = START + HOUR,
		.timeout = HOUR,
	};
	__s64 deadline;

	(void)state;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &each_ms, NULL);
	assert_int_equal(clockbound_wait_until(device, START + HOUR, HOUR), -EINTR);
	assert_int_equal(clockbound_wait_sync(device, 1, HOUR), -EINTR);

	assert_int_equal(clockbound_wait_ioctl(device, &wait), -EINTR);
	assert_int_equal(wait.flags, CLOCKBOUND_WAIT_DEADLINE);
	deadline = wait.timeout;
	assert_true(deadline > HOUR);
	assert_int_equal(clockbound_wait_ioctl(device, &wait), -EINTR);
	assert_true(wait.timeout == deadline);
	setitimer(ITIMER_REAL, &off, NULL);
}

static void width_limit(void **state)
{
	const struct clockbound_model unknown = { .status = CLOCKBOUND_STATUS_UNKNOWN };
	struct clockbound_wait wait = {
		.size = sizeof(wait),
		.until = START + HOUR,
		.max_width = 999,
	};

	(void)state;
	assert_int_equal(clockbound_wait_ioctl(device, &wait), -ERANGE);
	wait.until = START;
	wait.max_width = 1001;
	assert_int_equal(clockbound_wait_ioctl(device, &wait), 0);
	cb_page_write(fake.page, &unknown, 0, 0);
	assert_int_equal(clockbound_wait_ioctl(device, &wait), -ERANGE);
}

static void deadline(void **state)
{
	struct clockbound_wait wait = {
		.size = sizeof(wait),
		.flags = CLOCKBOUND_WAIT_DEADLINE,
		.max_width = 1,
	};

	(void)state;
	assert_int_equal(clockbound_wait_sync_ioctl(device, &wait), -ETIMEDOUT);
	wait.max_width = 0;
	assert_int_equal(clockbound_wait_sync_ioctl(device, &wait), 0);
}

static void assert_refused(struct clockbound_wait wait, int error)
{
	struct {
		struct clockbound_wait wait;
		__u64 more;
	} larger = { .wait = wait, .more = 1 };

	assert_int_equal(clockbound_wait_ioctl(device, &larger.wait), error);
	assert_int_equal(clockbound_wait_sync_ioctl(device, &larger.wait), error);
}

static void refused(void **state)
{
	const struct clockbound_wait good = {
		.size = sizeof(good),
		.flags = CLOCKBOUND_WAIT_TIMEOUT,
		.timeout = MS,
	};
	struct clockbound_wait wait = good;

	(void)state;
	wait.size = CLOCKBOUND_WAIT_SIZE_VER0 - 1;
	assert_refused(wait, -EINVAL);
	wait.size = sizeof(wait) + 8;
	assert_refused(wait, -E2BIG);
	wait = good;
	wait.flags |= CLOCKBOUND_WAIT_DEADLINE;
	assert_refused(wait, -EINVAL);
	wait.flags = 1U << 31;
	assert_refused(wait, -EINVAL);
	wait.flags = 0;
	assert_refused(wait, -EINVAL);
	wait = good;
	wait.timeout = -1;
	assert_refused(wait, -EINVAL);

	wait = good;
	wait.until = 1;
	assert_int_equal(clockbound_wait_sync_ioctl(device, &wait), -EINVAL);
}

static void no_device(void **state)
{
	static const struct clockbound_device closed = { .fd = -1 };

	(void)state;
	assert_int_equal(clockbound_wait_until(&closed, 0, 0), -EBADF);
	assert_int_equal(clockbound_wait_sync(&closed, 0, 0), -EBADF);
}

static void in_a_child(void **state)
{
	struct clockbound_reading before = read_now();
	pid_t child = fork();
	int status;

	(void)state;
	if (!child) {
		struct clockbound_reading after;

		_exit(clockbound_wait_past(device, &before, CLOCKBOUND_FOREVER) ||
		      clockbound_read(device, &after) ||
		      clockbound_reading_compare(&before, &after) != CLOCKBOUND_ORDER_BEFORE);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(until),
		TEST(until_tai),
		TEST(tai_unknown),
		TEST(past),
		TEST(past_without_a_bound),
		TEST(timeouts),
		TEST(unknown_waits_on),
		TEST(until_synchronized),
		TEST(sync_waits_for_the_width),
		TEST(disruption_ends_the_wait),
		TEST(signals),
		TEST(width_limit),
		TEST(deadline),
		TEST(refused),
		cmocka_unit_test(no_device),
		TEST(in_a_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
