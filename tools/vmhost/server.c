// SPDX-License-Identifier: GPL-2.0-only
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"

/*
 * Makes way for the socket: true if nothing is at @path, or if a socket was there that
 * nobody listens on, which an earlier vmhost left behind. Nothing else is removed.
 */
static bool make_way(const struct sockaddr_un *address, const char *path)
{
	struct stat there;
	int fd, error;

	if (lstat(path, &there)) {
		if (errno == ENOENT)
			return true;
		fprintf(stderr, "vmhost: %s: %s\n", path, strerror(errno));
		return false;
	}
	if (!S_ISSOCK(there.st_mode)) {
		fprintf(stderr,
			"vmhost: %s: is there already and is no socket; nothing was removed: give --socket another name\n",
			path);
		return false;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	error = fd == -1 || connect(fd, (void *)address, sizeof(*address)) ? errno : 0;
	if (fd != -1)
		close(fd);
	if (!error) {
		fprintf(stderr, "vmhost: %s: another vmhost is running there\n",
			path);
		return false;
	}
	if (error != ECONNREFUSED) {
		fprintf(stderr,
			"vmhost: %s: somebody else's socket (%s); nothing was removed: give --socket another name\n",
			path, strerror(error));
		return false;
	}
	if (unlink(path)) {
		fprintf(stderr, "vmhost: %s: %s\n", path, strerror(errno));
		return false;
	}
	return true;
}

bool server_open(struct server *server, const char *path)
{
	struct sockaddr_un address;
	struct stat own;
	mode_t mask;
	int failed;

	*server = (struct server) { .fd = -1, .path = path };
	for (int i = 0; i < SERVER_CLIENTS; i++)
		server->clients[i].fd = -1;
	if (!address_fill(&address, path) || !make_way(&address, path))
		return false;

	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    0);
	if (server->fd == -1) {
		perror("vmhost: socket");
		return false;
	}
	mask = umask(077);
	failed = bind(server->fd, (void *)&address, sizeof(address)) ||
		 lstat(path, &own) || listen(server->fd, SERVER_CLIENTS);
	umask(mask);
	if (failed) {
		fprintf(stderr, "vmhost: %s: %s\n", path, strerror(errno));
		close(server->fd);
		return false;
	}
	server->device = own.st_dev;
	server->inode = own.st_ino;
	return true;
}

static void drop(struct client *client)
{
	close(client->fd);
	client->fd = -1;
}

void server_close(struct server *server)
{
	struct stat there;

	for (int i = 0; i < SERVER_CLIENTS; i++)
		if (server->clients[i].fd != -1)
			drop(&server->clients[i]);
	/* Somebody may have put something else there; while it is open, none has its inode. */
	if (!lstat(server->path, &there) && there.st_dev == server->device &&
	    there.st_ino == server->inode)
		unlink(server->path);
	close(server->fd);
}

/* Nobody waits for a client that does not read. */
static void reply(struct client *client, const char *answer)
{
	char line[SERVER_ANSWER + 1];
	int length = snprintf(line, sizeof(line), "%s\n", answer);

	client->waits = false;
	if (send(client->fd, line, length, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    length)
		drop(client);
}

void server_answer(struct server *server, int id, const char *answer)
{
	for (int i = 0; i < SERVER_CLIENTS; i++)
		if (server->clients[i].fd != -1 && server->clients[i].id == id)
			reply(&server->clients[i], answer);
}

static void serve_lines(struct client *client, server_handler handler,
			void *context)
{
	char answer[SERVER_ANSWER];
	char *end;

	while (client->fd != -1 && !client->waits &&
	       (end = memchr(client->line, '\n', client->used))) {
		size_t length = end - client->line + 1;

		*end = '\0';
		client->waits = true;
		if (handler(context, client->id, client->line, answer))
			reply(client, answer);
		client->used -= length;
		memmove(client->line, client->line + length, client->used);
	}
	if (client->fd != -1 && client->used == sizeof(client->line)) {
		reply(client, "error: that line is too long");
		if (client->fd != -1)
			drop(client);
	}
}

static void receive(struct client *client)
{
	ssize_t got = recv(client->fd, client->line + client->used,
			   sizeof(client->line) - client->used, MSG_DONTWAIT);

	if (got > 0)
		client->used += got;
	else if (!got || (errno != EAGAIN && errno != EINTR))
		drop(client);
}

static void admit(struct server *server)
{
	int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	for (int i = 0; fd != -1 && i < SERVER_CLIENTS; i++) {
		struct client *client = &server->clients[i];

		if (client->fd != -1)
			continue;
		client->fd = fd;
		client->id = server->next_id++;
		client->used = 0;
		client->waits = false;
		return;
	}
	if (fd != -1)
		close(fd);
}

void server_poll(struct server *server, const struct timespec *timeout,
		 const sigset_t *signals, server_handler handler,
		 void *context)
{
	struct pollfd fds[SERVER_CLIENTS + 1];

	fds[SERVER_CLIENTS] = (struct pollfd) { server->fd, POLLIN, 0 };
	for (int i = 0; i < SERVER_CLIENTS; i++) {
		struct client *client = &server->clients[i];
		/* One that waits is only watched for its end. */
		bool listen = client->used < sizeof(client->line);

		fds[i] = (struct pollfd) {
			client->fd, listen ? POLLIN : 0, 0
		};
	}
	if (ppoll(fds, SERVER_CLIENTS + 1, timeout, signals) < 0)
		return;
	for (int i = 0; i < SERVER_CLIENTS; i++)
		if (fds[i].revents)
			receive(&server->clients[i]);
	if (fds[SERVER_CLIENTS].revents)
		admit(server);
	for (int i = 0; i < SERVER_CLIENTS; i++)
		if (server->clients[i].fd != -1)
			serve_lines(&server->clients[i], handler, context);
}
