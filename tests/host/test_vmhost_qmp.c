// SPDX-License-Identifier: GPL-2.0-only
/*
 * QMP against a peer that says what the test likes: every command is answered exactly once,
 * whatever that is.
 */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmp.h"

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"
#define OK	"{\"return\": {}}\r\n"

static struct qmp qmp;
static int peer;

/**
 * struct heard - what came of a command
 * @times: it was answered
 * @order: as which of all
 * @number: the member "n" of the result, or -1
 * @error: or why there is none
 */
struct heard {
	int times;
	int order;
	int number;
	char error[QMP_ERROR];
};

static int answers;

static void on_answer(void *context, const json_t *result, const char *error)
{
	struct heard *heard = context;

	heard->times++;
	heard->order = ++answers;
	heard->number = -1;
	json_unpack((json_t *)result, "{s:i}", "n", &heard->number);
	snprintf(heard->error, sizeof(heard->error), "%s", error ? error : "");
}

static void say(const char *text)
{
	assert_int_equal(write(peer, text, strlen(text)), strlen(text));
}

/* All that vmhost has sent, or "" */
static const char *sent(void)
{
	static char text[4096];
	ssize_t got = recv(peer, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[got > 0 ? got : 0] = '\0';
	return text;
}

static bool hear(const char *text)
{
	say(text);
	return qmp_receive(&qmp);
}

FIXTURE(setup)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -1;
	peer = fds[1];
	answers = 0;
	qmp_open(&qmp, fds[0]);
	return 0;
}

FIXTURE(teardown)
{
	if (qmp.fd != -1)
		qmp_close(&qmp);
	close(peer);
	return 0;
}

FIXTURE(greet)
{
	if (setup(state))
		return -1;
	if (!hear(GREETING) || strcmp(sent(), "{\"execute\":\"qmp_capabilities\"}\n") ||
	    !hear(OK))
		return -1;
	return 0;
}

#define TEST_G(name)	TEST_WITH(name, greet, teardown)

TEST_F(nothing_is_sent_before_the_greeting)
{
	struct heard heard = { 0 };

	qmp_execute(&qmp, "stop", NULL, on_answer, &heard);
	assert_string_equal(sent(), "");
	assert_true(hear(GREETING));
	assert_string_equal(sent(), "{\"execute\":\"qmp_capabilities\"}\n");
	assert_true(hear(OK));
	assert_string_equal(sent(), "{\"execute\":\"stop\"}\n");
	assert_int_equal(heard.times, 0);
	assert_true(hear("{\"return\": {\"n\": 5}}\r\n"));
	assert_int_equal(heard.times, 1);
	assert_int_equal(heard.number, 5);
	assert_string_equal(heard.error, "");
}

TEST_G(one_command_at_a_time_in_their_order)
{
	struct heard a = { 0 }, b = { 0 };

	qmp_execute(&qmp, "a", json_pack("{s:i}", "x", 7), on_answer, &a);
	qmp_execute(&qmp, "b", NULL, on_answer, &b);
	assert_string_equal(sent(), "{\"execute\":\"a\",\"arguments\":{\"x\":7}}\n");
	assert_true(hear("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n"));
	assert_string_equal(a.error, "no");
	assert_int_equal(a.number, -1);
	assert_int_equal(b.times, 0);
	assert_string_equal(sent(), "{\"execute\":\"b\"}\n");
	assert_true(hear(OK));
	assert_int_equal(a.order, 1);
	assert_int_equal(b.order, 2);
	/* An answer that nobody wants is taken, too. */
	qmp_execute(&qmp, "c", NULL, NULL, NULL);
	assert_true(hear(OK));
}

TEST_G(messages_come_in_pieces_and_together)
{
	static const char message[] = "{\"return\": {\"n\": 1}}\r\n";
	struct heard a = { 0 }, b = { 0 }, c = { 0 };

	qmp_execute(&qmp, "a", NULL, on_answer, &a);
	for (size_t i = 0; i < strlen(message); i++) {
		assert_int_equal(a.times, 0);
		assert_true(hear((char[]){ message[i], '\0' }));
	}
	assert_int_equal(a.number, 1);
	qmp_execute(&qmp, "b", NULL, on_answer, &b);
	qmp_execute(&qmp, "c", NULL, on_answer, &c);
	assert_true(hear("{\"return\": {\"n\": 2}}\n{\"return\": {\"n\": 3}}\n{\"ret"));
	assert_int_equal(b.number, 2);
	assert_int_equal(c.number, 3);
	qmp_execute(&qmp, "d", NULL, on_answer, &a);
	assert_true(hear("urn\": {\"n\": 4}}\n"));
	assert_int_equal(a.number, 4);
}

