// SPDX-License-Identifier: GPL-2.0-only
#include "loop.h"

#include <stdlib.h>

#define FIRST_ROOM	16
#define ALWAYS		(POLLERR | POLLHUP | POLLNVAL)

/**
 * struct loop_handler - who is responsible for a descriptor
 * @callback: to call
 * @context: its first argument
 */
struct loop_handler {
	loop_callback callback;
	void *context;
};

static bool grow(struct loop *loop)
{
	size_t room = loop->room ? 2 * loop->room : FIRST_ROOM;
	struct loop_handler *handlers;
	struct pollfd *fds;

	fds = reallocarray(loop->fds, room, sizeof(*fds));
	if (!fds)
		return false;
	loop->fds = fds;
	handlers = reallocarray(loop->handlers, room, sizeof(*handlers));
	if (!handlers)
		return false;
	loop->handlers = handlers;
	loop->room = room;
	return true;
}

bool loop_watch(struct loop *loop, int fd, short events, loop_callback callback,
		void *context)
{
	if (loop->count == loop->room && !grow(loop))
		return false;
	loop->fds[loop->count] = (struct pollfd) { fd, events, 0 };
	loop->handlers[loop->count] = (struct loop_handler) { callback, context };
	loop->count++;
	return true;
}

static struct pollfd *find(struct loop *loop, int fd)
{
	for (size_t i = 0; i < loop->count; i++)
		if (loop->fds[i].fd == fd)
			return &loop->fds[i];
	return NULL;
}

void loop_change(struct loop *loop, int fd, short events)
{
	struct pollfd *found = find(loop, fd);

	if (found)
		found->events = events;
}

void loop_forget(struct loop *loop, int fd)
{
	struct pollfd *found = find(loop, fd);

	if (found)
		found->fd = -1;
}

/* Not while callbacks are called: they are found by their place. */
static void remove_forgotten(struct loop *loop)
{
	size_t kept = 0;

	for (size_t i = 0; i < loop->count; i++) {
		if (loop->fds[i].fd == -1)
			continue;
		loop->fds[kept] = loop->fds[i];
		loop->handlers[kept] = loop->handlers[i];
		kept++;
	}
	loop->count = kept;
}

void loop_run(struct loop *loop, const struct timespec *timeout,
	      const sigset_t *signals)
{
	size_t count;

	remove_forgotten(loop);
	/* What a callback adds comes behind these. */
	count = loop->count;
	if (ppoll(loop->fds, count, timeout, signals) <= 0)
		return;
	for (size_t i = 0; i < count; i++) {
		struct pollfd ready = loop->fds[i];
		short wanted = ready.revents & (ready.events | ALWAYS);

		if (ready.fd != -1 && wanted)
			loop->handlers[i].callback(loop->handlers[i].context,
						   ready.fd, wanted);
	}
}

void loop_close(struct loop *loop)
{
	free(loop->fds);
	free(loop->handlers);
	*loop = (struct loop) { 0 };
}
