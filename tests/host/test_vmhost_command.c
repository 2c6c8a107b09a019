// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands and numbers: what is taken, and that nothing else is.
 */
#include "test.h"

#include <clockbound/vmclock_abi.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "hypervisor.h"
#include "number.h"

static struct command command;
static char error[200];

static bool parse(const char *text)
{
	static char line[COMMAND_LINE];	/* the command may point into it */

	snprintf(line, sizeof(line), "%s", text);
	error[0] = '\0';
	return command_parse(line, &command, error, sizeof(error));
}

TEST(arguments_arrive)
{
	assert_true(parse("  status\t\r"));
	assert_int_equal(command.verb, VERB_STATUS);
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
	assert_true(parse("snapshot  /a name\twith blanks"));
	assert_int_equal(command.verb, VERB_SNAPSHOT);
	assert_string_equal(command.path, "/a name\twith blanks");
	assert_true(parse("move /there"));
	assert_string_equal(command.path, "/there");
	assert_true(parse("set-status unreliable"));
	assert_int_equal(command.status, VMCLOCK_CLOCK_UNRELIABLE);
	assert_true(parse("set-status auto"));
	assert_int_equal(command.status, STATUS_AUTO);
}

TEST(everything_else_is_refused_with_a_reason)
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
		"a b c d e f g", "snapshot", "snapshot ", "move", "snapshots /a",
	};
	char line[COMMAND_LINE];

	for (size_t i = 0; i < COUNT(bad); i++) {
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

TEST(thousandths)
{
	__u64 value;

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

TEST_MAIN(NULL, NULL)
