// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening a device, and what the library does where it cannot use the pages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <clockbound.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_device.h"
#include "write_page.h"

#define START	1700000000000000000LL

static void publish(const struct fake_device *fake)
{
	struct clockbound_model model = fake_model(START, 1000);

	*fake_marker(fake) = FAKE_MARKER;
	write_page(fake->page, &model);
}

static int setup(void **state)
{
	struct fake_device *fake = malloc(sizeof(*fake));

	fake_device_create(fake);
	publish(fake);
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	fake_device_remove(*state);
	free(*state);
	return 0;
}

static struct clockbound_device *open_fake(const struct fake_device *fake)
{
	struct clockbound_device *device;

	assert_int_equal(clockbound_device_open(&device, fake->path), 0);
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

static int entries(const char *directory)
{
	DIR *dir = opendir(directory);
	int count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static int mappings_of(const char *path)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int count = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		count += !!strstr(line, path);
	fclose(maps);
	return count;
}

static void reads_from_the_pages(void **state)
{
	struct clockbound_device *device = open_fake(*state);

	assert_int_equal(clockbound_device_mapped(device), 1);
	assert_int_equal(read_good(device), 0);
	clockbound_device_close(device);
}

static void close_gives_everything_back(void **state)
{
	struct fake_device *fake = *state;
	int mappings = mappings_of(fake->path);
	int files = entries("/proc/self/fd");
	struct clockbound_device *device = open_fake(fake);

	assert_int_equal(entries("/proc/self/fd"), files + 1);
	clockbound_device_close(device);
	assert_int_equal(entries("/proc/self/fd"), files);
	assert_int_equal(mappings_of(fake->path), mappings);
	clockbound_device_close(NULL);
}

/* Nothing may stay open, and nothing may look like a device. */
static void assert_not_a_device(const char *path, int error)
{
	struct clockbound_device *device = (void *)-1;
	int files = entries("/proc/self/fd");

	assert_int_equal(clockbound_device_open(&device, path), error);
	assert_null(device);
	assert_int_equal(entries("/proc/self/fd"), files);
}

static void what_is_not_a_device(void **state)
{
	struct fake_device *fake = *state;

	assert_not_a_device("/nonexistent/clockbound", -ENOENT);
	assert_not_a_device("/dev/null", -ENOTTY);
	assert_not_a_device("/tmp", -ENOTTY);
	assert_int_equal(truncate(fake->path, 1), 0);
	assert_not_a_device(fake->path, -ENOTTY);
}

static void assert_by_ioctl(const struct fake_device *fake)
{
	int mappings = mappings_of(fake->path);
	struct clockbound_device *device = open_fake(fake);

	assert_int_equal(clockbound_device_mapped(device), 0);
	assert_int_equal(mappings_of(fake->path), mappings);
	assert_int_equal(read_good(device), 1);
	assert_int_equal(read_good(device), 1);
	clockbound_device_close(device);
}

static void another_magic(void **state)
{
	struct fake_device *fake = *state;

	fake->page->magic++;
	assert_by_ioctl(fake);
}

static void another_version(void **state)
{
	struct fake_device *fake = *state;

	fake->page->version++;
	assert_by_ioctl(fake);
}

static void another_counter(void **state)
{
	struct fake_device *fake = *state;

	fake->page->counter_id = CLOCKBOUND_COUNTER_NONE;
	assert_by_ioctl(fake);
}

static void page_too_short(void **state)
{
	struct fake_device *fake = *state;

	fake->page->size = offsetof(struct clockbound_page, publications) - 1;
	assert_by_ioctl(fake);
}

static void page_of_a_later_kernel(void **state)
{
	struct fake_device *fake = *state;
	struct clockbound_device *device;

	fake->page->size += 64;
	device = open_fake(fake);
	assert_int_equal(read_good(device), 0);
	clockbound_device_close(device);
}

static void page_not_mappable(void **state)
{
	fake_mmap_refused = 1 << CLOCKBOUND_PGOFF_CLOCK;
	assert_by_ioctl(*state);
}

/* The marker cannot be seen, so every model that depends on it is the kernel's. */
static void vmclock_not_mappable(void **state)
{
	struct clockbound_device *device;

	fake_mmap_refused = 1 << CLOCKBOUND_PGOFF_VMCLOCK;
	device = open_fake(*state);
	assert_int_equal(clockbound_device_mapped(device), 0);
	assert_int_equal(read_good(device), 1);
	clockbound_device_close(device);
}

static void vmclock_not_offered(void **state)
{
	struct fake_device *fake = *state;
	struct clockbound_device *device;

	fake->page->features = 0;
	device = open_fake(fake);
	assert_int_equal(clockbound_device_mapped(device), 0);
	assert_int_equal(read_good(device), 1);

	fake->page->model.flags = CLOCKBOUND_MODEL_TAI;
	assert_int_equal(clockbound_device_mapped(device), 1);
	assert_int_equal(read_good(device), 0);
	clockbound_device_close(device);
}

static void registered_not_mappable(void **state)
{
	struct fake_device *fake = *state;
	struct clockbound_device *device;

	fake->page->model.flags |= CLOCKBOUND_MODEL_REGISTERED;
	device = open_fake(fake);
	assert_int_equal(clockbound_device_mapped(device), 1);
	clockbound_device_close(device);

	fake_mmap_refused = 1 << CLOCKBOUND_PGOFF_REGISTERED;
	device = open_fake(fake);
	assert_int_equal(clockbound_device_mapped(device), 0);
	clockbound_device_close(device);
}

static void registered_not_offered(void **state)
{
	struct fake_device *fake = *state;
	int mappings = mappings_of(fake->path);
	struct clockbound_device *device;

	fake->page->features = CLOCKBOUND_FEATURE_VMCLOCK;
	fake->page->model.flags |= CLOCKBOUND_MODEL_REGISTERED;
	device = open_fake(fake);
	assert_int_equal(clockbound_device_mapped(device), 0);
	assert_int_equal(mappings_of(fake->path), mappings + 2);
	clockbound_device_close(device);
}

static void not_a_function_of_the_counter(void **state)
{
	struct fake_device *fake = *state;
	struct clockbound_device *device = open_fake(fake);

	fake->page->model.flags |= CLOCKBOUND_MODEL_IOCTL;
	assert_int_equal(clockbound_device_mapped(device), 0);
	clockbound_device_close(device);
}

static void stale_page_asks_the_kernel(void **state)
{
	struct fake_device *fake = *state;
	struct clockbound_device *device = open_fake(fake);
	struct clockbound_reading reading;

	(*fake_marker(fake))++;
	assert_int_equal(clockbound_read(device, &reading), 0);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_DISRUPTED);
	assert_int_equal(fake_now_calls, 1);
	clockbound_device_close(device);
}

