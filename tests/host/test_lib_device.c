// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening a device, and what the library does where it cannot use the pages.
 */
#include "test.h"

#include <clockbound.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_device.h"
#include "write_page.h"

#define START	1700000000000000000LL

static struct fake_device fake;

FIXTURE(setup)
{
	struct clockbound_model model;

	fake_device_create(&fake);
	model = fake_model(START, 1000);
	*fake_marker(&fake) = FAKE_MARKER;
	write_page(fake.page, &model);
	return 0;
}

FIXTURE(teardown)
{
	fake_device_remove(&fake);
	return 0;
}

static struct clockbound_device *open_fake(void)
{
	struct clockbound_device *device;

	assert_int_equal(clockbound_device_open(&device, fake.path), 0);
	assert_non_null(device);
	return device;
}

static void assert_good(const struct clockbound_reading *reading)
{
	assert_int_equal(reading->size, sizeof(*reading));
	assert_int_equal(reading->request, 0);
	assert_int_equal(reading->status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_true(reading->earliest >= START);
	assert_in_range(reading->latest - reading->earliest, 1000, 1001);
	assert_int_equal(reading->disruption_marker, FAKE_MARKER);
	assert_int_equal(reading->flags & ~CLOCKBOUND_MODEL_VMCLOCK, CLOCKBOUND_MODEL_TAI);
	assert_int_equal(reading->tai_offset, 37);
}

/* Takes a good reading; returns the system calls that it took. */
static unsigned long read_good(const struct clockbound_device *device)
{
	unsigned long calls = fake_now_calls;
	struct clockbound_reading reading;

	memset(&reading, 0xff, sizeof(reading));
	assert_int_equal(clockbound_read(device, &reading), 0);
	assert_good(&reading);
	return fake_now_calls - calls;
}

static void assert_mapped(int mapped)
{
	struct clockbound_device *device = open_fake();

	assert_int_equal(clockbound_device_mapped(device), mapped);
	clockbound_device_close(device);
}

/* Readings are taken from the pages, or each of them by a system call. */
static void assert_opened(int mapped)
{
	struct clockbound_device *device = open_fake();

	assert_int_equal(clockbound_device_mapped(device), mapped);
	assert_int_equal(read_good(device), !mapped);
	assert_int_equal(read_good(device), !mapped);
	clockbound_device_close(device);
}

TEST_F(reads_from_the_pages)
{
	assert_opened(1);
}

TEST_F(close_gives_everything_back)
{
	int mappings = fake_mappings(fake.path);
	int file = fake_free_file();
	struct clockbound_device *device = open_fake();

	assert_int_not_equal(fake_free_file(), file);
	clockbound_device_close(device);
	assert_int_equal(fake_free_file(), file);
	assert_int_equal(fake_mappings(fake.path), mappings);
	clockbound_device_close(NULL);
}

/* Nothing may stay open, and nothing may look like a device. */
static void assert_not_a_device(const char *path, int error)
{
	struct clockbound_device *device = (void *)-1;
	int file = fake_free_file();

	assert_int_equal(clockbound_device_open(&device, path), error);
	assert_null(device);
	assert_int_equal(fake_free_file(), file);
}

TEST_F(what_is_not_a_device)
{
	assert_not_a_device("/nonexistent/clockbound", -ENOENT);
	assert_not_a_device("/dev/null", -ENOTTY);
	assert_not_a_device("/tmp", -ENOTTY);
	assert_int_equal(truncate(fake.path, 1), 0);
	assert_not_a_device(fake.path, -ENOTTY);
}

static void assert_by_ioctl(void)
{
	int mappings = fake_mappings(fake.path);
	struct clockbound_device *device = open_fake();

	assert_int_equal(fake_mappings(fake.path), mappings);
	clockbound_device_close(device);
	assert_opened(0);
}

/* What is not as this library knows it. */
TEST_F(page_not_usable)
{
	const struct clockbound_page good = *fake.page;

	fake.page->magic++;
	assert_by_ioctl();
	*fake.page = good;
	fake.page->version++;
	assert_by_ioctl();
	*fake.page = good;
	fake.page->counter_id = CLOCKBOUND_COUNTER_NONE;
	assert_by_ioctl();
	*fake.page = good;
	fake.page->size = offsetof(struct clockbound_page, publications) - 1;
	assert_by_ioctl();
	*fake.page = good;
	fake_mmap_refused = 1 << CLOCKBOUND_PGOFF_CLOCK;
	assert_by_ioctl();
}

TEST_F(page_of_a_later_kernel)
{
	fake.page->size += 64;
	assert_opened(1);
}

/* The marker cannot be seen, so every model that depends on it is the kernel's. */
TEST_F(vmclock_not_mapped)
{
	fake_mmap_refused = 1 << CLOCKBOUND_PGOFF_VMCLOCK;
	assert_opened(0);
	fake_mmap_refused = 0;
	fake.page->features = 0;
	assert_opened(0);
	fake.page->model.flags = CLOCKBOUND_MODEL_TAI;
	assert_opened(1);
}

TEST_F(registered_not_mapped)
{
	struct clockbound_device *device;

	fake.page->model.flags |= CLOCKBOUND_MODEL_REGISTERED;
	assert_mapped(1);
	fake_mmap_refused = 1 << CLOCKBOUND_PGOFF_REGISTERED;
	assert_mapped(0);
	/* Nobody asks for a page that is not offered */
	fake_mmap_refused = 0;
	fake.page->features = CLOCKBOUND_FEATURE_VMCLOCK;
	assert_mapped(0);
	device = open_fake();
	assert_int_equal(fake_mappings(fake.path), 3);
	clockbound_device_close(device);
}

TEST_F(not_a_function_of_the_counter)
{
	struct clockbound_device *device = open_fake();

	fake.page->model.flags |= CLOCKBOUND_MODEL_IOCTL;
	assert_int_equal(clockbound_device_mapped(device), 0);
	clockbound_device_close(device);
}

TEST_F(stale_page_asks_the_kernel)
{
	struct clockbound_device *device = open_fake();
	struct clockbound_reading reading;

	(*fake_marker(&fake))++;
	assert_int_equal(clockbound_read(device, &reading), 0);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_DISRUPTED);
	assert_int_equal(fake_now_calls, 1);
	clockbound_device_close(device);
}

