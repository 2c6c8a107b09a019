// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl wait, wait-sync and at, as programs with the fake device.
 */
#include "test.h"

#include <clockbound.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl_run.h"

#define NSEC_PER_SEC	1000000000LL
#define HOUR		(3600 * NSEC_PER_SEC)
#define TAI		(37 * NSEC_PER_SEC)

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

TEST_CTL(wait_for_now)
{
	struct clockbound_reading before, after;
	__s64 until;

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

TEST_CTL(wait_for_duration)
{
	struct clockbound_reading before = now(), after;
	__s64 until;

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

TEST_CTL(wait_for_time)
{
	char arguments[128];

	ctl_assert_json("wait 2023-11-14T22:13:19.5Z --json", 0,
			"o[\"until\"] == \"2023-11-14T22:13:19.500000000Z\""
			" and o[\"until_ns\"] == 1699999999500000000"
			" and o[\"tai\"] is False and o[\"waited_ns\"] > 0");
	ctl_assert_json("wait 2023-11-14T23:13:19+01:00 --json", 0,
			"o[\"until_ns\"] == 1699999999000000000");
	assert_int_equal(ctl_run(FAKE " wait --json --device %s -- -1", fake.path), 0);
	assert_int_equal(printed_number("\"until_ns\":"), -1);
	/* Still to come, but not for long. */
	snprintf(arguments, sizeof(arguments), "wait --json %lld",
		 now().earliest + 200000000);
	ctl_assert_json(arguments, 0, "o[\"waited_ns\"] > 0");
	assert_true(now().earliest > CTL_START + 200000000);
}

TEST_CTL(wait_for_tai)
{
	char arguments[128];

	/* A time that has passed in TAI, and not in UTC */
	snprintf(arguments, sizeof(arguments), "wait %lld --json --tai", CTL_START + TAI - 1);
	ctl_assert_json(arguments, 0,
			"o[\"tai\"] is True and o[\"until_ns\"] == 1700000036999999999");
	assert_int_equal(ctl_run(FAKE " wait %lld --tai --device %s", CTL_START + TAI - 1,
				 fake.path), 0);
	ctl_assert_printed("passed:       2023-11-14T22:13:56.999999999Z (TAI)\n");
	snprintf(arguments, sizeof(arguments), "wait %lld --timeout 1ms", CTL_START + HOUR);
	assert_failed(arguments, 4, "not within 1.000 ms");
	strcat(arguments, " --tai");
	assert_failed(arguments, 4, "not within 1.000 ms");

	fake.page->model.flags &= ~CLOCKBOUND_MODEL_TAI;
	assert_failed(arguments, 1, "nobody says how far TAI is from UTC");
	assert_failed("wait --tai", 1, "nobody says how far TAI is from UTC");
	assert_int_equal(ctl_run(FAKE " wait --device %s", fake.path), 0);
}

TEST_CTL(wait_times_out)
{
	assert_failed("wait +1h --timeout 0s", 4, "not within 0 ns");
	assert_failed("wait 2100-01-01T00:00:00Z --timeout 20ms", 4, "not within 20.000 ms");
	/* Without a bound, it goes on waiting. */
	set_status(CLOCKBOUND_STATUS_UNKNOWN);
	assert_failed("wait 0 --timeout 20ms", 4, "clockboundctl status");
}

TEST_CTL(wait_too_wide)
{
	assert_int_equal(ctl_run(FAKE " wait --max-width 12346ns --device %s", fake.path), 0);
	assert_failed("wait --max-width 12344ns", 1, "the interval is wider than 12.344 us");
}

TEST_CTL(wait_without_bound)
{
	set_status(CLOCKBOUND_STATUS_UNKNOWN);
	assert_failed("wait", 3, "the time is unknown: run clockboundctl wait-sync first");
	assert_failed("wait +1s --tai", 3, "the time is unknown");
	set_status(CLOCKBOUND_STATUS_DISRUPTED);
	assert_failed("wait", 3, "the time is disrupted: run clockboundctl wait-sync first");
	assert_failed("wait 0", 3, "the clock was disrupted");
}

TEST_CTL(wait_too_far)
{
	assert_failed("wait +2562047h", 1, "after the year 2262");
}

TEST_CTL(wait_refused)
{
	fake.daemon->ask_error = ENOTTY;
	assert_failed("wait", 1, "older than this program");
	assert_failed("wait-sync", 1, "older than this program");
	assert_failed("at 1 --marker 1", 1, "older than this program");
	fake.daemon->ask_error = EIO;
	assert_failed("wait", 1, "cannot wait: Input/output error");
	assert_failed("wait-sync", 1, "cannot wait: Input/output error");
	assert_failed("at 1 --marker 1", 1, "no reading: Input/output error");
}

TEST_CTL(sync_trusted)
{
	assert_int_equal(ctl_run(FAKE " wait-sync --device %s", fake.path), 0);
	ctl_assert_printed("status:       synchronized\n");
	ctl_assert_printed("\nwaited:       ");
	ctl_assert_json("wait-sync --json", 0,
			"o[\"status\"] == \"synchronized\" and o[\"trusted\"] is True"
			" and o[\"width_ns\"] in (12345, 12346) and o[\"waited_ns\"] > 0");
	assert_int_equal(ctl_run(FAKE " wait-sync --timeout 60s --max-width 12346ns --device %s",
				 fake.path), 0);
}

TEST_CTL(sync_times_out)
{
	assert_failed("wait-sync --timeout 20ms --max-width 12344ns", 4,
		      "not within 20.000 ms");
	set_status(CLOCKBOUND_STATUS_UNKNOWN);
	assert_failed("wait-sync --timeout 20ms", 4, "clockboundctl status");
	set_status(CLOCKBOUND_STATUS_DISRUPTED);
	assert_failed("wait-sync --timeout 20ms", 4, "clockboundctl status");
}

TEST_CTL(at_counter)
{
	const struct clockbound_reading reading = now();
	char arguments[128], expected[256];

	snprintf(expected, sizeof(expected),
		 "o[\"earliest_ns\"] == %lld and o[\"latest_ns\"] == %lld"
		 " and o[\"counter_value\"] == %llu and o[\"status\"] == \"synchronized\"",
		 reading.earliest, reading.latest, reading.counter_value);
	snprintf(arguments, sizeof(arguments), "at %llu --marker 42 --json",
		 reading.counter_value);
	ctl_assert_json(arguments, 0, expected);
	snprintf(arguments, sizeof(arguments), "--marker 0x2a --json at 0x%llX",
		 reading.counter_value);
	ctl_assert_json(arguments, 0, expected);

	assert_int_equal(ctl_run(FAKE " at %llu --marker 42 --device %s",
				 reading.counter_value, fake.path), 0);
	ctl_assert_printed("status:       synchronized\n");
	ctl_assert_printed("\nwidth:        12.34");
}

TEST_CTL(at_raw)
{
	struct timespec now_raw;
	__s64 raw, counter;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now_raw);
	raw = now_raw.tv_sec * NSEC_PER_SEC + now_raw.tv_nsec;
	assert_int_equal(ctl_run(FAKE " at %lld --raw --marker 42 --json --device %s", raw,
				 fake.path), 0);
	counter = printed_number("\"counter_value\":");
	assert_true(counter != raw);
	assert_in_range(counter, clockbound_counter() - FAKE_AT_TICKS, clockbound_counter());
	assert_true(printed_number("\"latest_ns\":") <= now().latest);
}

TEST_CTL(at_moments)
{
	char arguments[128];

	snprintf(arguments, sizeof(arguments), "at %llu --marker 42",
		 clockbound_counter() + (1ULL << 50));
	assert_failed(arguments, 1, "that moment is still to come");
	snprintf(arguments, sizeof(arguments), "at %llu --marker 42",
		 clockbound_counter() - FAKE_AT_TICKS - 1);
	assert_failed(arguments, 1, "that moment is too long ago");
}

TEST_CTL(at_disrupted)
{
	char arguments[128];

	snprintf(arguments, sizeof(arguments), "at %llu --marker 41", now().counter_value);
	assert_failed(arguments, 3, "the clock was disrupted since the reading");
	fake.page->model.flags |= CLOCKBOUND_MODEL_IOCTL;
	assert_failed(arguments, 1, "the system clock does not run on the counter");
}

TEST_CTL(usage)
{
	static const struct {
		const char *arguments, *message;
	} bad[] = {
		{ "wait tomorrow", "tomorrow: must be a time such as" },
		{ "wait +5", "+5: must be a time such as" },
		{ "wait 1 2", "2: unexpected argument" },
		{ "wait -5", "invalid option -- '5'" },
		{ "wait --timeout 5", "--timeout 5: must be a duration with its unit" },
		{ "wait --max-width wide", "--max-width wide: must be a duration" },
		{ "wait --max-width 0us", "--max-width 0us: no interval is so narrow" },
		{ "wait-sync 5", "5: unexpected argument" },
		{ "wait-sync --tai", "--tai is an option of wait" },
		{ "at", "at needs the counter value of a moment" },
		{ "at 5 --raw", "at needs --marker" },
		{ "at five --marker 5", "at five: must be a number" },
		{ "at 5 --marker 0x", "--marker 0x: must be a number" },
		{ "at 5 6 --marker 5", "6: unexpected argument" },
	};
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		ctl_assert_usage(bad[i].arguments, bad[i].message);
}

TEST_MAIN(NULL, NULL)
