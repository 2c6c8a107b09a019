// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting: what is passed on to the device, and what comes back. What the module makes of
 * it is tests/vm/guest_wait.c's concern.
 */
#include "test.h"

#include <clockbound.h>
#include <errno.h>

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

FIXTURE(setup)
{
	fake_device_create(&fake);
	publish(1000);
	return clockbound_device_open(&device, fake.path);
}

FIXTURE(teardown)
{
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

TEST_F(until)
{
	__s64 time = read_now().latest + 5 * MS;

	errno = 123;
	assert_int_equal(clockbound_wait_until(device, time, CLOCKBOUND_FOREVER), 0);
	assert_true(read_now().earliest > time);
	assert_int_equal(clockbound_wait_until(device, time, 0), 0);
	assert_int_equal(errno, 123);
}

TEST_F(until_tai)
{
	__s64 time = read_now().latest + 5 * MS;

	assert_int_equal(clockbound_wait_until_tai(device, time + 37 * S, HOUR), 0);
	assert_true(read_now().earliest > time);
	/* In UTC that is still far away. */
	assert_int_equal(clockbound_wait_until(device, time + 37 * S, MS), -ETIMEDOUT);
}

TEST_F(past)
{
	struct clockbound_reading before, after;

	publish(5 * MS);
	before = read_now();
	after = read_now();
	assert_int_equal(clockbound_reading_compare(&before, &after),
			 CLOCKBOUND_ORDER_UNDECIDED);
	assert_int_equal(clockbound_wait_past(device, &before, CLOCKBOUND_FOREVER), 0);
	after = read_now();
	assert_int_equal(clockbound_reading_compare(&before, &after), CLOCKBOUND_ORDER_BEFORE);
}

TEST_F(past_without_a_bound)
{
	struct clockbound_reading reading = {
		.earliest = CLOCKBOUND_TIME_MIN,
		.latest = CLOCKBOUND_TIME_MAX,
		.status = CLOCKBOUND_STATUS_DISRUPTED,
	};

	assert_int_equal(clockbound_wait_past(device, &reading, CLOCKBOUND_FOREVER), -EINVAL);
	reading.status = CLOCKBOUND_STATUS_UNKNOWN;
	assert_int_equal(clockbound_wait_past(device, &reading, CLOCKBOUND_FOREVER), -EINVAL);
}

TEST_F(timeouts)
{
	struct clockbound_reading reading = read_now();

	reading.latest += HOUR;
	assert_int_equal(clockbound_wait_until(device, START + HOUR, 0), -ETIMEDOUT);
	assert_int_equal(clockbound_wait_until(device, START + HOUR, MS), -ETIMEDOUT);
	assert_int_equal(clockbound_wait_until_tai(device, START + HOUR, MS), -ETIMEDOUT);
	assert_int_equal(clockbound_wait_past(device, &reading, MS), -ETIMEDOUT);
	assert_int_equal(clockbound_wait_sync(device, 999, MS), -ETIMEDOUT);
	assert_int_equal(clockbound_wait_sync(device, 1001, MS), 0);
}

TEST(no_device)
{
	static const struct clockbound_device closed = { .fd = -1 };

	assert_int_equal(clockbound_wait_until(&closed, 0, 0), -EBADF);
	assert_int_equal(clockbound_wait_sync(&closed, 0, 0), -EBADF);
}

TEST_MAIN(NULL, NULL)
