/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waits for many descriptors at once and calls who is responsible for each.
 */
#ifndef VMHOST_LOOP_H
#define VMHOST_LOOP_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Is told what @fd is ready for, in the words of poll(2). */
typedef void (*loop_callback)(void *context, int fd, short revents);

struct loop_handler;

/**
 * struct loop - what is waited for; all zero is an empty one
 * @fds: the descriptors; one that was forgotten is -1 until the next loop_run()
 * @handlers: who is called for each
 * @count: of both
 * @room: for how many there is memory
 */
struct loop {
	struct pollfd *fds;
	struct loop_handler *handlers;
	size_t count;
	size_t room;
};

/*
 * From now on @callback is called when @fd is ready for one of @events, or at its end
 * (POLLHUP, POLLERR). False if there is no memory for it.
 */
bool loop_watch(struct loop *loop, int fd, short events, loop_callback callback,
		void *context);

/* Other @events for an @fd that is watched; with 0 only its end counts. */
void loop_change(struct loop *loop, int fd, short events);

/* Before @fd is closed. One that is not watched is no error. */
void loop_forget(struct loop *loop, int fd);

/*
 * Waits until something is ready, @timeout is over (NULL: forever) or a signal that
 * @signals lets through has arrived; then calls once for each descriptor that is ready.
 * A callback may watch, change and forget whatever it likes; what it has forgotten is not
 * called any more, and a new descriptor of the same number not before the next time.
 */
void loop_run(struct loop *loop, const struct timespec *timeout,
	      const sigset_t *signals);

/* Forgets everything; closes none of the descriptors. */
void loop_close(struct loop *loop);

#endif /* VMHOST_LOOP_H */
