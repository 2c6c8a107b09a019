// SPDX-License-Identifier: GPL-2.0-only
#include "vm_control.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_datagrams(const struct vm_client *client)
{
	return client == &client->control->datagrams;
}

static void drop(struct vm_client *client)
{
	loop_forget(client->control->loop, client->fd);
	close(client->fd);
	client->fd = -1;
	client->ticket = 0;
}

/* Nobody waits for a client that does not read; a datagram to it, or to no address, is lost. */
static void reply(struct vm_client *client, const struct vm_response *response)
{
	if (is_datagrams(client))
		vm_send_response(client->fd, response, &client->peer);
	else if (vm_send_response(client->fd, response, NULL).kind)
		drop(client);
}

static void refuse(struct vm_client *client, int error)
{
	reply(client, &(struct vm_response) { .type = VM_ERR, .error = -error });
}

void vm_control_answer(struct vm_control *control, __u64 ticket,
		       const struct vm_response *response)
{
	struct vm_client *client = &control->datagrams;

	for (int i = 0; client->ticket != ticket; i++) {
		if (i == VM_CONTROL_CLIENTS)
			return;
		client = &control->clients[i];
	}
	client->ticket = 0;
	loop_change(control->loop, client->fd, POLLIN);
	reply(client, response);
}

static void execute(struct vm_client *client, const struct vm_request *request, int fd)
{
	struct vm_control *control = client->control;

	client->ticket = ++control->tickets;
	client->heard = ++control->moment;
	/* Until the answer has been sent, only its end counts. */
	loop_change(control->loop, client->fd, 0);
	control->execute(control->context, client->ticket, request, fd);
}

static void receive(struct vm_client *client)
{
	struct vm_request request;
	struct vm_error error;
	int fd;

	error = vm_receive_request(client->fd, &request, &fd, &client->peer);
	switch (error.kind) {
	case VM_NO_ERROR:
		execute(client, &request, fd);
		break;
	case VM_BAD_SIZE:
		/* Nothing is what comes at the end of a connection. */
		if (error.number || is_datagrams(client))
			refuse(client, EBADMSG);
		else
			drop(client);
		break;
	case VM_INVALID_TYPE:
		refuse(client, EOPNOTSUPP);
		break;
	case VM_EXPECT_FD:
		refuse(client, EBADF);
		break;
	default:
		if (error.number != EAGAIN && error.number != EINTR &&
		    !is_datagrams(client))
			drop(client);
	}
}

static void serve(void *context, int fd, short revents)
{
	struct vm_client *client = context;

	(void)fd;
	(void)revents;
	/* While its request is under way, this can only be the end of the connection. */
	if (client->ticket)
		drop(client);
	else
		receive(client);
}

static struct vm_client *find_slot(struct vm_control *control)
{
	struct vm_client *silent = NULL;

	for (int i = 0; i < VM_CONTROL_CLIENTS; i++) {
		struct vm_client *client = &control->clients[i];

		if (client->fd == -1)
			return client;
		if (!client->ticket && (!silent || client->heard < silent->heard))
			silent = client;
	}
	if (silent)
		drop(silent);
	return silent;
}

static void admit(void *context, int listener, short revents)
{
	struct vm_control *control = context;
	int fd = listener_accept(&control->listener);
	struct vm_client *client;

	(void)listener;
	(void)revents;
	if (fd == -1)
		return;
	client = find_slot(control);
	if (!client || !loop_watch(control->loop, fd, POLLIN, serve, client)) {
		close(fd);
		return;
	}
	client->fd = fd;
	client->heard = ++control->moment;
}

static bool open_connections(struct vm_control *control, const char *path)
{
	struct listener *listener = &control->listener;

	if (!listener_open(listener, path, SOCK_SEQPACKET))
		return false;
	if (loop_watch(control->loop, listener->fd, POLLIN, admit, control))
		return true;
	fprintf(stderr, "vmhost: out of memory\n");
	listener_close(listener);
	return false;
}

static bool open_datagrams(struct vm_control *control, const char *path)
{
	struct listener *listener = &control->datagram_listener;
	struct vm_client *client = &control->datagrams;

	if (!listener_open(listener, path, SOCK_DGRAM))
		return false;
	if (!loop_watch(control->loop, listener->fd, POLLIN, serve, client)) {
		fprintf(stderr, "vmhost: out of memory\n");
		listener_close(listener);
		return false;
	}
	client->fd = listener->fd;
	return true;
}

bool vm_control_open(struct vm_control *control, const char *path,
		     const char *datagram_path, struct loop *loop,
		     vm_control_execute execute, void *context)
{
	const struct vm_client nobody = { .control = control, .fd = -1 };

	*control = (struct vm_control) {
		.loop = loop, .execute = execute, .context = context,
		.datagrams = nobody,
	};
	for (int i = 0; i < VM_CONTROL_CLIENTS; i++)
		control->clients[i] = nobody;
	if (!open_connections(control, path))
		return false;
	if (!datagram_path || open_datagrams(control, datagram_path))
		return true;
	vm_control_close(control);
	return false;
}

static void close_connection(struct vm_client *client)
{
	if (client->ticket)
		refuse(client, ECANCELED);
	if (client->fd != -1)
		drop(client);
}

void vm_control_close(struct vm_control *control)
{
	for (int i = 0; i < VM_CONTROL_CLIENTS; i++)
		close_connection(&control->clients[i]);
	loop_forget(control->loop, control->listener.fd);
	listener_close(&control->listener);
	if (control->datagrams.fd == -1)
		return;
	if (control->datagrams.ticket)
		refuse(&control->datagrams, ECANCELED);
	loop_forget(control->loop, control->datagrams.fd);
	listener_close(&control->datagram_listener);
}
