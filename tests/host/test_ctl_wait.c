// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl wait, wait-sync and at, as programs with the fake device.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <clockbound.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl_run.h"

#define START		1700000000000000000LL	/* 2023-11-14T22:13:20Z */
#define WIDTH		12345
#define NSEC_PER_SEC	1000000000LL
#define HOUR		(3600 * NSEC_PER_SEC)
#define TAI		(37 * NSEC_PER_SEC)

static struct fake_device fake;

/* The interval starts at START and goes on. */
static int setup(void **state)
{
	(void)state;
	fake_device_create(&fake);
	fake.page->model = fake_model(START, WIDTH);
	*fake_marker(&fake) = FAKE_MARKER;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_device_remove(&fake);
	return 0;
}

static void set_status(__u8 status)
{
	fake.page->model.status = status;
	fake.page->model.valid_ticks = status == CLOCKBOUND_STATUS_SYNCHRONIZED ? 1ULL << 61 : 0;
}

static struct clockbound_reading now(void)
{
	struct clockbound_reading reading;

	clockbound_page_read(fake.page, fake.vmclock, fake.registered, &reading);
	return reading;
}

/* Runs a command that says nothing but why it has failed. */
static void assert_failed(const char *arguments, int exit_code, const char *message)
{
	assert_int_equal(ctl_run(FAKE " %s --device %s 2>&1 >/dev/null", arguments,
				 fake.path), exit_code);
	ctl_assert_printed(message);
	assert_int_equal(ctl_run(FAKE " %s --device %s 2>/dev/null", arguments, fake.path),
			 exit_code);
	assert_string_equal(ctl_output, "");
}

/* A number that a command has printed. */
static __s64 printed_number(const char *name)
{
	const char *at = strstr(ctl_output, name);

	assert_non_null(at);
	return strtoll(at + strlen(name), NULL, 10);
}

static void wait_for_now(void **state)
{
	struct clockbound_reading before, after;
	__s64 until;

	(void)state;
	/* Wider than the start of a program takes, so that earliest will not do. */
	fake.page->model.latest += 300000000;
	before = now();
	assert_int_equal(ctl_run(FAKE " wait --json --device %s", fake.path), 0);
	after = now();
	until = printed_number("\"until_ns\":");
	assert_true(until >= before.latest);
	assert_true(until < after.earliest);
	/* As people see it. */
	assert_int_equal(ctl_run(FAKE " wait --device %s", fake.path), 0);
	assert_int_equal(strncmp(ctl_output, "passed:       2023-11-14T22:", 28), 0);
	ctl_assert_printed("\nwaited:       ");
}

static void wait_for_duration(void **state)
{
	struct clockbound_reading before = now(), after;
	__s64 until;

	(void)state;
	assert_int_equal(ctl_run(FAKE " wait +50ms --json --device %s", fake.path), 0);
	after = now();
	until = printed_number("\"until_ns\":");
	assert_true(until >= before.latest + 50000000);
	assert_true(until < after.earliest);
	assert_true(printed_number("\"waited_ns\":") > 0);

	assert_int_equal(ctl_run(FAKE " wait +1ms --tai --json --device %s", fake.path), 0);
	after = now();
	until = printed_number("\"until_ns\":");
	assert_true(until >= before.latest + 1000000 + TAI);
	assert_true(until < after.earliest + TAI);
}

static void wait_for_time(void **state)
{
	char arguments[128];

	(void)state;
	ctl_assert_json(&fake, "wait 2023-11-14T22:13:19.5Z --json", 0,
			"o[\"until\"] == \"2023-11-14T22:13:19.500000000Z\""
			" and o[\"until_ns\"] == 1699999999500000000"
			" and o[\"tai\"] is False and o[\"waited_ns\"] > 0");
	ctl_assert_json(&fake, "wait 2023-11-14T23:13:19+01:00 --json", 0,
			"o[\"until_ns\"] == 1699999999000000000");
	assert_int_equal(ctl_run(FAKE " wait --json --device %s -- -1", fake.path), 0);
	assert_int_equal(printed_number("\"until_ns\":"), -1);
	/* Still to come, but not for long. */
	snprintf(arguments, sizeof(arguments), "wait --json %lld",
		 now().earliest + 200000000);
	ctl_assert_json(&fake, arguments, 0, "o[\"waited_ns\"] > 0");
	assert_true(now().earliest > START + 200000000);
}

