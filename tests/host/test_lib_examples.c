// SPDX-License-Identifier: GPL-2.0-only
/*
 * The examples do what they say. To be run from the top directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <clockbound.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "fake_device.h"
#include "write_page.h"

#define START	1700000000000000000LL
#define MS	1000000LL

static struct fake_device fake;
static char output[4096];

static int setup(void **state)
{
	(void)state;
	fake_device_create(&fake);
	*fake_marker(&fake) = FAKE_MARKER;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
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
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command), BUILD "/examples/%s %s 2>&1", name, device);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	output[fread(output, 1, sizeof(output) - 1, pipe)] = '\0';
	status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void without_a_device(void **state)
{
	static const char *const names[] = { "lease", "commit_wait", "order" };
	char expected[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(run(names[i], "/nonexistent/clockbound"), 1);
		snprintf(expected, sizeof(expected),
			 "%s: no clockbound device: No such file or directory\n", names[i]);
		assert_string_equal(output, expected);
	}
}

static void lease(void **state)
{
	(void)state;
	publish(10 * MS);
	assert_int_equal(run("lease.fake", fake.path), 0);
	assert_string_equal(output, "held: the holder acted\nover: others may take it\n");
}

/* The interval is wider than the lease: nobody ever holds it. */
static void lease_too_short(void **state)
{
	(void)state;
	publish(3600000 * MS);
	assert_int_equal(run("lease.fake", fake.path), 0);
	assert_string_equal(output, "held: too short to act\nover: others may take it\n");
}

static void lease_without_a_bound(void **state)
{
	(void)state;
	publish(10 * MS);
	(*fake_marker(&fake))++;
	assert_int_equal(run("lease.fake", fake.path), 1);
	assert_string_equal(output, "lease: No data available\n");
}

static void commit_wait(void **state)
{
	struct clockbound_device *device;
	struct clockbound_reading now;
	long long timestamp;

	(void)state;
	publish(5 * MS);
	assert_int_equal(run("commit_wait.fake", fake.path), 0);
	assert_int_equal(sscanf(output, "confirmed at %lld\n", &timestamp), 1);
	assert_true(timestamp >= START + 5 * MS);

	assert_int_equal(clockbound_device_open(&device, fake.path), 0);
	assert_int_equal(clockbound_read(device, &now), 0);
	assert_true(clockbound_reading_after(&now, timestamp));
	clockbound_device_close(device);
}

static void order(void **state)
{
	(void)state;
	publish(50 * MS);
	assert_int_equal(run("order.fake", fake.path), 0);
	assert_string_equal(output, "at once, first was: cannot be told\n"
				    "after a wait, first was: the first one\n");
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_device),
		TEST(lease),
		TEST(lease_too_short),
		TEST(lease_without_a_bound),
		TEST(commit_wait),
		TEST(order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
