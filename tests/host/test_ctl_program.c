// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl as a program: the command line, the exit codes, what it prints.
 * To be run from the top directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl_run.h"

#include <clockbound/reader.h>

static struct fake_device fake;

static int setup(void **state)
{
	(void)state;
	fake_device_create(&fake);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_device_remove(&fake);
	return 0;
}

static void publish(__u8 status)
{
	struct clockbound_model *model = &fake.page->model;

	model->status = status;
	model->flags = CLOCKBOUND_MODEL_VMCLOCK | CLOCKBOUND_MODEL_TAI;
	model->counter_value = clockbound_counter();
	model->earliest = 1700000000000000000LL;
	model->latest = 1700000000000012345LL;
	model->valid_ticks = 1ULL << 61;
	model->synchronized_ticks = 1ULL << 62;
	model->disruption_marker = 5;
	model->tai_offset = 37;
	*fake_marker(&fake) = 5;
}

static void help_and_version(void **state)
{
	(void)state;
	assert_int_equal(ctl_run(CTL " --help"), 0);
	ctl_assert_printed("Usage: clockboundctl");
	ctl_assert_printed("Exit codes:");
	assert_int_equal(ctl_run(CTL " --version"), 0);
	assert_string_equal(ctl_output, "clockboundctl " CLOCKBOUND_VERSION "\n");
}

static void wrong_usage(void **state)
{
	(void)state;
	ctl_assert_usage("", "no command; clockboundctl --help lists them");
	ctl_assert_usage("sing", "sing: no such command");
	ctl_assert_usage("now then", "then: unexpected argument");
	ctl_assert_usage("now --loud", "unrecognized option '--loud'");
	ctl_assert_usage("now --device", "requires an argument");
	ctl_assert_usage("status --ioctl", "--ioctl is an option of now");
	ctl_assert_usage("now --timeout 1s", "--timeout is an option of wait and wait-sync");
	ctl_assert_usage("watch -n 0", "--count 0: must be");
	ctl_assert_usage("watch -n -1", "--count -1: must be");
	ctl_assert_usage("watch -n 1x", "--count 1x: must be");
	ctl_assert_usage("watch -n 99999999999999999999", "must be");
	ctl_assert_usage("watch -i 0", "--interval 0: must be");
	ctl_assert_usage("watch -i nan", "--interval nan: must be");
	ctl_assert_usage("watch -i 1s", "--interval 1s: must be");
	ctl_assert_usage("watch -i 86401", "must be");
}

static void assert_failure(const char *device, const char *message)
{
	static const char *const commands[] = { "status", "now", "now --ioctl", "watch -n 1",
						"wait", "wait-sync", "at 1 --marker 1",
						"bench" };
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		assert_int_equal(ctl_run(CTL " %s --device %s 2>&1 >/dev/null", commands[i],
					 device), 1);
		ctl_assert_printed(device);
		ctl_assert_printed(message);
	}
}

static void no_device(void **state)
{
	(void)state;
	assert_failure("/nonexistent/clockbound", "load the module: modprobe clockbound");
	assert_failure("/dev/null", "not a clockbound device");
}

