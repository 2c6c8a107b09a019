// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readings with a limit, readings of earlier moments, events, and what needs a
 * privilege.
 */
#include "test.h"

#include <clockbound.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fake_device.h"
#include "write_page.h"

#define START	1700000000000000000LL

static struct fake_device fake;
static struct clockbound_device *device;

FIXTURE(setup)
{
	struct clockbound_model model;

	fake_device_create(&fake);
	model = fake_model(START, 1000);
	*fake_marker(&fake) = FAKE_MARKER;
	write_page(fake.page, &model);
	return clockbound_device_open(&device, fake.path);
}

FIXTURE(teardown)
{
	clockbound_device_close(device);
	fake_device_remove(&fake);
	return 0;
}

static void assert_unlimited(const struct clockbound_reading *reading)
{
	assert_int_equal(reading->status, CLOCKBOUND_STATUS_UNKNOWN);
	assert_true(reading->earliest == CLOCKBOUND_TIME_MIN);
	assert_true(reading->latest == CLOCKBOUND_TIME_MAX);
	assert_int_equal(reading->flags, 0);
}

TEST_F(within)
{
	struct clockbound_reading reading;

	assert_int_equal(clockbound_read_within(device, &reading, 0), 0);
	assert_int_equal(clockbound_read_within(device, &reading, 1001), 0);
	memset(&reading, 0, sizeof(reading));
	assert_int_equal(clockbound_read_within(device, &reading, 999), -ERANGE);
	assert_true(reading.earliest >= START);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(fake_now_calls, 0);
}

TEST_F(within_is_never_unlimited)
{
	struct clockbound_reading reading;

	(*fake_marker(&fake))++;
	assert_int_equal(clockbound_read_within(device, &reading, UINT64_MAX - 1), -ERANGE);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_DISRUPTED);
	assert_int_equal(clockbound_read_within(device, &reading, 0), 0);
}

/* What the memory held before is not a limit. */
TEST_F(no_limit_by_accident)
{
	struct clockbound_reading reading;

	memset(&reading, 0, sizeof(reading));
	reading.size = sizeof(reading);
	reading.request = 99;
	reading.max_width = 1;
	assert_int_equal(clockbound_read_ioctl(device, &reading), 0);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_SYNCHRONIZED);

	memset(&reading, 0xff, sizeof(reading));
	reading.max_width = 1;
	(*fake_marker(&fake))++;
	assert_int_equal(clockbound_read(device, &reading), 0);
	assert_int_equal(fake_now_calls, 2);
}

TEST_F(at_a_counter_value)
{
	struct clockbound_reading now, then;

	assert_int_equal(clockbound_read(device, &now), 0);
	memset(&then, 0xff, sizeof(then));
	errno = 123;
	assert_int_equal(clockbound_read_at_counter(device, &then, now.counter_value,
						    now.disruption_marker), 0);
	assert_true(then.counter_value == now.counter_value);
	assert_true(then.earliest == now.earliest && then.latest == now.latest);
	assert_int_equal(then.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(then.tai_offset, 37);
	assert_int_equal(errno, 123);
}

static __u64 raw_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
}

TEST_F(at_a_raw_time)
{
	struct clockbound_reading before, then, after;
	__u64 raw;

	assert_int_equal(clockbound_read(device, &before), 0);
	raw = raw_now();
	assert_int_equal(clockbound_read_at_raw(device, &then, raw, FAKE_MARKER), 0);
	assert_int_equal(clockbound_read(device, &after), 0);
	assert_true(then.counter_value < after.counter_value);
	assert_int_equal(then.status, CLOCKBOUND_STATUS_SYNCHRONIZED);

	assert_int_equal(clockbound_read_at_raw(device, &then, raw + 3600000000000ULL,
						FAKE_MARKER), -EINVAL);
	assert_unlimited(&then);
}

TEST_F(at_a_moment_that_is_gone)
{
	struct clockbound_reading reading;
	__u64 now = clockbound_counter();

	assert_int_equal(clockbound_read_at_counter(device, &reading, now, FAKE_MARKER + 1),
			 -ESTALE);
	assert_unlimited(&reading);
}

TEST_F(at_with_all_it_offers)
{
	struct clockbound_reading reading = {
		.size = sizeof(reading),
		.counter_value = clockbound_counter(),
		.disruption_marker = FAKE_MARKER,
		.max_width = 999,
	};

	assert_int_equal(clockbound_at_ioctl(device, &reading), -ERANGE);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_true(reading.earliest >= START);

	reading.request = 99;
	assert_int_equal(clockbound_at_ioctl(device, &reading), -EINVAL);
	assert_unlimited(&reading);
}

#define LEAP_DAY	17000
#define LEAP_AT		(LEAP_DAY * 86400000000000LL)

/* An inserted leap second; the interval starts at a distance from it, in ns. */
static struct clockbound_reading read_around_leap(__s64 distance, __u16 flag)
{
	struct clockbound_model model = fake_model(LEAP_AT + distance, 100);
	struct clockbound_reading now;
	__s64 earliest, latest;

