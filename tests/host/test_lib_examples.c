// SPDX-License-Identifier: GPL-2.0-only
/*
 * The examples do what they say. To be run from the top directory.
 */
#include "test.h"

#include <clockbound.h>
#include <stdio.h>
#include <string.h>

#include "fake_device.h"
#include "write_page.h"

#define START	1700000000000000000LL
#define MS	1000000LL

static struct fake_device fake;
static char output[4096];

FIXTURE(setup)
{
	fake_device_create(&fake);
	*fake_marker(&fake) = FAKE_MARKER;
	return 0;
}

FIXTURE(teardown)
{
	fake_device_remove(&fake);
	return 0;
}

static void publish(__s64 width)
{
	struct clockbound_model model = fake_model(START, width);

	/* Slow enough that even on a busy machine nothing is over before it is seen. */
	model.earliest_rate >>= 3;
	model.latest_rate >>= 3;
	write_page(fake.page, &model);
}

/* Runs an example and keeps what it prints; returns its exit code. */
static int run(const char *name, const char *device)
{
	char command[256];

	snprintf(command, sizeof(command), BUILD "/examples/%s %s 2>&1", name, device);
	return test_shell(command, output, sizeof(output));
}

TEST(without_a_device)
{
	static const char *const names[] = { "lease", "commit_wait", "order" };
	char expected[128];
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		assert_int_equal(run(names[i], "/nonexistent/clockbound"), 1);
		snprintf(expected, sizeof(expected),
			 "%s: no clockbound device: No such file or directory\n", names[i]);
		assert_string_equal(output, expected);
	}
}

static void assert_lease(int exit_code, const char *printed)
{
	assert_int_equal(run("lease.fake", fake.path), exit_code);
	assert_string_equal(output, printed);
}

TEST_F(lease)
{
	publish(10 * MS);
	assert_lease(0, "held: the holder acted\nover: others may take it\n");
	/* The interval is wider than the lease: nobody ever holds it. */
	publish(3600000 * MS);
	assert_lease(0, "held: too short to act\nover: others may take it\n");
	(*fake_marker(&fake))++;
	assert_lease(1, "lease: No data available\n");
}

TEST_F(commit_wait)
{
	struct clockbound_device *device;
	struct clockbound_reading now;
	long long timestamp;

	publish(5 * MS);
	assert_int_equal(run("commit_wait.fake", fake.path), 0);
	assert_int_equal(sscanf(output, "confirmed at %lld\n", &timestamp), 1);
	assert_true(timestamp >= START + 5 * MS);

	assert_int_equal(clockbound_device_open(&device, fake.path), 0);
	assert_int_equal(clockbound_read(device, &now), 0);
	assert_true(clockbound_reading_after(&now, timestamp));
	clockbound_device_close(device);
}

TEST_F(order)
{
	publish(50 * MS);
	assert_int_equal(run("order.fake", fake.path), 0);
	assert_string_equal(output, "at once, first was: cannot be told\n"
				    "after a wait, first was: the first one\n");
}

TEST_MAIN(NULL, NULL)
