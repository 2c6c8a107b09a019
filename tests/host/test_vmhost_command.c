// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands and numbers: what is taken, and that nothing else is.
 */
#include "vmhost_test.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "hypervisor.h"
#include "number.h"
#include "source/vmclock_abi.h"

static struct command command;
static char error[200];

static bool parse(const char *text)
{
	char line[COMMAND_LINE];

	snprintf(line, sizeof(line), "%s", text);
	error[0] = '\0';
	return command_parse(line, &command, error, sizeof(error));
}

static void commands_without_arguments(void **state)
{
	static const struct {
		const char *text;
		enum verb verb;
	} good[] = {
		{ "status", VERB_STATUS }, { "disrupt", VERB_DISRUPT },
		{ "generation", VERB_GENERATION }, { "pause", VERB_PAUSE },
		{ "resume", VERB_RESUME }, { "full", VERB_FULL },
		{ "marker-only", VERB_MARKER_ONLY }, { "stop", VERB_STOP },
		{ "hold-odd", VERB_HOLD_ODD }, { "release", VERB_RELEASE },
		{ "help", VERB_HELP }, { "  status\t\r", VERB_STATUS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(parse(good[i].text));
		assert_int_equal(command.verb, good[i].verb);
	}
}

static void arguments_arrive(void **state)
{
	(void)state;
	assert_true(parse("handshake"));
	assert_int_equal(command.number, 30);
	assert_true(parse("handshake 5"));
	assert_int_equal(command.number, 5);
	assert_true(parse("migrate -9223372036854775808"));
	assert_true(command.ns == -0x7fffffffffffffffLL - 1);
	assert_true(parse("migrate +5"));
	assert_int_equal(command.ns, 5);
	assert_true(parse("truth 18446744073709551615"));
	assert_true(command.number == ~0ULL);
	assert_true(parse("truth 0xffffffffffffffff"));
	assert_true(command.number == ~0ULL);
	assert_true(parse("check 65536 12"));
	assert_int_equal(command.number, 65536);
	assert_int_equal(command.count, 12);
	assert_true(parse("raw 0x10 00fFa5"));
	assert_int_equal(command.number, 16);
	assert_int_equal(command.byte_count, 3);
	assert_memory_equal(command.bytes, "\x00\xff\xa5", 3);
	assert_true(parse("set-status unreliable"));
	assert_int_equal(command.status, VMCLOCK_CLOCK_UNRELIABLE);
	assert_true(parse("set-status auto"));
	assert_int_equal(command.status, STATUS_AUTO);
}

static void everything_else_is_refused_with_a_reason(void **state)
{
	static const char * const bad[] = {
		"", "   ", "stat", "statusx", "STATUS", "status now",
		"handshake x", "handshake -1", "handshake 3601", "handshake 1 2",
		"migrate", "migrate 1.5", "migrate 9223372036854775808",
		"migrate - 5", "migrate 5x", "migrate 1 2", "truth",
		"truth -1", "truth 18446744073709551616", "truth 0x", "truth 1 2",
		"truth 0x1g", "check 65536", "check 1 2 3", "check a b",
		"raw 0", "raw 0 0", "raw 0 0g", "raw 0 00 00", "raw -1 00",
		"raw zz 00", "set-status", "set-status good", "set-status 2",
		"a b c d e f g",
	};
	char line[COMMAND_LINE];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i]))
			fail_msg("'%s' was taken", bad[i]);
		assert_true(strlen(error) > 10);
		assert_null(strchr(error, '\n'));
	}
	/* A page of bytes fits, one more does not. */
	memset(line, '0', sizeof(line));
	memcpy(line, "raw 0 ", 6);
	line[6 + 2 * COMMAND_BYTES] = '\0';
	assert_true(parse(line));
	assert_int_equal(command.byte_count, COMMAND_BYTES);
	memset(line + 6, '0', 2 * COMMAND_BYTES + 2);
	line[6 + 2 * COMMAND_BYTES + 2] = '\0';
	assert_false(parse(line));
}

static void garbage_does_no_harm(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		char line[64];
		size_t length = random_below(sizeof(line) - 1);

		for (size_t j = 0; j < length; j++)
			line[j] = 1 + random_below(255);
		line[length] = '\0';
		command_parse(line, &command, error, sizeof(error));
	}
}

static void thousandths(void **state)
{
	__u64 value;

	(void)state;
	assert_true(number_thousandths("50", 100000, &value));
	assert_int_equal(value, 50000);
	assert_true(number_thousandths("0.5", 100000, &value));
	assert_int_equal(value, 500);
	assert_true(number_thousandths("1.25", 100000, &value));
	assert_int_equal(value, 1250);
	assert_true(number_thousandths("0.001", 100000, &value));
	assert_int_equal(value, 1);
	assert_true(number_thousandths("100", 100000, &value));
	assert_false(number_thousandths("100.001", 100000, &value));
	assert_false(number_thousandths("101", 100000, &value));
	assert_false(number_thousandths("0.0001", 100000, &value));
	assert_false(number_thousandths("", 100000, &value));
	assert_false(number_thousandths(".5", 100000, &value));
	assert_false(number_thousandths("1..5", 100000, &value));
	assert_false(number_thousandths("-1", 100000, &value));
	assert_false(number_thousandths("18446744073709551617", 100000, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_without_arguments),
		cmocka_unit_test(arguments_arrive),
		cmocka_unit_test(everything_else_is_refused_with_a_reason),
		cmocka_unit_test(garbage_does_no_harm),
		cmocka_unit_test(thousandths),
	};

	return cmocka_run_group_tests_name("vmhost command", tests, NULL, NULL);
}
