// SPDX-License-Identifier: GPL-2.0-only
#include "arrival.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "machine_state.h"
#include "move.h"

static void close_one(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void hang_up(struct arrival *arrival)
{
	if (arrival->fd != -1)
		loop_forget(arrival->machine->loop, arrival->fd);
	close_one(&arrival->fd);
	close_one(&arrival->file);
}

static void answer(struct arrival *arrival, const char *error)
{
	char text[QMP_ERROR + 16] = "ok";

	if (error)
		snprintf(text, sizeof(text), "error: %s", error);
	send(arrival->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The other one keeps it. What QEMU has received so far it cannot forget, so it ends. */
static void give_up(struct arrival *arrival, const char *error)
{
	fprintf(stderr, "vmhost: the machine stays where it is: %s\n", error);
	answer(arrival, error);
	hang_up(arrival);
	machine_quit(arrival->machine);
}

/* When QEMU has it all, and the other vmhost has said what the page says. */
static void take_over(struct arrival *arrival)
{
	const char *error;

	if (!arrival->loaded || !arrival->told)
		return;
	error = hypervisor_inherit(arrival->hv, &arrival->identity);
	if (error)
		give_up(arrival, error);
	else
		arrival->arrived(arrival->context);
}

void arrival_done(struct arrival *arrival, const char *error)
{
	if (error) {
		give_up(arrival, error);
		return;
	}
	answer(arrival, NULL);
	hang_up(arrival);
}

static void on_stream(void *context, enum stream_event event, const char *error)
{
	struct arrival *arrival = context;

	if (event == STREAM_FAILED) {
		give_up(arrival, error);
		return;
	}
	arrival->loaded = true;
	take_over(arrival);
}

static void take_go(struct arrival *arrival, const char *text)
{
	struct identity *identity = &arrival->identity;

	arrival->told = sscanf(text, "go %llu %llu %u", &identity->marker,
			       &identity->generation, &identity->sequence) == 3;
	if (arrival->told)
		take_over(arrival);
	else
		give_up(arrival, "the other vmhost has ended, or is another version");
}

/* NULL, or why this machine cannot become that one. */
static const char *compare(struct arrival *arrival, const void *bytes, size_t size, char *error,
			   size_t error_size)
{
	const struct machine *machine = arrival->machine;
	struct snapshot_state saved, now;
	bool good;

	if (!machine_state(&now, &machine->qemu, machine->kvm))
		return "out of memory";
	good = snapshot_state_decode(&saved, bytes, size, error, error_size) &&
	       snapshot_state_fits(&saved, &now, error, error_size);
	arrival->identity.counter_id = saved.counter_id;
	arrival->identity.time_type = saved.time_type;
	snapshot_state_free(&saved);
	machine_state_free(&now);
	return good ? NULL : error;
}

static void take_state(struct arrival *arrival, const void *bytes, size_t size)
{
	char error[QMP_ERROR];
	const char *trouble = compare(arrival, bytes, size, error, sizeof(error));

	if (!trouble && arrival->file == -1)
		trouble = "there is no descriptor for QEMU's stream";
	/* Nothing has begun, so another machine may come. */
	answer(arrival, trouble);
	if (trouble)
		hang_up(arrival);
	else
		stream_read(&arrival->stream, arrival->machine, STREAM_ALL, arrival->file,
			    on_stream, arrival);
}

/* The last of several descriptors; there should be one at most. */
static void take_descriptors(struct arrival *arrival, struct msghdr *message)
{
	struct cmsghdr *part;

	for (part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; CMSG_LEN(at) < part->cmsg_len; at += sizeof(int)) {
			close_one(&arrival->file);
			memcpy(&arrival->file, CMSG_DATA(part) + at, sizeof(int));
		}
	}
}

static void receive(void *context, int fd, short revents)
{
	static char bytes[MOVE_MESSAGE + 1];
	struct arrival *arrival = context;
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec part = { bytes, sizeof(bytes) - 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	bool begun = arrival->stream.machine;
	ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	(void)revents;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0 && !begun)
		take_descriptors(arrival, &message);
	bytes[got > 0 ? got : 0] = '\0';
	if (begun)
		take_go(arrival, bytes);
	else if (got > 0)
		take_state(arrival, bytes, got);
	else
		hang_up(arrival);
}

static void admit(void *context, int listener, short revents)
{
	struct arrival *arrival = context;
	int fd = listener_accept(&arrival->listener);

	(void)listener;
	(void)revents;
	if (fd == -1)
		return;
	if (arrival->fd != -1 || arrival->stream.machine ||
	    !loop_watch(arrival->machine->loop, fd, POLLIN, receive, arrival)) {
		close(fd);
		return;
	}
	arrival->fd = fd;
}

bool arrival_open(struct arrival *arrival, const char *path)
{
	*arrival = (struct arrival) { .fd = -1, .file = -1 };
	return listener_open(&arrival->listener, path, SOCK_SEQPACKET);
}

void arrival_start(struct arrival *arrival, struct machine *machine, struct hypervisor *hv,
		   void (*arrived)(void *context), void *context)
{
	arrival->machine = machine;
	arrival->hv = hv;
	arrival->arrived = arrived;
	arrival->context = context;
	if (loop_watch(machine->loop, arrival->listener.fd, POLLIN, admit, arrival))
		return;
	fprintf(stderr, "vmhost: out of memory\n");
	machine_quit(machine);
}

void arrival_close(struct arrival *arrival)
{
	if (arrival->machine)
		loop_forget(arrival->machine->loop, arrival->listener.fd);
	if (arrival->fd != -1)
		hang_up(arrival);
	listener_close(&arrival->listener);
}
