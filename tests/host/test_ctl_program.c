// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl as a program: the command line, the exit codes, what it prints.
 * To be run from the top directory.
 */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl_run.h"

/* The interval stays where it is. */
static void publish(__u8 status)
{
	fake.page->model.status = status;
	fake.page->model.earliest_rate = 0;
	fake.page->model.latest_rate = 0;
}

TEST_CTL(help_and_version)
{
	assert_int_equal(ctl_run(CTL " --help"), 0);
	ctl_assert_printed("Usage: clockboundctl");
	ctl_assert_printed("Exit codes:");
	assert_int_equal(ctl_run(CTL " --version"), 0);
	assert_string_equal(ctl_output, "clockboundctl " CLOCKBOUND_VERSION "\n");
}

TEST_CTL(wrong_usage)
{
	ctl_assert_usage("", "no command; clockboundctl --help lists them");
	ctl_assert_usage("sing", "sing: no such command");
	ctl_assert_usage("now then", "then: unexpected argument");
	ctl_assert_usage("now --loud", "unrecognized option '--loud'");
	ctl_assert_usage("now --device", "requires an argument");
	ctl_assert_usage("status --ioctl", "--ioctl is an option of now");
	ctl_assert_usage("now --timeout 1s", "--timeout is an option of wait and wait-sync");
	ctl_assert_usage("watch -n 0", "--count 0: must be");
	ctl_assert_usage("watch -n 1x", "--count 1x: must be");
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

	for (i = 0; i < COUNT(commands); i++) {
		assert_int_equal(ctl_run(CTL " %s --device %s 2>&1 >/dev/null", commands[i],
					 device), 1);
		ctl_assert_printed(device);
		ctl_assert_printed(message);
	}
}

TEST_CTL(no_device)
{
	assert_failure("/nonexistent/clockbound", "load the module: modprobe clockbound");
	assert_failure("/dev/null", "not a clockbound device");
}

TEST_CTL(full_disk)
{
	publish(CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(ctl_run(FAKE " now --device %s 2>&1 >/dev/full", fake.path), 1);
	ctl_assert_printed("cannot write the output: No space left on device");
	assert_int_equal(ctl_run(FAKE " watch --device %s 2>&1 >/dev/full", fake.path), 1);
	/* Line by line, the error comes before anything is flushed. */
	assert_int_equal(ctl_run("timeout 20 stdbuf -oL " FAKE
				 " watch --device %s 2>&1 >/dev/full", fake.path), 1);
	ctl_assert_printed("cannot write the output: No space left on device");
}

TEST_CTL(now)
{
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

TEST_CTL(exit_codes)
{
	static const int codes[] = { 3, 0, 0, 3 };
	__u8 status;

	for (status = 0; status < 4; status++) {
		publish(status);
		if (codes[status])
			fake.page->model.valid_ticks = 0;
		assert_int_equal(ctl_run(FAKE " now --device %s", fake.path), codes[status]);
		assert_int_equal(ctl_run(FAKE " status --device %s", fake.path), codes[status]);
		assert_int_equal(ctl_run(FAKE " watch -n 1 --device %s", fake.path), codes[status]);
	}
}

TEST_CTL(status)
{
	publish(CLOCKBOUND_STATUS_FREE_RUNNING);
	fake.page->counter_id = CLOCKBOUND_COUNTER_NONE;
	assert_int_equal(ctl_run(FAKE " status --device %s", fake.path), 0);
	ctl_assert_printed("status:       free running\n");
	ctl_assert_printed("readings:     by system call\n");
	ctl_assert_printed("counter:      unusable\n");
}

TEST_CTL(json)
{
	publish(CLOCKBOUND_STATUS_SYNCHRONIZED);
	ctl_assert_json("now --json", 0,
			"o[\"status\"] == \"synchronized\" and o[\"trusted\"] is True"
			" and o[\"earliest\"] == \"2023-11-14T22:13:20.000000000Z\""
			" and o[\"earliest_ns\"] == 1700000000000000000"
			" and o[\"latest_ns\"] == 1700000000000012345"
			" and o[\"width_ns\"] == 12345 and o[\"tai_offset_s\"] == 37"
			" and o[\"counter_value\"] > 0 and o[\"disruption_marker\"] == 42");
	ctl_assert_json("now --ioctl --json", 0, "o[\"width_ns\"] == 12345");
	ctl_assert_json("status --json", 0,
			"o[\"reading\"][\"width_ns\"] == 12345 and o[\"mapped\"] is True"
			" and o[\"page_version\"] == 1 and o[\"counter\"] == \"tsc\""
			" and \"publications\" in o");
	ctl_assert_json("watch --json -n 3 -i 0.001", 0,
			"o[\"width_ns\"] == 12345 and o[\"width_change_ns\"] in (None, 0)"
			" and o[\"system_time_ns\"] > 0");
}

TEST_CTL(json_unlimited)
{
	(*fake_marker(&fake))++;
	ctl_assert_json("now --json", 3,
			"o[\"status\"] == \"disrupted\" and o[\"trusted\"] is False"
			" and o[\"earliest\"] is o[\"earliest_ns\"] is o[\"latest\"] is None"
			" and o[\"latest_ns\"] is o[\"width_ns\"] is o[\"tai_offset_s\"] is None");
	ctl_assert_json("watch --json -n 2 -i 0.001", 3, "o[\"width_change_ns\"] is None");
}

/* Ends with the exit code of its last reading and leaves nothing half written. */
TEST_CTL(watch_interrupted)
{
	int ends[2], status;
	char line[256];
	FILE *lines;
	pid_t child;

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

TEST_MAIN(NULL, NULL)