static void wait_for_tai(void **state)
{
	char arguments[128];

	(void)state;
	/* A time that has passed in TAI, and not in UTC */
	snprintf(arguments, sizeof(arguments), "wait %lld --json --tai", START + TAI - 1);
	ctl_assert_json(&fake, arguments, 0,
			"o[\"tai\"] is True and o[\"until_ns\"] == 1700000036999999999");
	assert_int_equal(ctl_run(FAKE " wait %lld --tai --device %s", START + TAI - 1,
				 fake.path), 0);
	ctl_assert_printed("passed:       2023-11-14T22:13:56.999999999Z (TAI)\n");
	snprintf(arguments, sizeof(arguments), "wait %lld --timeout 1ms", START + HOUR);
	assert_failed(arguments, 4, "not within 1.000 ms");
	strcat(arguments, " --tai");
	assert_failed(arguments, 4, "not within 1.000 ms");

	fake.page->model.flags &= ~CLOCKBOUND_MODEL_TAI;
	assert_failed(arguments, 1, "nobody says how far TAI is from UTC");
	assert_failed("wait --tai", 1, "nobody says how far TAI is from UTC");
	assert_int_equal(ctl_run(FAKE " wait --device %s", fake.path), 0);
}

static void wait_times_out(void **state)
{
	(void)state;
	assert_failed("wait +1h --timeout 0s", 4, "not within 0 ns");
	assert_failed("wait 2100-01-01T00:00:00Z --timeout 20ms", 4, "not within 20.000 ms");
	/* Without a bound, it goes on waiting. */
	set_status(CLOCKBOUND_STATUS_UNKNOWN);
	assert_failed("wait 0 --timeout 20ms", 4, "clockboundctl status");
}

static void wait_too_wide(void **state)
{
	(void)state;
	assert_int_equal(ctl_run(FAKE " wait --max-width 12346ns --device %s", fake.path), 0);
	assert_failed("wait --max-width 12344ns", 1, "the interval is wider than 12.344 us");
}

static void wait_without_bound(void **state)
{
	(void)state;
	set_status(CLOCKBOUND_STATUS_UNKNOWN);
	assert_failed("wait", 3, "the time is unknown: run clockboundctl wait-sync first");
	assert_failed("wait +1s --tai", 3, "the time is unknown");
	set_status(CLOCKBOUND_STATUS_DISRUPTED);
	assert_failed("wait", 3, "the time is disrupted: run clockboundctl wait-sync first");
	assert_failed("wait 0", 3, "the clock was disrupted");
}

static void wait_too_far(void **state)
{
	(void)state;
	assert_failed("wait +2562047h", 1, "after the year 2262");
}

static void wait_refused(void **state)
{
	(void)state;
	fake.daemon->ask_error = ENOTTY;
	assert_failed("wait", 1, "older than this program");
	assert_failed("wait-sync", 1, "older than this program");
	assert_failed("at 1 --marker 1", 1, "older than this program");
	fake.daemon->ask_error = EIO;
	assert_failed("wait", 1, "cannot wait: Input/output error");
	assert_failed("wait-sync", 1, "cannot wait: Input/output error");
	assert_failed("at 1 --marker 1", 1, "no reading: Input/output error");
}

static void sync_trusted(void **state)
{
	(void)state;
	assert_int_equal(ctl_run(FAKE " wait-sync --device %s", fake.path), 0);
	ctl_assert_printed("status:       synchronized\n");
	ctl_assert_printed("\nwaited:       ");
	ctl_assert_json(&fake, "wait-sync --json", 0,
			"o[\"status\"] == \"synchronized\" and o[\"trusted\"] is True"
			" and o[\"width_ns\"] in (12345, 12346) and o[\"waited_ns\"] > 0");
	assert_int_equal(ctl_run(FAKE " wait-sync --timeout 60s --max-width 12346ns --device %s",
				 fake.path), 0);
}

static void sync_times_out(void **state)
{
	(void)state;
	assert_failed("wait-sync --timeout 20ms --max-width 12344ns", 4,
		      "not within 20.000 ms");
	set_status(CLOCKBOUND_STATUS_UNKNOWN);
	assert_failed("wait-sync --timeout 20ms", 4, "clockboundctl status");
	set_status(CLOCKBOUND_STATUS_DISRUPTED);
	assert_failed("wait-sync --timeout 20ms", 4, "clockboundctl status");
}

