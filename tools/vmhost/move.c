// SPDX-License-Identifier: GPL-2.0-only
#include "move.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "machine_state.h"
#include "monotonic.h"

static void close_one(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void hang_up(struct move *move)
{
	if (move->fd != -1)
		loop_forget(move->machine->loop, move->fd);
	close_one(&move->fd);
	close_one(&move->file);
}

static void answer(struct move *move, const char *text)
{
	server_answer(move->control->server, move->client, text);
}

/* The machine stays, and goes on. */
static void fail(struct move *move, const char *error)
{
	char text[QMP_ERROR + 16];

	hang_up(move);
	if (move->stream.told)
		qmp_execute(&move->machine->qmp, "migrate_cancel", NULL, NULL, NULL);
	else if (move->resume && !move->machine->running)
		machine_cont(move->machine);
	move->machine->busy = move->stream.told;
	snprintf(text, sizeof(text), "error: %s", error);
	answer(move, text);
	move->client = -1;
}

static void say_go(struct move *move)
{
	struct identity identity;
	char text[100];
	int length;

	hypervisor_identity(&move->control->hv, &identity);
	length = snprintf(text, sizeof(text), "go %llu %llu %u", identity.marker,
			  identity.generation, identity.sequence);
	move->sent = true;
	if (send(move->fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) != length)
		fail(move, "the other vmhost has ended");
}

/* It was given up while QEMU was at work, which has been told to cancel it. */
static void end_given_up(struct move *move, enum stream_event event)
{
	if (event == STREAM_PAUSED)
		return;
	move->machine->busy = false;
	if (move->resume && !move->machine->running)
		machine_cont(move->machine);
}

static void on_stream(void *context, enum stream_event event, const char *error)
{
	struct move *move = context;

	if (move->fd == -1) {
		end_given_up(move, event);
		return;
	}
	switch (event) {
	case STREAM_PAUSED:
		move->stopped = monotonic_ns();
		stream_finish(&move->stream);
		break;
	case STREAM_DONE:
		say_go(move);
		break;
	case STREAM_FAILED:
		fail(move, error);
		break;
	}
}

static void on_status(void *context, const json_t *result, const char *error)
{
	struct move *move = context;

	(void)error;
	move->resume = json_is_true(json_object_get(result, "running"));
}

/* It is the other one's now. */
static void succeed(struct move *move)
{
	__s64 now = monotonic_ns();
	char text[100];

	snprintf(text, sizeof(text), "ok stopped_ms=%lld took_ms=%lld",
		 (now - move->stopped) / 1000000, (now - move->begun) / 1000000);
	move->gone = true;
	hang_up(move);
	answer(move, text);
	machine_quit(move->machine);
}

static void receive(void *context, int fd, short revents)
{
	struct move *move = context;
	char text[QMP_ERROR + 16];
	ssize_t got = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	(void)revents;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	text[got > 0 ? got : 0] = '\0';
	if (!strncmp(text, "error: ", 7))
		fail(move, text + 7);
	else if (strcmp(text, "ok"))
		fail(move, "the other vmhost has ended: its standard error tells why");
	else if (move->sent)
		succeed(move);
	else
		stream_write(&move->stream, move->machine, STREAM_ALL, move->file, on_stream,
			     move);
}

static bool send_state(const struct move *move, int stream)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .header = {
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	} };
	static __u8 bytes[MOVE_MESSAGE];
	struct iovec part = { bytes, 0 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control.bytes),
	};
	struct snapshot_state state;
	char error[200];
	bool good;

	if (!machine_state(&state, &move->machine->qemu, move->machine->kvm))
		return false;
	machine_state_page(&state, &move->control->hv);
	good = snapshot_state_encode(&state, bytes, sizeof(bytes), &part.iov_len, error,
				     sizeof(error)) && part.iov_len <= sizeof(bytes);
	machine_state_free(&state);
	memcpy(CMSG_DATA(&control.header), &stream, sizeof(stream));
	return good && sendmsg(move->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) ==
		       (ssize_t)part.iov_len;
}

static const char *start(struct move *move, const struct sockaddr_un *address)
{
	int ends[2];
	bool sent;

	move->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (move->fd == -1 || connect(move->fd, (void *)address, sizeof(*address)))
		return "nobody listens there: start 'vmhost run --incoming PATH' first";
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return strerror(errno);
	move->file = ends[0];
	sent = send_state(move, ends[1]);
	close(ends[1]);
	if (!sent)
		return "the machine's arguments are too long, or the other vmhost has ended";
	if (!loop_watch(move->machine->loop, move->fd, POLLIN, receive, move))
		return "out of memory";
	return NULL;
}

const char *move_begin(struct move *move, int client, const char *path)
{
	struct machine *machine = move->machine;
	struct sockaddr_un address;
	const char *error;

	if (machine->busy)
		return machine_busy;
	if (machine->plugged)
		return machine_state_plugged;
	if (!address_fill(&address, path))
		return "the name of a socket has 1 to 107 characters";
	move_open(move, machine, move->control);
	move->client = client;
	move->begun = monotonic_ns();
	error = start(move, &address);
	if (error) {
		close_one(&move->fd);
		close_one(&move->file);
		return error;
	}
	machine->busy = true;
	qmp_execute(&machine->qmp, "query-status", NULL, on_status, move);
	return NULL;
}

void move_open(struct move *move, struct machine *machine, struct control *control)
{
	*move = (struct move) {
		.machine = machine, .control = control, .fd = -1, .file = -1, .client = -1,
	};
}

void move_close(struct move *move)
{
	if (move->fd == -1)
		return;
	hang_up(move);
	answer(move, "error: the machine has ended");
}
