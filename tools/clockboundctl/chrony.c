// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way to chronyd: its Unix datagram socket. Nothing here waits.
 */
#include "chrony.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int set_path(struct sockaddr_un *address, const char *path)
{
	address->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	strcpy(address->sun_path, path);
	return 0;
}

/**
 * chrony_init() - name a chronyd
 * @chrony: the chronyd; give it back with chrony_close()
 * @path: path of its socket
 *
 * Return: 0, or -ENAMETOOLONG.
 */
int chrony_init(struct chrony *chrony, const char *path)
{
	char directory[sizeof(chrony->own.sun_path)];
	char own[sizeof(directory) + 64];
	int error;

	memset(chrony, 0, sizeof(*chrony));
	chrony->fd = -1;
	error = set_path(&chrony->address, path);
	if (error)
		return error;
	strcpy(directory, path);
	snprintf(own, sizeof(own), "%s/clockbound-sync.%d.sock", dirname(directory), getpid());
	return set_path(&chrony->own, own);
}

/**
 * chrony_close() - forget what was asked, and leave no socket behind
 * @chrony: the chronyd; may be used again
 */
void chrony_close(struct chrony *chrony)
{
	if (chrony->fd < 0)
		return;
	unlink(chrony->own.sun_path);
	close(chrony->fd);
	chrony->fd = -1;
}

/* chronyd needs the right to write to our socket, and runs as another user than root. */
static int open_socket(struct chrony *chrony)
{
	const struct sockaddr *own = (const struct sockaddr *)&chrony->own;
	const struct sockaddr *address = (const struct sockaddr *)&chrony->address;
	int error;

	chrony->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (chrony->fd < 0)
		return -errno;
	unlink(chrony->own.sun_path);
	if (bind(chrony->fd, own, sizeof(chrony->own)) ||
	    chmod(chrony->own.sun_path, 0666) ||
	    connect(chrony->fd, address, sizeof(chrony->address))) {
		error = -errno;
		chrony_close(chrony);
		return error;
	}
	return 0;
}

/**
 * chrony_send() - send a request
 * @chrony: the chronyd
 * @command: the command
 * @sequence: the request's number
 *
 * Return: 0; -ENOENT or -ECONNREFUSED if no chronyd is there; -EACCES; or another
 * negative errno.
 */
int chrony_send(struct chrony *chrony, enum chrony_command command, __u32 sequence)
{
	__u8 message[CHRONY_MESSAGE_SIZE];
	size_t length = chrony_wire_request(message, command, sequence);
	int error;

	if (chrony->fd < 0) {
		error = open_socket(chrony);
		if (error)
			return error;
	}
	if (send(chrony->fd, message, length, 0) == (ssize_t)length)
		return 0;
	error = -errno;
	chrony_close(chrony);
	return error;
}

/**
 * chrony_receive() - look for the reply
 * @chrony: the chronyd
 * @command: the command
 * @sequence: the request's number
 * @tracking: where the reply to TRACKING goes
 *
 * What else has come is thrown away.
 *
 * Return: chronyd's status, enum chrony_result; -EAGAIN if the reply is yet to
 * come; or another negative errno.
 */
int chrony_receive(struct chrony *chrony, enum chrony_command command, __u32 sequence,
		   struct chrony_tracking *tracking)
{
	__u8 message[2 * CHRONY_MESSAGE_SIZE];
	ssize_t length;
	int status, error;

	if (chrony->fd < 0)
		return -ENOTCONN;
	do {
		length = recv(chrony->fd, message, sizeof(message), 0);
		if (length < 0) {
			error = -errno;
			if (error != -EAGAIN)
				chrony_close(chrony);
			return error;
		}
		status = chrony_wire_reply(message, (size_t)length, command, sequence, tracking);
	} while (status == CHRONY_NO_REPLY);
	return status;
}
