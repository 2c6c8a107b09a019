/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of the control socket: from a line of text to a structure.
 */
#ifndef VMHOST_COMMAND_H
#define VMHOST_COMMAND_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* The longest line, with its newline: "raw" with a whole page of bytes. */
#define COMMAND_LINE	9000
#define COMMAND_BYTES	4096

/* How a line begins that is not the answer yet. */
#define SERVER_PROGRESS	"progress: "

enum verb {
	VERB_STATUS,
	VERB_HANDSHAKE,		/* number: timeout, s */
	VERB_DISRUPT,
	VERB_GENERATION,
	VERB_SET_STATUS,	/* status */
	VERB_MIGRATE,		/* ns */
	VERB_PAUSE,
	VERB_RESUME,
	VERB_MARKER_ONLY,
	VERB_FULL,
	VERB_HOLD_ODD,
	VERB_RELEASE,
	VERB_RAW,		/* number: offset; bytes */
	VERB_WRITE,		/* the same */
	VERB_TRUTH,		/* number: counter */
	VERB_CHECK,		/* number: offset; count */
	VERB_NOTIFY,
	VERB_STOP_MACHINE,
	VERB_CONT_MACHINE,
	VERB_SNAPSHOT,		/* path */
	VERB_MOVE,		/* path */
	VERB_STOP,
	VERB_HELP,
};

/**
 * struct command - a command and its arguments, as above; @path is in the line
 */
struct command {
	enum verb verb;
	__u64 number;
	__u64 count;
	__s64 ns;
	int status;
	__u8 bytes[COMMAND_BYTES];
	size_t byte_count;
	const char *path;
};

/*
 * Takes @line, without its newline, apart; changes it on the way. False if it is
 * no command, with the reason in @error.
 */
bool command_parse(char *line, struct command *command, char *error,
		   size_t size);

/* Is the rest of a line that begins with the word @name a path? */
bool command_takes_path(const char *name);

/* All commands with their arguments, on one line. */
void command_help(char *text, size_t size);

/* The name of a VMCLOCK_CLOCK_* */
const char *command_status_name(int status);

#endif /* VMHOST_COMMAND_H */