/* A writer that stopped in the middle must not keep a reader. */
TEST_F(stuck_page_asks_the_kernel)
{
	struct clockbound_device *device = open_fake();
	struct clockbound_reading reading;

	fake.page->model.seq |= 1;
	assert_int_equal(clockbound_read(device, &reading), 0);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_UNKNOWN);
	assert_int_equal(fake_now_calls, 1);
	clockbound_device_close(device);
}

TEST(failure_bounds_nothing)
{
	static const struct clockbound_device closed = { .fd = -1 };
	struct clockbound_reading reading;
	struct clockbound_info info;

	memset(&reading, 1, sizeof(reading));
	errno = 123;
	assert_int_equal(clockbound_read(&closed, &reading), -EBADF);
	assert_int_equal(clockbound_info_get(&closed, &info), -EBADF);
	assert_int_equal(errno, 123);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_UNKNOWN);
	assert_true(reading.earliest == CLOCKBOUND_TIME_MIN);
	assert_true(reading.latest == CLOCKBOUND_TIME_MAX);
	assert_int_equal(reading.flags, 0);
}

TEST_F(info)
{
	struct clockbound_device *device = open_fake();
	struct clockbound_info info;

	memset(&info, 0xff, sizeof(info));
	assert_int_equal(clockbound_info_get(device, &info), 0);
	assert_int_equal(info.size, sizeof(info));
	assert_int_equal(info.request, 0);
	assert_int_equal(info.features,
			 CLOCKBOUND_FEATURE_VMCLOCK | CLOCKBOUND_FEATURE_REGISTERED |
			 fake_counter_features());
	assert_int_equal(info.page_version, CLOCKBOUND_PAGE_VERSION);
	assert_int_equal(info.counter_id, CLOCKBOUND_COUNTER_NATIVE);
	clockbound_device_close(device);
}

TEST_F(child_reads_on)
{
	struct clockbound_device *device = open_fake();
	int status;
	pid_t child = fork();

	if (!child) {
		struct clockbound_reading reading;

		_exit(clockbound_read(device, &reading) || fake_now_calls ||
		      reading.status != CLOCKBOUND_STATUS_SYNCHRONIZED);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	clockbound_device_close(device);
}

TEST(status_texts)
{
	assert_string_equal(clockbound_status_text(CLOCKBOUND_STATUS_UNKNOWN), "unknown");
	assert_string_equal(clockbound_status_text(CLOCKBOUND_STATUS_SYNCHRONIZED),
			    "synchronized");
	assert_string_equal(clockbound_status_text(CLOCKBOUND_STATUS_FREE_RUNNING),
			    "free running");
	assert_string_equal(clockbound_status_text(CLOCKBOUND_STATUS_DISRUPTED), "disrupted");
	assert_string_equal(clockbound_status_text(4), "invalid");
	assert_string_equal(clockbound_status_text(-1), "invalid");
}

TEST_MAIN(NULL, NULL)
