// SPDX-License-Identifier: GPL-2.0-only
#include "qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A message of QEMU's is shorter; query-qmp-schema would be the longest. */
#define LINE_MAX_BYTES	(1 << 20)
#define LINE_CHUNK	4096

/**
 * struct qmp_command - a command that waits, or is under way
 * @text: as it is sent, with its newline; NULL if there was no memory for it
 * @fd: its own descriptor, or -1
 * @more: the next command is to be executed only if this one succeeds
 * @answer: as in qmp_execute_fd()
 * @context: as in qmp_execute_fd()
 * @next: the next command
 */
struct qmp_command {
	char *text;
	int fd;
	bool more;
	qmp_answer answer;
	void *context;
	struct qmp_command *next;
};

static void *need(void *memory)
{
	if (memory)
		return memory;
	fprintf(stderr, "vmhost: out of memory\n");
	abort();
}

static void command_free(struct qmp_command *command)
{
	if (command->fd != -1)
		close(command->fd);
	free(command->text);
	free(command);
}

/* Takes the first command out of the queue. */
static struct qmp_command *take(struct qmp *qmp)
{
	struct qmp_command *command = qmp->first;

	qmp->first = command->next;
	if (!qmp->first)
		qmp->last = &qmp->first;
	return command;
}

/* The first command has ended: if it failed, those of its row that follow have, too. */
static void answer_first(struct qmp *qmp, const json_t *result, const char *error)
{
	struct qmp_command *command = take(qmp);

	qmp->sent = false;
	while (command->more && error) {
		command_free(command);
		command = take(qmp);
	}
	if (!command->more && command->answer)
		command->answer(command->context, result, error);
	command_free(command);
}

/* The connection is over; says why to all who wait. */
static void give_up(struct qmp *qmp, const char *why)
{
	if (!qmp->over[0])
		snprintf(qmp->over, sizeof(qmp->over), "%s", why);
	while (qmp->first)
		answer_first(qmp, NULL, qmp->over);
}

/* A stream socket that is empty takes all of a command, which is short. */
static bool send_text(int socket, const char *text, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec part = { (char *)text, strlen(text) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd != -1) {
		control.header = (struct cmsghdr) {
			.cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.bytes);
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) ==
		(ssize_t)part.iov_len;
}

static void send_first(struct qmp *qmp)
{
	if (qmp->over[0] || qmp->sent || !qmp->first || !qmp->greeted)
		return;
	qmp->sent = true;
	if (!send_text(qmp->fd, qmp->first->text, qmp->first->fd))
		give_up(qmp, "QEMU takes no commands any more");
}

static void add(struct qmp *qmp, const struct qmp_step *step, bool more, qmp_answer answer,
		void *context)
{
	struct qmp_command *command = need(calloc(1, sizeof(*command)));
	json_t *message;
	char *text;
	size_t length;

	message = json_pack("{s:s, s:o*}", "execute", step->command, "arguments",
			    step->arguments);
	text = need(json_dumps(message, JSON_COMPACT));
	json_decref(message);
	length = strlen(text);
	command->text = need(realloc(text, length + 2));
	strcpy(command->text + length, "\n");
	command->fd = step->fd == -1 ? -1 : fcntl(step->fd, F_DUPFD_CLOEXEC, 0);
	command->more = more;
	command->answer = answer;
	command->context = context;
	*qmp->last = command;
	qmp->last = &command->next;
}

void qmp_execute_row(struct qmp *qmp, const struct qmp_step *steps, size_t count,
		     qmp_answer answer, void *context)
{
	for (size_t i = 0; i < count; i++)
		add(qmp, &steps[i], i + 1 < count, answer, context);
	if (qmp->over[0])
		give_up(qmp, NULL);
	else
		send_first(qmp);
}

void qmp_execute_fd(struct qmp *qmp, const char *command, json_t *arguments, int fd,
		    qmp_answer answer, void *context)
{
	struct qmp_step step = { command, arguments, fd };

	qmp_execute_row(qmp, &step, 1, answer, context);
}

void qmp_listen(struct qmp *qmp, struct qmp_listener *listener)
{
	listener->next = qmp->listeners;
	qmp->listeners = listener;
}

void qmp_unlisten(struct qmp *qmp, struct qmp_listener *listener)
{
	struct qmp_listener **at = &qmp->listeners;

	while (*at && *at != listener)
		at = &(*at)->next;
	if (*at)
		*at = listener->next;
}

static void take_error(struct qmp *qmp, const json_t *error)
{
	const char *text = json_string_value(json_object_get(error, "desc"));

	answer_first(qmp, NULL, text ? text : "QEMU gives no reason");
}

static void take_event(struct qmp *qmp, const char *name, const json_t *data)
{
	for (struct qmp_listener *listener = qmp->listeners; listener;
	     listener = listener->next)
		listener->event(listener->context, name, data);
}

/* False if @message is nothing that QEMU says here. */
static bool take_message(struct qmp *qmp, const json_t *message)
{
	const json_t *result = json_object_get(message, "return");
	const json_t *error = json_object_get(message, "error");
	const char *event = json_string_value(json_object_get(message, "event"));

	if (!qmp->greeted) {
		qmp->greeted = json_object_get(message, "QMP");
		return qmp->greeted;
	}
	if (event)
		take_event(qmp, event, json_object_get(message, "data"));
	else if (result && qmp->sent)
		answer_first(qmp, result, NULL);
	else if (error && qmp->sent)
		take_error(qmp, error);
	else
		return false;
	return true;
}

static void take_line(struct qmp *qmp, const char *line, size_t length)
{
	json_t *message = json_loadb(line, length, 0, NULL);

	if (!take_message(qmp, message)) {
		char why[QMP_ERROR];

		snprintf(why, sizeof(why), "QEMU says what is not QMP: %.80s", line);
		give_up(qmp, why);
	}
	json_decref(message);
}

static void take_lines(struct qmp *qmp)
{
	char *line = qmp->line;
	char *end;

	while (!qmp->over[0] &&
	       (end = memchr(line, '\n', qmp->line + qmp->used - line))) {
		*end = '\0';
		take_line(qmp, line, end - line);
		line = end + 1;
		send_first(qmp);
	}
	qmp->used -= line - qmp->line;
	memmove(qmp->line, line, qmp->used);
}

bool qmp_receive(struct qmp *qmp)
{
	ssize_t got;

	if (qmp->over[0])
		return false;
	if (qmp->room - qmp->used < LINE_CHUNK) {
		qmp->room = 2 * qmp->room + LINE_CHUNK;
		qmp->line = need(realloc(qmp->line, qmp->room));
	}
	got = recv(qmp->fd, qmp->line + qmp->used, qmp->room - qmp->used, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (got <= 0) {
		give_up(qmp, QMP_ENDED);
		return false;
	}
	qmp->used += got;
	take_lines(qmp);
	if (qmp->used > LINE_MAX_BYTES)
		give_up(qmp, "QEMU says what is not QMP: a line without an end");
	return !qmp->over[0];
}

void qmp_open(struct qmp *qmp, int fd)
{
	*qmp = (struct qmp) { .fd = fd };
	qmp->last = &qmp->first;
	qmp_execute(qmp, "qmp_capabilities", NULL, NULL, NULL);
}

void qmp_close(struct qmp *qmp)
{
	give_up(qmp, "vmhost ends");
	close(qmp->fd);
	free(qmp->line);
	*qmp = (struct qmp) { .fd = -1, .over = "vmhost ends" };
	qmp->last = &qmp->first;
}