static void at_counter(void **state)
{
	const struct clockbound_reading reading = now();
	char arguments[128], expected[256];

	(void)state;
	snprintf(expected, sizeof(expected),
		 "o[\"earliest_ns\"] == %lld and o[\"latest_ns\"] == %lld"
		 " and o[\"counter_value\"] == %llu and o[\"status\"] == \"synchronized\"",
		 reading.earliest, reading.latest, reading.counter_value);
	snprintf(arguments, sizeof(arguments), "at %llu --marker 42 --json",
		 reading.counter_value);
	ctl_assert_json(&fake, arguments, 0, expected);
	snprintf(arguments, sizeof(arguments), "--marker 0x2a --json at 0x%llX",
		 reading.counter_value);
	ctl_assert_json(&fake, arguments, 0, expected);

	assert_int_equal(ctl_run(FAKE " at %llu --marker 42 --device %s",
				 reading.counter_value, fake.path), 0);
	ctl_assert_printed("status:       synchronized\n");
	ctl_assert_printed("\nwidth:        12.34");
}

static void at_raw(void **state)
{
	struct timespec now_raw;
	__s64 raw, counter;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC_RAW, &now_raw);
	raw = now_raw.tv_sec * NSEC_PER_SEC + now_raw.tv_nsec;
	assert_int_equal(ctl_run(FAKE " at %lld --raw --marker 42 --json --device %s", raw,
				 fake.path), 0);
	counter = printed_number("\"counter_value\":");
	assert_true(counter != raw);
	assert_in_range(counter, clockbound_counter() - FAKE_AT_TICKS, clockbound_counter());
	assert_true(printed_number("\"latest_ns\":") <= now().latest);
}

static void at_moments(void **state)
{
	char arguments[128];

	(void)state;
	snprintf(arguments, sizeof(arguments), "at %llu --marker 42",
		 clockbound_counter() + (1ULL << 50));
	assert_failed(arguments, 1, "that moment is still to come");
	snprintf(arguments, sizeof(arguments), "at %llu --marker 42",
		 clockbound_counter() - FAKE_AT_TICKS - 1);
	assert_failed(arguments, 1, "that moment is too long ago");
}

static void at_disrupted(void **state)
{
	char arguments[128];

	(void)state;
	snprintf(arguments, sizeof(arguments), "at %llu --marker 41", now().counter_value);
	assert_failed(arguments, 3, "the clock was disrupted since the reading");
	fake.page->model.flags |= CLOCKBOUND_MODEL_IOCTL;
	assert_failed(arguments, 1, "the system clock does not run on the counter");
}

static void usage(void **state)
{
	static const struct {
		const char *arguments, *message;
	} bad[] = {
		{ "wait tomorrow", "tomorrow: must be a time such as" },
		{ "wait +5", "+5: must be a time such as" },
		{ "wait ''", "must be a time such as" },
		{ "wait 1 2", "2: unexpected argument" },
		{ "wait -5", "invalid option -- '5'" },
		{ "wait --timeout 5", "--timeout 5: must be a duration with its unit" },
		{ "wait --timeout -1s", "--timeout -1s: must be a duration" },
		{ "wait --max-width wide", "--max-width wide: must be a duration" },
		{ "wait --max-width 0us", "--max-width 0us: no interval is so narrow" },
		{ "wait-sync 5", "5: unexpected argument" },
		{ "wait-sync --tai", "--tai is an option of wait" },
		{ "at", "at needs the counter value of a moment" },
		{ "at 5 --raw", "at needs --marker" },
		{ "at five --marker 5", "at five: must be a number" },
		{ "at 5 --marker 0x", "--marker 0x: must be a number" },
		{ "at 18446744073709551616 --marker 5", "must be a number" },
		{ "at 5 6 --marker 5", "6: unexpected argument" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ctl_assert_usage(bad[i].arguments, bad[i].message);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wait_for_now),
		TEST(wait_for_duration),
		TEST(wait_for_time),
		TEST(wait_for_tai),
		TEST(wait_times_out),
		TEST(wait_too_wide),
		TEST(wait_without_bound),
		TEST(wait_too_far),
		TEST(wait_refused),
		TEST(sync_trusted),
		TEST(sync_times_out),
		TEST(at_counter),
		TEST(at_raw),
		TEST(at_moments),
		TEST(at_disrupted),
		TEST(usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