	model.earliest_rate = 0;
	model.latest_rate = 0;
	model.flags |= CLOCKBOUND_MODEL_LEAP;
	model.leap = 1;
	model.leap_day = LEAP_DAY;
	write_page(fake.page, &model);

	assert_int_equal(clockbound_read(device, &now), 0);
	assert_int_equal(now.flags & CLOCKBOUND_MODEL_LEAP, flag);
	assert_int_equal(clockbound_reading_tai(&now, &earliest, &latest), 1);
	assert_true(earliest == LEAP_AT + distance + 37000000000LL);
	assert_true(latest == earliest + 100);
	return now;
}

TEST_F(around_a_leap_second)
{
	struct clockbound_reading before = read_around_leap(-1000, 0);
	struct clockbound_reading within = read_around_leap(-50, CLOCKBOUND_MODEL_LEAP);
	struct clockbound_reading after = read_around_leap(1000, 0);

	assert_true(before.earliest > after.latest);
	assert_int_equal(clockbound_reading_compare(&before, &within), CLOCKBOUND_ORDER_BEFORE);
	assert_int_equal(clockbound_reading_compare(&before, &after), CLOCKBOUND_ORDER_BEFORE);
	assert_int_equal(clockbound_reading_compare(&within, &after), CLOCKBOUND_ORDER_BEFORE);
}

static struct clockbound_report good_report(void)
{
	return (struct clockbound_report) {
		.size = sizeof(struct clockbound_report),
		.as_of = raw_now(),
		.void_after = raw_now() + 1000000000,
		.time = 1795219200000000000LL,
		.bound = 1000,
		.frequency = -17000000,
		.measured = raw_now() - 1000,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.disruption_marker = FAKE_MARKER,
	};
}

TEST_F(reports)
{
	struct clockbound_report report = good_report();

	assert_int_equal(clockbound_report_ioctl(device, &report), 0);
	assert_int_equal(fake.daemon->reports, 1);
	assert_memory_equal(&fake.daemon->report[0], &report, sizeof(report));
	report.disruption_marker++;
	assert_int_equal(clockbound_report_ioctl(device, &report), -ESTALE);
}

TEST_F(disrupts)
{
	assert_int_equal(clockbound_disrupt_set(device, CLOCKBOUND_DISRUPT_FORCE), 0);
	assert_int_equal(fake.daemon->disrupt_action, CLOCKBOUND_DISRUPT_FORCE);
	assert_int_equal(clockbound_disrupt_set(device, CLOCKBOUND_DISRUPT_RELEASE), 0);
	assert_int_equal(fake.daemon->disrupt_action, CLOCKBOUND_DISRUPT_RELEASE);
	assert_int_equal(fake.daemon->disrupts, 2);
	assert_int_equal(clockbound_disrupt_set(device, 2), -EINVAL);
}

TEST_F(memory)
{
	int fd = memfd_create("vmclock", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(clockbound_memory_register(device, -1), -EBADF);
	assert_int_equal(ftruncate(fd, 4096), 0);
	assert_int_equal(pwrite(fd, "VCLK", 4, 0), 4);
	assert_int_equal(clockbound_memory_register(device, fd), 0);
	assert_memory_equal(fake.registered, "VCLK", 4);
	assert_int_equal(clockbound_memory_unregister(device), 0);
	assert_int_equal(clockbound_memory_unregister(device), -ENOENT);
	close(fd);
}

TEST_F(events)
{
	int fd = clockbound_events_open(fake.path);
	struct pollfd poll_events = { .fd = fd, .events = POLLPRI };
	struct clockbound_event events[4];

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(clockbound_events_read(fd, events, 4), -EAGAIN);
	assert_int_equal(poll(&poll_events, 1, 0), 0);

	fake.daemon->changes = CLOCKBOUND_EVENT_STATUS | CLOCKBOUND_EVENT_DISRUPTION |
			       CLOCKBOUND_EVENT_STEP;
	assert_int_equal(poll(&poll_events, 1, -1), 1);
	assert_int_equal(clockbound_events_read(fd, events, 2), 2);
	assert_int_equal(events[0].changes, CLOCKBOUND_EVENT_STATUS);
	assert_int_equal(events[1].changes, CLOCKBOUND_EVENT_DISRUPTION);
	assert_int_equal(clockbound_events_read(fd, events, 0), -EINVAL);
	assert_int_equal(clockbound_events_read(fd, events, UINT32_MAX), 1);
	assert_int_equal(events[0].changes, CLOCKBOUND_EVENT_STEP);
	assert_int_equal(events[0].sequence, 3);
	assert_int_equal(clockbound_events_read(fd, events, 4), -EAGAIN);
	close(fd);
	assert_int_equal(clockbound_events_read(-1, events, 4), -EBADF);
}

TEST(events_of_nothing)
{
	int file = fake_free_file();

	assert_int_equal(clockbound_events_open("/nonexistent/clockbound"), -ENOENT);
	assert_int_equal(clockbound_events_open("/dev/null"), -ENOTTY);
	assert_int_equal(fake_free_file(), file);
}

TEST_MAIN(NULL, NULL)
