/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket: lines in, one line out for each, several clients.
 */
#ifndef VMHOST_SERVER_H
#define VMHOST_SERVER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "command.h"

#define SERVER_CLIENTS	16
#define SERVER_ANSWER	4096

/**
 * struct client - a connection
 * @fd: -1 if this slot is free
 * @id: never the same twice
 * @used: bytes of @line
 * @waits: its last command has not been answered yet
 * @line: what has come so far
 */
struct client {
	int fd;
	int id;
	size_t used;
	bool waits;
	char line[COMMAND_LINE];
};

/**
 * struct server - the socket
 * @fd: listens
 * @path: its name
 * @device: the file system that it is on
 * @inode: which file it is there: only this one is removed at the end
 * @next_id: for the next client
 * @clients: those that are there
 */
struct server {
	int fd;
	const char *path;
	dev_t device;
	ino_t inode;
	int next_id;
	struct client clients[SERVER_CLIENTS];
};

/*
 * Executes a line for client @id; the answer, without newline, goes to @answer
 * (SERVER_ANSWER bytes). False if the answer comes later, by server_answer().
 */
typedef bool (*server_handler)(void *context, int id, char *line, char *answer);

/* False if the socket cannot be had; says why. */
bool server_open(struct server *server, const char *path);
void server_close(struct server *server);

/* Serves clients; returns after @timeout or when something was done. */
void server_poll(struct server *server, const struct timespec *timeout,
		 const sigset_t *signals, server_handler handler,
		 void *context);

/* The late answer for client @id, if it is still there. */
void server_answer(struct server *server, int id, const char *answer);

#endif /* VMHOST_SERVER_H */