static void full_disk(void **state)
{
	(void)state;
	publish(CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(ctl_run(FAKE " now --device %s 2>&1 >/dev/full", fake.path), 1);
	ctl_assert_printed("cannot write the output: No space left on device");
	assert_int_equal(ctl_run(FAKE " watch --device %s 2>&1 >/dev/full", fake.path), 1);
	ctl_assert_printed("cannot write the output: No space left on device");
}

static void now(void **state)
{
	(void)state;
	publish(CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(ctl_run(FAKE " now --device %s", fake.path), 0);
	assert_string_equal(ctl_output,
			    "status:       synchronized\n"
			    "earliest:     2023-11-14T22:13:20.000000000Z\n"
			    "latest:       2023-11-14T22:13:20.000012345Z\n"
			    "width:        12.345 us\n"
			    "TAI - UTC:    37 s\n");
	/* Before or after the command, an option is an option. */
	assert_int_equal(ctl_run(FAKE " --device %s now --ioctl", fake.path), 0);
	ctl_assert_printed("width:        12.345 us\n");
}

static void exit_codes(void **state)
{
	static const int codes[] = { 3, 0, 0, 3 };
	__u8 status;

	(void)state;
	for (status = 0; status < 4; status++) {
		publish(status);
		if (codes[status])
			fake.page->model.valid_ticks = 0;
		assert_int_equal(ctl_run(FAKE " now --device %s", fake.path), codes[status]);
		assert_int_equal(ctl_run(FAKE " status --device %s", fake.path), codes[status]);
		assert_int_equal(ctl_run(FAKE " watch -n 1 --device %s", fake.path), codes[status]);
	}
}

static void status(void **state)
{
	(void)state;
	publish(CLOCKBOUND_STATUS_FREE_RUNNING);
	fake.page->counter_id = CLOCKBOUND_COUNTER_NONE;
	assert_int_equal(ctl_run(FAKE " status --device %s", fake.path), 0);
	ctl_assert_printed("status:       free running\n");
	ctl_assert_printed("readings:     by system call\n");
	ctl_assert_printed("counter:      unusable\n");
}

static void json(void **state)
{
	(void)state;
	publish(CLOCKBOUND_STATUS_SYNCHRONIZED);
	ctl_assert_json(&fake, "now --json", 0,
			"o[\"status\"] == \"synchronized\" and o[\"trusted\"] is True"
			" and o[\"earliest\"] == \"2023-11-14T22:13:20.000000000Z\""
			" and o[\"earliest_ns\"] == 1700000000000000000"
			" and o[\"latest_ns\"] == 1700000000000012345"
			" and o[\"width_ns\"] == 12345 and o[\"tai_offset_s\"] == 37"
			" and o[\"counter_value\"] > 0 and o[\"disruption_marker\"] == 5");
	ctl_assert_json(&fake, "now --ioctl --json", 0, "o[\"width_ns\"] == 12345");
	ctl_assert_json(&fake, "status --json", 0,
			"o[\"reading\"][\"width_ns\"] == 12345 and o[\"mapped\"] is True"
			" and o[\"page_version\"] == 1 and o[\"counter\"] == \"tsc\""
			" and \"publications\" in o");
	ctl_assert_json(&fake, "watch --json -n 3 -i 0.001", 0,
			"o[\"width_ns\"] == 12345 and o[\"width_change_ns\"] in (None, 0)"
			" and o[\"system_time_ns\"] > 0");
}

static void json_unlimited(void **state)
{
	(void)state;
	(*fake_marker(&fake))++;
	ctl_assert_json(&fake, "now --json", 3,
			"o[\"status\"] == \"unknown\" and o[\"trusted\"] is False"
			" and o[\"earliest\"] is o[\"earliest_ns\"] is o[\"latest\"] is None"
			" and o[\"latest_ns\"] is o[\"width_ns\"] is o[\"tai_offset_s\"] is None");
	ctl_assert_json(&fake, "watch --json -n 2 -i 0.001", 3, "o[\"width_change_ns\"] is None");
}

/* Ends with the exit code of its last reading and leaves nothing half written. */
static void watch_interrupted(void **state)
{
	int ends[2], status;
	char line[256];
	FILE *lines;
	pid_t child;

	(void)state;
	publish(CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		execl(FAKE, "clockboundctl", "watch", "-i", "3600", "--device", fake.path, NULL);
		_exit(127);
	}
	close(ends[1]);
	lines = fdopen(ends[0], "r");
	assert_non_null(fgets(line, sizeof(line), lines));
	assert_non_null(fgets(line, sizeof(line), lines));
	assert_non_null(strstr(line, "synchronized\n"));
	kill(child, SIGINT);
	assert_null(fgets(line, sizeof(line), lines));
	fclose(lines);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(help_and_version),
		TEST(wrong_usage),
		TEST(no_device),
		TEST(full_disk),
		TEST(now),
		TEST(exit_codes),
		TEST(status),
		TEST(json),
		TEST(json_unlimited),
		TEST(watch_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