/* A writer that stopped in the middle must not keep a reader. */
static void stuck_page_asks_the_kernel(void **state)
{
	struct fake_device *fake = *state;
	struct clockbound_device *device = open_fake(fake);
	struct clockbound_reading reading;

	fake->page->model.seq |= 1;
	assert_int_equal(clockbound_read(device, &reading), 0);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_UNKNOWN);
	assert_int_equal(fake_now_calls, 1);
	clockbound_device_close(device);
}

static void failure_bounds_nothing(void **state)
{
	static const struct clockbound_device closed = { .fd = -1 };
	struct clockbound_reading reading;
	struct clockbound_info info;

	(void)state;
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

static void info(void **state)
{
	struct clockbound_device *device = open_fake(*state);
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

static void child_reads_on(void **state)
{
	struct clockbound_device *device = open_fake(*state);
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

static void status_texts(void **state)
{
	(void)state;
	assert_string_equal(clockbound_status_text(CLOCKBOUND_STATUS_UNKNOWN), "unknown");
	assert_string_equal(clockbound_status_text(CLOCKBOUND_STATUS_SYNCHRONIZED),
			    "synchronized");
	assert_string_equal(clockbound_status_text(CLOCKBOUND_STATUS_FREE_RUNNING),
			    "free running");
	assert_string_equal(clockbound_status_text(CLOCKBOUND_STATUS_DISRUPTED), "disrupted");
	assert_string_equal(clockbound_status_text(4), "invalid");
	assert_string_equal(clockbound_status_text(-1), "invalid");
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_from_the_pages),
		TEST(close_gives_everything_back),
		TEST(what_is_not_a_device),
		TEST(another_magic),
		TEST(another_version),
		TEST(another_counter),
		TEST(page_too_short),
		TEST(page_of_a_later_kernel),
		TEST(page_not_mappable),
		TEST(vmclock_not_mappable),
		TEST(vmclock_not_offered),
		TEST(registered_not_mappable),
		TEST(registered_not_offered),
		TEST(not_a_function_of_the_counter),
		TEST(stale_page_asks_the_kernel),
		TEST(stuck_page_asks_the_kernel),
		cmocka_unit_test(failure_bounds_nothing),
		TEST(info),
		TEST(child_reads_on),
		cmocka_unit_test(status_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
