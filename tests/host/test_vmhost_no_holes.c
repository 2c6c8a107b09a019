// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that cannot punch holes, and what it executes.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "no_holes.h"

#define SIZE	8192
/* What of it works */
#define PUNCHES	1
#define REFUSES	2
#define GROWS	4
#define WRITES	8

#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

static int file;

static int try(void)
{
	char byte = 1;
	int works = 0;

	if (!fallocate(file, PUNCH, 0, SIZE))
		works |= PUNCHES;
	else if (errno == EOPNOTSUPP)
		works |= REFUSES;
	if (!fallocate(file, 0, SIZE, SIZE))
		works |= GROWS;
	if (pwrite(file, &byte, 1, 0) == 1)
		works |= WRITES;
	return works;
}

static int code_of(int (*child)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(child());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int filtered(void)
{
	return no_holes() ? try() : 127;
}

/* Somebody who is not root */
static int filtered_nobody(void)
{
	if (setuid(65534))
		return 126;
	return filtered();
}

static int executed(void)
{
	if (no_holes()) {
		dup2(file, 0);
		execlp("fallocate", "fallocate", "-p", "-l", "4096", "/dev/stdin", NULL);
	}
	return 127;
}

FIXTURE(setup)
{
	char byte = 1;

	file = memfd_create("holes", 0);
	return file == -1 || ftruncate(file, SIZE) || pwrite(file, &byte, 1, 0) != 1;
}

FIXTURE(teardown)
{
	return close(file);
}

TEST_F(holes_can_be_punched)
{
	assert_int_equal(code_of(try), PUNCHES | GROWS | WRITES);
}

TEST_F(not_after_that)
{
	char byte;

	assert_int_equal(code_of(filtered), REFUSES | GROWS | WRITES);
	assert_int_equal(pread(file, &byte, 1, 0), 1);
	assert_int_equal(byte, 1);
}

TEST_F(not_by_who_is_not_root)
{
	if (getuid())
		skip();
	assert_int_equal(code_of(filtered_nobody), REFUSES | GROWS | WRITES);
}

TEST_F(not_by_what_is_executed)
{
	char byte;

	assert_int_equal(code_of(executed), 1);
	assert_int_equal(pread(file, &byte, 1, 0), 1);
	assert_int_equal(byte, 1);
}

TEST_MAIN(NULL, NULL)
