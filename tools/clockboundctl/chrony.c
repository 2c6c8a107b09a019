// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way to chronyd: its Unix datagram socket. Nothing here waits.
 */
#include "chrony.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
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
	char own[sizeof(chrony->directory) + 64];
	int error;

	memset(chrony, 0, sizeof(*chrony));
	chrony->fd = -1;
	error = set_path(&chrony->address, path);
	if (error)
		return error;
	strcpy(own, path);
	strcpy(chrony->directory, dirname(own));
	snprintf(own, sizeof(own), "%s/clockbound-sync.%d.sock", chrony->directory, getpid());
	return set_path(&chrony->own, own);
}

static int set_file_owner(uid_t uid, gid_t gid)
{
	setfsgid(gid);
	setfsuid(uid);
	/* They do not say whether they have done it, but what there was before */
	return (uid_t)setfsuid(-1) == uid && (gid_t)setfsgid(-1) == gid ? 0 : -EPERM;
}

/*
 * The directory belongs to chronyd's user, who can put something else in the place of
 * any name in it, at any moment. So root does there what that user may do, and no more.
 */
static int become_owner(const struct chrony *chrony)
{
	struct stat directory;

	if (geteuid())
		return 0;
	if (stat(chrony->directory, &directory))
		return -errno;
	return set_file_owner(directory.st_uid, directory.st_gid);
}

static void become_oneself(void)
{
	set_file_owner(geteuid(), getegid());
}

/**
 * chrony_close() - forget what was asked, and leave no socket behind
 * @chrony: the chronyd; may be used again
 */
void chrony_close(struct chrony *chrony)
{
	if (chrony->fd < 0)
		return;
	if (!become_owner(chrony))
		unlink(chrony->own.sun_path);
	become_oneself();
	close(chrony->fd);
	chrony->fd = -1;
}

/*
 * chronyd needs the right to write to our socket, and may be another user than we. The
 * socket has that from the start: a chmod() of its name might be one of another file.
 * Its directory is for chronyd's user and group only: chronyd insists on that.
 */
static int bind_and_connect(const struct chrony *chrony)
{
	const struct sockaddr *own = (const struct sockaddr *)&chrony->own;
	const struct sockaddr *address = (const struct sockaddr *)&chrony->address;
	mode_t mask = umask(0);
	int error = 0;

	unlink(chrony->own.sun_path);
	if (bind(chrony->fd, own, sizeof(chrony->own)) ||
	    connect(chrony->fd, address, sizeof(chrony->address)))
		error = -errno;
	umask(mask);
	return error;
}

static int open_socket(struct chrony *chrony)
{
	int error;

	chrony->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (chrony->fd < 0)
		return -errno;
	error = become_owner(chrony);
	if (!error)
		error = bind_and_connect(chrony);
	become_oneself();
	if (error)
		chrony_close(chrony);
	return error;
}

/**
 * chrony_send() - send a request
 * @chrony: the chronyd
 * @command: the command
 * @sequence: the request's number
 * @index: SOURCE_DATA: which source
 *
 * Return: 0; -ENOENT or -ECONNREFUSED if no chronyd is there; -EACCES; or another
 * negative errno.
 */
int chrony_send(struct chrony *chrony, enum chrony_command command, __u32 sequence,
		__u32 index)
{
	__u8 message[CHRONY_MESSAGE_SIZE];
	size_t length = chrony_wire_request(message, command, sequence, index);
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
 * @data: where its data goes, see chrony_wire_reply()
 *
 * What else has come is thrown away.
 *
 * Return: chronyd's status, enum chrony_result; -EAGAIN if the reply is yet to
 * come; or another negative errno.
 */
int chrony_receive(struct chrony *chrony, enum chrony_command command, __u32 sequence,
		   void *data)
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
		status = chrony_wire_reply(message, (size_t)length, command, sequence, data);
	} while (status == CHRONY_NO_REPLY);
	return status;
}
