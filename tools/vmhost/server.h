/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket: lines in, one line out for each, several clients.
 */
#ifndef VMHOST_SERVER_H
#define VMHOST_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"
#include "listener.h"
#include "loop.h"

#define SERVER_CLIENTS	16
#define SERVER_ANSWER	4096

struct server;

/**
 * struct client - a connection
 * @server: that it belongs to
 * @fd: -1 if this slot is free
 * @id: never the same twice
 * @used: bytes of @line
 * @waits: its last command has not been answered yet
 * @line: what has come so far
 */
struct client {
	struct server *server;
	int fd;
	int id;
	size_t used;
	bool waits;
	char line[COMMAND_LINE];
};

/*
 * Executes a line for client @id; the answer, without newline, goes to @answer
 * (SERVER_ANSWER bytes). False if the answer comes later, by server_answer().
 */
typedef bool (*server_handler)(void *context, int id, char *line, char *answer);

/**
 * struct server - the socket
 * @listener: where clients come from
 * @loop: calls when there is something to do
 * @handler: executes the lines
 * @context: its first argument
 * @next_id: for the next client
 * @clients: those that are there
 */
struct server {
	struct listener listener;
	struct loop *loop;
	server_handler handler;
	void *context;
	int next_id;
	struct client clients[SERVER_CLIENTS];
};

/*
 * Serves clients at @path whenever @loop runs. False if the socket cannot be had; says
 * why.
 */
bool server_open(struct server *server, const char *path, struct loop *loop,
		 server_handler handler, void *context);
void server_close(struct server *server);

/* A line that says how far it is, before the late answer for client @id. */
void server_progress(struct server *server, int id, const char *text);

/* The late answer for client @id, if it is still there. */
void server_answer(struct server *server, int id, const char *answer);

#endif /* VMHOST_SERVER_H */
