// SPDX-License-Identifier: GPL-2.0-only
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void drop(struct client *client)
{
	loop_forget(client->server->loop, client->fd);
	close(client->fd);
	client->fd = -1;
}

/* What a client is watched for, after something has changed. */
static void watch(struct client *client)
{
	short events = 0;

	/* One that waits is only watched for its end. */
	if (client->used < sizeof(client->line))
		events |= POLLIN;
	/* A line that has come already is served when the loop runs the next time. */
	if (!client->waits && memchr(client->line, '\n', client->used))
		events |= POLLOUT;
	loop_change(client->server->loop, client->fd, events);
}

/* Nobody waits for a client that does not read. */
static void send_line(struct client *client, const char *text)
{
	char line[SERVER_ANSWER + 1];
	int length = snprintf(line, sizeof(line), "%s\n", text);

	if (send(client->fd, line, length, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    length)
		drop(client);
}

static void reply(struct client *client, const char *answer)
{
	client->waits = false;
	send_line(client, answer);
}

static struct client *find(struct server *server, int id)
{
	for (int i = 0; i < SERVER_CLIENTS; i++)
		if (server->clients[i].fd != -1 && server->clients[i].id == id)
			return &server->clients[i];
	return NULL;
}

void server_progress(struct server *server, int id, const char *text)
{
	struct client *client = find(server, id);
	char line[SERVER_ANSWER];

	snprintf(line, sizeof(line), SERVER_PROGRESS "%s", text);
	if (client)
		send_line(client, line);
}

void server_answer(struct server *server, int id, const char *answer)
{
	struct client *client = find(server, id);

	if (!client)
		return;
	reply(client, answer);
	if (client->fd != -1)
		watch(client);
}

static void serve_lines(struct client *client)
{
	struct server *server = client->server;
	char answer[SERVER_ANSWER];
	char *end;

	while (client->fd != -1 && !client->waits &&
	       (end = memchr(client->line, '\n', client->used))) {
		size_t length = end - client->line + 1;

		*end = '\0';
		client->waits = true;
		if (server->handler(server->context, client->id, client->line, answer))
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

static void serve(void *context, int fd, short revents)
{
	struct client *client = context;

	(void)fd;
	if (revents & ~POLLOUT)
		receive(client);
	if (client->fd != -1)
		serve_lines(client);
	if (client->fd != -1)
		watch(client);
}

static struct client *free_slot(struct server *server)
{
	for (int i = 0; i < SERVER_CLIENTS; i++)
		if (server->clients[i].fd == -1)
			return &server->clients[i];
	return NULL;
}

static void admit(void *context, int listener, short revents)
{
	struct server *server = context;
	struct client *client = free_slot(server);
	int fd = listener_accept(&server->listener);

	(void)listener;
	(void)revents;
	if (fd == -1)
		return;
	if (!client || !loop_watch(server->loop, fd, POLLIN, serve, client)) {
		close(fd);
		return;
	}
	client->fd = fd;
	client->id = server->next_id++;
	client->used = 0;
	client->waits = false;
}

bool server_open(struct server *server, const char *path, struct loop *loop,
		 server_handler handler, void *context)
{
	*server = (struct server) {
		.loop = loop, .handler = handler, .context = context,
	};
	for (int i = 0; i < SERVER_CLIENTS; i++)
		server->clients[i] = (struct client) { .server = server, .fd = -1 };
	if (!listener_open(&server->listener, path, SOCK_STREAM))
		return false;
	if (!loop_watch(loop, server->listener.fd, POLLIN, admit, server)) {
		fprintf(stderr, "vmhost: out of memory\n");
		listener_close(&server->listener);
		return false;
	}
	return true;
}

void server_close(struct server *server)
{
	for (int i = 0; i < SERVER_CLIENTS; i++)
		if (server->clients[i].fd != -1)
			drop(&server->clients[i]);
	loop_forget(server->loop, server->listener.fd);
	listener_close(&server->listener);
}
