// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bench measures what it says, and its report has all of it. No time is judged.
 * To be run from the top directory.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

#define DIRECTORY	BUILD "/test_bench"
#define NATIVE		DIRECTORY "/native.txt"
#define REPORT		"python3 scripts/bench-report.py " NATIVE " " DIRECTORY "/vm.txt " \
			DIRECTORY "/hook.txt " DIRECTORY "/bench.svg >" \
			DIRECTORY "/bench.txt"

/* How often the text stands in the file. */
static int count(const char *path, const char *text)
{
	char line[1024];
	int found = 0;
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		found += !!strstr(line, text);
	fclose(file);
	return found;
}

static void shell(const char *command, int expected)
{
	int status = system(command);

	if (status != expected << 8)
		fail_msg("%s: status %#x", command, (unsigned int)status);
}

FIXTURE(measured)
{
	shell("mkdir -p " DIRECTORY, 0);
	shell(BUILD "/clockbound-bench 3 4 >" NATIVE, 0);
	/* What a guest says. */
	shell("{ grep -v -e unmarked -e threads -e writer " NATIVE ";"
	      " sed -n 's/vdso/ioctl-now/p;s/ioctl-now/ioctl-none/p' " NATIVE ";"
	      " for what in snapshot tick quiet unknown vmclock clock both; do"
	      " echo \"kernel $what 1000 ps, 1 publications in 1 calls\"; done; } >"
	      DIRECTORY "/vm.txt", 0);
	/* What is counted: a snapshot and a tick take 80 instructions. */
	shell("{ echo 'hook empty tick 10 5'; echo 'hook calm loop-1000 1010 1';"
	      " echo 'hook calm loop-2000 2010 1'; echo 'hook calm nothing 5 1';"
	      " echo 'hook calm snapshot 85 1'; echo 'hook calm queue 105 1';"
	      " for window in calm alone slew beside; do"
	      " echo \"hook $window tick 90 100\"; echo \"hook $window reading 50 10\";"
	      " echo \"window $window 10 20 10\"; done; } >" DIRECTORY "/hook.txt", 0);
	return 0;
}

TEST(all_lines)
{
	assert_int_equal(count(NATIVE, "batch clockbound_read throughput "), 12);
	assert_int_equal(count(NATIVE, "batch clockbound_read latency "), 12);
	assert_int_equal(count(NATIVE, "batch clockbound_read-unmarked latency "), 12);
	assert_int_equal(count(NATIVE, "batch vdso throughput "), 12);
	assert_int_equal(count(NATIVE, "batch counter throughput "), 12);
	assert_int_equal(count(NATIVE, "batch syscall throughput "), 6);
	/* Two threads at once need two CPUs: so does every test of this project. */
	assert_true(sysconf(_SC_NPROCESSORS_ONLN) > 1);
	assert_int_equal(count(NATIVE, " clockbound_read "), 24 + 3);
	assert_int_equal(count(NATIVE, " 1kHz "), 3);
	assert_int_equal(count(NATIVE, " full-speed "), 3);
}

TEST(report)
{
	shell(REPORT, 0);
	assert_int_equal(count(DIRECTORY "/bench.txt", "not measured"), 0);
	/* Whatever the hook does costs as much as a snapshot. */
	assert_int_equal(count(DIRECTORY "/bench.txt", "1.000    <= 1.0  met"), 6);
	assert_int_equal(count(DIRECTORY "/bench.svg", "</svg>"), 1);
	assert_int_equal(count(DIRECTORY "/bench.svg", "nan"), 0);
}

/* What is missing is said, and is an error. */
TEST(report_of_less)
{
	shell("sed -i '/kernel both/d' " DIRECTORY "/vm.txt", 0);
	shell(REPORT, 1);
	assert_int_equal(count(DIRECTORY "/bench.txt", "not measured"), 1);
	shell(": >" DIRECTORY "/vm.txt", 0);
	shell(REPORT, 1);
	shell("sed -i '/snapshot/d' " DIRECTORY "/hook.txt", 0);
	shell(REPORT, 1);
	assert_int_equal(count(DIRECTORY "/bench.txt", "not measured"), 14);
	shell("sed -i '/vdso/d' " NATIVE, 0);
	shell(REPORT " 2>/dev/null", 1);
}

TEST(summary)
{
	struct measure_summary of_one, of_many;
	double one = 7, many[101];
	int i;

	measure_summarize(&one, 1, &of_one);
	assert_true(of_one.low == 7 && of_one.median == 7 && of_one.high == 7);
	for (i = 0; i < 101; i++)
		many[i] = i * 37 % 101;
	measure_summarize(many, 101, &of_many);
	assert_true(of_many.low == 5 && of_many.median == 50 && of_many.high == 95);
}

/* A closed device: an error costs time as well. */
TEST(batches)
{
	static const struct clockbound_device closed = { .fd = -1 };
	int subject, mode;

	for (subject = 0; subject < MEASURE_SUBJECTS; subject++) {
		assert_true(strlen(measure_subject_text(subject)) > 0);
		assert_null(strchr(measure_subject_text(subject), ' '));
		for (mode = 0; mode < MEASURE_MODES; mode++)
			assert_true(measure_batch(subject, mode, &closed) > 0);
	}
}

TEST_MAIN(measured, NULL)
