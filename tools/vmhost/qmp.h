/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's machine protocol (QMP) on a socket that vmhost and QEMU share: commands with
 * answers, and events. Nothing here waits; answers come by callbacks from qmp_receive().
 *
 * One command is under way at a time, the others queue up here: QEMU keeps just the last
 * descriptor that came, so a command must not overtake the one before it.
 */
#ifndef VMHOST_QMP_H
#define VMHOST_QMP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define QMP_ENDED	"QEMU has ended"
#define QMP_ERROR	256	/* the longest error text, with its end */
#define QMP_ENDED	"QEMU has ended"

/**
 * typedef qmp_answer - takes the answer to a command
 * @context: the caller's own
 * @result: what QEMU returned, good until the function returns; NULL on an error
 * @error: why there is no result, one line, good until the function returns; or NULL
 *
 * It may execute commands, and free what @context points to.
 */
typedef void (*qmp_answer)(void *context, const json_t *result, const char *error);

/**
 * struct qmp_listener - somebody who takes events
 * @event: called for each: its name, and its data or NULL, good until the function
 *	returns. It may execute commands, but neither add nor remove listeners.
 * @context: the caller's own
 * @next: the next listener
 */
struct qmp_listener {
	void (*event)(void *context, const char *name, const json_t *data);
	void *context;
	struct qmp_listener *next;
};

/**
 * struct qmp - a connection
 * @fd: the socket, non-blocking; -1 after qmp_close()
 * @greeted: QEMU has said that it is QEMU
 * @over: no command can be executed any more: why; empty as long as all is well
 * @line: what has come of the next message
 * @used: bytes of it
 * @room: bytes of @line
 * @first: the oldest command; if @sent, it is under way
 * @last: where the next one goes
 * @sent: as above
 * @listeners: who takes events
 */
struct qmp {
	int fd;
	bool greeted;
	char over[QMP_ERROR];
	char *line;
	size_t used;
	size_t room;
	struct qmp_command *first;
	struct qmp_command **last;
	bool sent;
	struct qmp_listener *listeners;
};

/* Takes over a socket. Commands can be executed at once. */
void qmp_open(struct qmp *qmp, int fd);

/* Closes the socket; commands that are not answered are answered with an error. */
void qmp_close(struct qmp *qmp);

/*
 * Takes what QEMU has said: to be called when @qmp->fd is readable. False when the
 * connection is over, because QEMU has ended or says what nobody can understand; @qmp->over
 * says which, all commands have been answered with that, and so will be all to come.
 */
bool qmp_receive(struct qmp *qmp);

/*
 * Executes @command. @arguments is taken over, NULL for none. @fd goes with the command, as
 * getfd and add-fd need it, and stays the caller's; -1 for none. @answer is called exactly
 * once, NULL if nobody wants it: later, or before this returns if the connection is over.
 */
void qmp_execute_fd(struct qmp *qmp, const char *command, json_t *arguments, int fd,
		    qmp_answer answer, void *context);

static inline void qmp_execute(struct qmp *qmp, const char *command, json_t *arguments,
			       qmp_answer answer, void *context)
{
	qmp_execute_fd(qmp, command, arguments, -1, answer, context);
}

/**
 * struct qmp_step - one of several commands
 * @command: its name
 * @arguments: taken over, NULL for none
 * @fd: goes with it, or -1
 */
struct qmp_step {
	const char *command;
	json_t *arguments;
	int fd;
};

/*
 * Executes commands in a row, up to the first that fails. @answer gets the last one's
 * result, or the error of the one that failed. No other command comes in between.
 */
void qmp_execute_row(struct qmp *qmp, const struct qmp_step *steps, size_t count,
		     qmp_answer answer, void *context);

/* @listener stays where it is until it is removed, or qmp_close(). */
void qmp_listen(struct qmp *qmp, struct qmp_listener *listener);
void qmp_unlisten(struct qmp *qmp, struct qmp_listener *listener);

#endif /* VMHOST_QMP_H */