TEST_G(a_row_ends_with_the_last_result)
{
	struct qmp_step steps[] = { { "a", NULL, -1 }, { "b", NULL, -1 }, { "c", NULL, -1 } };
	struct heard row = { 0 }, other = { 0 };

	qmp_execute_row(&qmp, steps, 3, on_answer, &row);
	qmp_execute(&qmp, "d", NULL, on_answer, &other);
	for (int i = 0; i < 2; i++)
		assert_true(hear("{\"return\": {\"n\": 1}}\n"));
	assert_int_equal(row.times, 0);
	assert_true(hear("{\"return\": {\"n\": 9}}\n"));
	assert_int_equal(row.times, 1);
	assert_int_equal(row.number, 9);
	assert_true(hear(OK));
	assert_int_equal(other.times, 1);
	assert_string_equal(sent(), "{\"execute\":\"a\"}\n{\"execute\":\"b\"}\n"
				    "{\"execute\":\"c\"}\n{\"execute\":\"d\"}\n");
}

TEST_G(a_row_ends_with_the_first_error)
{
	struct qmp_step steps[] = {
		{ "a", NULL, -1 }, { "b", NULL, -1 }, { "c", json_pack("{s:i}", "x", 1), -1 },
	};
	struct heard row = { 0 }, other = { 0 };

	qmp_execute_row(&qmp, steps, 3, on_answer, &row);
	qmp_execute(&qmp, "d", NULL, on_answer, &other);
	assert_true(hear(OK));
	assert_true(hear("{\"error\": {\"desc\": \"b is not possible\"}}\n"));
	assert_int_equal(row.times, 1);
	assert_string_equal(row.error, "b is not possible");
	assert_string_equal(sent(), "{\"execute\":\"a\"}\n{\"execute\":\"b\"}\n"
				    "{\"execute\":\"d\"}\n");
	assert_true(hear(OK));
	assert_int_equal(row.times, 1);
	assert_int_equal(other.times, 1);
}

