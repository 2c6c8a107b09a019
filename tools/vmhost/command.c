// SPDX-License-Identifier: GPL-2.0-only
#include "command.h"

#include <clockbound/vmclock_abi.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "hypervisor.h"
#include "number.h"

#define WORDS	3	/* behind the first: one more than any command takes */
#define BLANKS	" \t\r"
#define HANDSHAKE_SECONDS	30

static const char * const statuses[] = {
	[VMCLOCK_CLOCK_UNKNOWN] = "unknown",
	[VMCLOCK_CLOCK_INITIALIZING] = "initializing",
	[VMCLOCK_CLOCK_SYNCHRONIZED] = "synchronized",
	[VMCLOCK_CLOCK_FREERUNNING] = "freerunning",
	[VMCLOCK_CLOCK_UNRELIABLE] = "unreliable",
};

#define STATUSES	((int)(sizeof(statuses) / sizeof(statuses[0])))

static bool parse_nothing(struct command *command, char **words)
{
	(void)command;
	(void)words;
	return true;
}

static bool parse_seconds(struct command *command, char **words)
{
	command->number = HANDSHAKE_SECONDS;
	return !words[1] || number_unsigned(words[1], 3600, &command->number);
}

static bool parse_status(struct command *command, char **words)
{
	if (!strcmp(words[1], "auto")) {
		command->status = STATUS_AUTO;
		return true;
	}
	for (int i = 0; i < STATUSES; i++) {
		if (!strcmp(words[1], statuses[i])) {
			command->status = i;
			return true;
		}
	}
	return false;
}

static bool parse_ns(struct command *command, char **words)
{
	return number_signed(words[1], &command->ns);
}

static bool parse_counter(struct command *command, char **words)
{
	return number_unsigned(words[1], ~0ULL, &command->number);
}

static bool parse_range(struct command *command, char **words)
{
	return number_unsigned(words[1], ~0ULL, &command->number) &&
	       number_unsigned(words[2], ~0ULL, &command->count);
}

static int hex_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					  : -1;
}

static bool parse_raw(struct command *command, char **words)
{
	size_t digits = strlen(words[2]);

	if (!number_unsigned(words[1], ~0ULL, &command->number) ||
	    digits % 2 || digits / 2 > COMMAND_BYTES)
		return false;
	for (size_t i = 0; i < digits / 2; i++) {
		int high = hex_digit(words[2][2 * i]);
		int low = hex_digit(words[2][2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		command->bytes[i] = high << 4 | low;
	}
	command->byte_count = digits / 2;
	return true;
}

static bool parse_path(struct command *command, char **words)
{
	command->path = words[1];
	return true;
}

static const struct {
	const char *name;
	const char *arguments;
	int required;
	int allowed;
	bool (*parse)(struct command *command, char **words);
} commands[] = {
	[VERB_STATUS] = { "status", "", 0, 0, parse_nothing },
	[VERB_HANDSHAKE] = { "handshake", " [SECONDS]", 0, 1, parse_seconds },
	[VERB_DISRUPT] = { "disrupt", "", 0, 0, parse_nothing },
	[VERB_GENERATION] = { "generation", "", 0, 0, parse_nothing },
	[VERB_SET_STATUS] = {
		"set-status",
		" auto|unknown|initializing|synchronized|freerunning|unreliable",
		1, 1, parse_status
	},
	[VERB_MIGRATE] = { "migrate", " NS", 1, 1, parse_ns },
	[VERB_PAUSE] = { "pause", "", 0, 0, parse_nothing },
	[VERB_RESUME] = { "resume", "", 0, 0, parse_nothing },
	[VERB_MARKER_ONLY] = { "marker-only", "", 0, 0, parse_nothing },
	[VERB_FULL] = { "full", "", 0, 0, parse_nothing },
	[VERB_HOLD_ODD] = { "hold-odd", "", 0, 0, parse_nothing },
	[VERB_RELEASE] = { "release", "", 0, 0, parse_nothing },
	[VERB_RAW] = { "raw", " OFFSET HEXBYTES", 2, 2, parse_raw },
	[VERB_WRITE] = { "write", " OFFSET HEXBYTES", 2, 2, parse_raw },
	[VERB_TRUTH] = { "truth", " COUNTER", 1, 1, parse_counter },
	[VERB_CHECK] = { "check", " OFFSET COUNT", 2, 2, parse_range },
	[VERB_NOTIFY] = { "notify", "", 0, 0, parse_nothing },
	[VERB_STOP_MACHINE] = { "stop-machine", "", 0, 0, parse_nothing },
	[VERB_CONT_MACHINE] = { "cont-machine", "", 0, 0, parse_nothing },
	[VERB_SNAPSHOT] = { "snapshot", " FILE", 1, 1, parse_path },
	[VERB_MOVE] = { "move", " PATH", 1, 1, parse_path },
	[VERB_STOP] = { "stop", "", 0, 0, parse_nothing },
	[VERB_HELP] = { "help", "", 0, 0, parse_nothing },
};

#define COMMANDS	((int)(sizeof(commands) / sizeof(commands[0])))

static int find(const char *name)
{
	for (int verb = 0; verb < COMMANDS; verb++)
		if (!strcmp(name, commands[verb].name))
			return verb;
	return -1;
}

bool command_takes_path(const char *name)
{
	int verb = find(name);

	return verb != -1 && commands[verb].parse == parse_path;
}

/* The words behind the first; a path is one with all its blanks. Returns how many. */
static int cut(char *rest, bool path, char **words)
{
	int count = 0;

	rest += strspn(rest, BLANKS);
	if (path) {
		words[0] = rest;
		return *rest ? 1 : 0;
	}
	for (char *word = strtok_r(NULL, BLANKS, &rest); word && count < WORDS;
	     word = strtok_r(NULL, BLANKS, &rest))
		words[count++] = word;
	return count;
}

bool command_parse(char *line, struct command *command, char *error,
		   size_t size)
{
	char *words[1 + WORDS] = { NULL };
	char *rest = NULL;
	int count, verb;

	words[0] = strtok_r(line, BLANKS, &rest);
	if (!words[0]) {
		snprintf(error, size, "an empty line is no command: try 'help'");
		return false;
	}
	verb = find(words[0]);
	if (verb == -1) {
		snprintf(error, size, "there is no command '%.40s': try 'help'",
			 words[0]);
		return false;
	}
	count = cut(rest, command_takes_path(words[0]), words + 1);
	memset(command, 0, sizeof(*command));
	command->verb = verb;
	if (count < commands[verb].required || count > commands[verb].allowed ||
	    !commands[verb].parse(command, words)) {
		snprintf(error, size, "usage: %s%s", commands[verb].name,
			 commands[verb].arguments);
		return false;
	}
	return true;
}

void command_help(char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < COMMANDS && used < size; i++)
		used += snprintf(text + used, size - used, "%s%s%s",
				 i ? "; " : "", commands[i].name,
				 commands[i].arguments);
}

const char *command_status_name(int status)
{
	return status >= 0 && status < STATUSES ? statuses[status] : "auto";
}
