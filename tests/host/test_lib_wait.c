// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting: what is passed on to the device, and what comes back. What the module makes of
 * it is tests/vm/guest_wait.c's concern.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <clockbound.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_device.h"
#include "write_page.h"

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
	write_page(fake.page, &model);
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
		TEST(past),
		TEST(past_without_a_bound),
		TEST(timeouts),
		cmocka_unit_test(no_device),
		TEST(in_a_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