/* The descriptor that came with the next bytes, or -1 */
static int received_fd(char *text, size_t size)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec part = { text, size - 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(peer, &message, MSG_DONTWAIT);
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd;

	assert_true(got > 0);
	text[got] = '\0';
	if (!header)
		return -1;
	assert_int_equal(header->cmsg_len, CMSG_LEN(sizeof(fd)));
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

TEST_G(a_descriptor_goes_with_its_command)
{
	struct heard heard = { 0 };
	struct stat before, after;
	char text[256];
	int pipes[2], fd;

	assert_int_equal(pipe(pipes), 0);
	fstat(pipes[0], &before);
	qmp_execute(&qmp, "first", NULL, on_answer, &heard);
	qmp_execute_fd(&qmp, "getfd", json_pack("{s:s}", "fdname", "x"), pipes[0], on_answer,
		       &heard);
	/* It is still the caller's, who can close it. */
	close(pipes[0]);
	assert_int_equal(received_fd(text, sizeof(text)), -1);
	assert_true(hear(OK));
	fd = received_fd(text, sizeof(text));
	assert_string_equal(text, "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"x\"}}\n");
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_true(hear(OK));
	/* Nobody but the receiver has had it. */
	close(fd);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(write(pipes[1], "x", 1), -1);
	close(pipes[1]);
}

static char events[256];

static void on_event(void *context, const char *name, const json_t *data)
{
	size_t used = strlen(events);

	snprintf(events + used, sizeof(events) - used, "%s:%s:%lld ", (const char *)context,
		 name, json_integer_value(json_object_get(data, "n")));
}

TEST_G(events_reach_all_listeners)
{
	struct qmp_listener one = { .event = on_event, .context = (char *)"one" };
	struct qmp_listener two = { .event = on_event, .context = (char *)"two" };
	struct heard heard = { 0 };

	events[0] = '\0';
	qmp_listen(&qmp, &one);
	qmp_listen(&qmp, &two);
	qmp_execute(&qmp, "stop", NULL, on_answer, &heard);
	assert_true(hear("{\"event\": \"STOP\", \"timestamp\": {}}\n"));
	assert_int_equal(heard.times, 0);
	assert_true(hear("{\"return\": {}}\n{\"event\": \"RESUME\", \"data\": {\"n\": 3}}\n"));
	assert_int_equal(heard.times, 1);
	assert_string_equal(events, "two:STOP:0 one:STOP:0 two:RESUME:3 one:RESUME:3 ");
	qmp_unlisten(&qmp, &two);
	qmp_unlisten(&qmp, &two);
	assert_true(hear("{\"event\": \"RESET\"}\n"));
	assert_non_null(strstr(events, "one:RESET:0 "));
	assert_null(strstr(events, "two:RESET"));
}

static void assert_over(const char *why)
{
	struct heard late = { 0 };

	assert_non_null(strstr(qmp.over, why));
	qmp_execute(&qmp, "late", NULL, on_answer, &late);
	assert_int_equal(late.times, 1);
	assert_string_equal(late.error, qmp.over);
	assert_false(qmp_receive(&qmp));
}

TEST_G(when_qemu_ends_everybody_is_answered)
{
	struct qmp_step steps[] = { { "b", NULL, -1 }, { "c", NULL, -1 } };
	struct heard a = { 0 }, b = { 0 };

	qmp_execute(&qmp, "a", NULL, on_answer, &a);
	qmp_execute_row(&qmp, steps, 2, on_answer, &b);
	shutdown(peer, SHUT_RDWR);
	assert_false(qmp_receive(&qmp));
	assert_int_equal(a.times, 1);
	assert_int_equal(b.times, 1);
	assert_string_equal(a.error, QMP_ENDED);
	assert_string_equal(b.error, QMP_ENDED);
	assert_over(QMP_ENDED);
}

static void assert_garbage(const char *text)
{
	struct heard a = { 0 }, b = { 0 };

	assert_int_equal(greet(NULL), 0);
	qmp_execute(&qmp, "a", NULL, on_answer, &a);
	qmp_execute(&qmp, "b", NULL, on_answer, &b);
	if (hear(text))
		fail_msg("taken: %s", text);
	assert_int_equal(a.times, 1);
	assert_int_equal(b.times, 1);
	assert_string_equal(b.error, qmp.over);
	assert_over("QEMU says what is not QMP");
	teardown(NULL);
}

TEST(garbage_ends_it)
{
	static const char * const garbage[] = {
		"hello\n", "\n", "{}\n", "[]\n", "5\n", "{\"return\"\n", "{\"event\": 5}\n",
		"{\"QMP\": {}}\n", "\xff\xfe\n", "{\"return\": {}} {}\n", "{\"event\": null}\n",
	};

	for (size_t i = 0; i < COUNT(garbage); i++)
		assert_garbage(garbage[i]);
	/* The second has no question. */
	assert_int_equal(greet(NULL), 0);
	assert_false(hear(OK));
	assert_over("QEMU says what is not QMP");
	teardown(NULL);
	/* Something else than a greeting */
	assert_int_equal(setup(NULL), 0);
	assert_false(hear(OK));
	assert_over("QEMU says what is not QMP");
	teardown(NULL);
}

TEST_G(an_error_without_a_reason_is_an_error)
{
	struct heard heard = { 0 };

	qmp_execute(&qmp, "a", NULL, on_answer, &heard);
	assert_true(hear("{\"error\": 5}\n"));
	assert_int_equal(heard.times, 1);
	assert_int_not_equal(strlen(heard.error), 0);
}

TEST_G(a_line_has_an_end)
{
	char text[4096];
	int pieces = 0;

	memset(text, ' ', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	while (hear(text))
		assert_true(++pieces < 1000);
	assert_true(pieces > 200);
	assert_over("a line without an end");
}

TEST_G(a_peer_that_does_not_read_is_given_up)
{
	struct heard heard = { 0 };
	char *text = malloc(1 << 22);

	memset(text, 'x', (1 << 22) - 1);
	text[(1 << 22) - 1] = '\0';
	qmp_execute(&qmp, "a", json_pack("{s:s}", "text", text), on_answer, &heard);
	free(text);
	assert_int_equal(heard.times, 1);
	assert_over("takes no commands");
}

static struct heard nested;

static void execute_more(void *context, const json_t *result, const char *error)
{
	(void)result;
	(void)error;
	qmp_execute(context, "more", NULL, on_answer, &nested);
}

TEST_G(an_answer_may_execute_commands)
{
	nested = (struct heard) { 0 };
	qmp_execute(&qmp, "a", NULL, execute_more, &qmp);
	assert_true(hear(OK));
	assert_string_equal(sent(), "{\"execute\":\"a\"}\n{\"execute\":\"more\"}\n");
	assert_true(hear(OK));
	assert_int_equal(nested.times, 1);
	/* Also when there is nobody any more who could answer. */
	nested = (struct heard) { 0 };
	qmp_execute(&qmp, "a", NULL, execute_more, &qmp);
	qmp_close(&qmp);
	assert_int_equal(nested.times, 1);
	assert_string_equal(nested.error, "vmhost ends");
}

TEST_MAIN(NULL, NULL)
