/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests for cmocka that need no list: what is defined by one of these is run, in this order.
 *
 *	TEST(name) { ... }				a test
 *	TEST_F(name) { ... }				between this file's setup and teardown
 *	TEST_WITH(name, before, after) { ... }		between others
 *	FIXTURE(setup) { ... return 0; }		what comes before or after it
 *	TEST_MAIN(before, after)			the program, between these or NULL
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define COUNT(list)	(sizeof(list) / sizeof((list)[0]))

/* cmocka passes over what is empty at the end. */
static struct CMUnitTest tests[64];

static inline void test_add(const struct CMUnitTest *test)
{
	static size_t count;

	if (count == COUNT(tests))
		abort();
	tests[count++] = *test;
}

/* Runs a shell command, keeps what it prints, and returns its exit code. */
static inline int test_shell(const char *command, char *output, size_t size)
{
	FILE *pipe = popen(command, "r");
	int status;

	assert_non_null(pipe);
	output[fread(output, 1, size - 1, pipe)] = '\0';
	status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define FIXTURE(name)	static int name(__attribute__((unused)) void **state)

#define TEST_WITH(name, before, after)						\
	static void name(void **state);						\
	__attribute__((constructor)) static void add_##name(void)		\
	{									\
		test_add(&(struct CMUnitTest){ #name, name, before, after, NULL });	\
	}									\
	static void name(__attribute__((unused)) void **state)

#define TEST(name)	TEST_WITH(name, NULL, NULL)
#define TEST_F(name)	TEST_WITH(name, setup, teardown)

#define TEST_MAIN(before, after)						\
	int main(void)								\
	{									\
		exit(cmocka_run_group_tests(tests, before, after));		\
	}

#endif /* TESTS_TEST_H */
