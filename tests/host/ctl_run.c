// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl as a program, run by a shell.
 */
#include "ctl_run.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

char ctl_output[65536];
struct fake_device fake;

/**
 * ctl_setup() - make the device
 * @state: not used
 *
 * Return: 0.
 */
int ctl_setup(__attribute__((unused)) void **state)
{
	fake_device_create(&fake);
	fake.page->model = fake_model(CTL_START, CTL_WIDTH);
	*fake_marker(&fake) = FAKE_MARKER;
	return 0;
}

/**
 * ctl_teardown() - undo ctl_setup()
 * @state: not used
 *
 * Return: 0.
 */
int ctl_teardown(__attribute__((unused)) void **state)
{
	fake_device_remove(&fake);
	return 0;
}

/**
 * ctl_run() - run a shell command and keep what it prints
 * @format: the command, as for printf()
 *
 * Return: its exit code.
 */
int ctl_run(const char *format, ...)
{
	char command[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	return test_shell(command, ctl_output, sizeof(ctl_output));
}

/**
 * ctl_assert_printed() - the last command has printed this
 * @text: the text
 */
void ctl_assert_printed(const char *text)
{
	if (!strstr(ctl_output, text))
		fail_msg("\"%s\" is not in:\n%s", text, ctl_output);
}

/**
 * ctl_assert_usage() - a command line is refused, on the standard error, with the way
 * to the help
 * @arguments: the command line
 * @message: a part of what is said
 */
void ctl_assert_usage(const char *arguments, const char *message)
{
	assert_int_equal(ctl_run(CTL " %s 2>&1 >/dev/null", arguments), 2);
	ctl_assert_printed(message);
	ctl_assert_printed("Try 'clockboundctl --help'.");
}

/**
 * ctl_assert_json() - each object that a command prints, one a line, is as expected
 * @arguments: the command line
 * @exit_code: the expected exit code
 * @expression: in Python, about the object o
 */
void ctl_assert_json(const char *arguments, int exit_code, const char *expression)
{
	const char *path = fake.path;
	int code = ctl_run("rc=0; " FAKE " %s --device %s >%s.json || rc=$?;"
			   " python3 -c 'import json\nfor line in open(\"%s.json\"):\n"
			   "  o = json.loads(line)\n  assert %s, o"
			   "' 2>&1 || rc=99; [ -s %s.json ] || rc=97; rm %s.json; exit $rc",
			   arguments, path, path, path, expression, path, path);

	if (code != exit_code)
		fail_msg("exit code %d, not %d: %s\n%s", code, exit_code, arguments,
			 ctl_output);
}
