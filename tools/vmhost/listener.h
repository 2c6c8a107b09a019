/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A unix socket with a name, for its owner only.
 */
#ifndef VMHOST_LISTENER_H
#define VMHOST_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct listener - the socket
 * @fd: the socket; does not block
 * @spare: a descriptor that can be given up to turn a client away
 * @path: its name
 * @device: the file system that it is on
 * @inode: which file it is there: only this one is removed at the end
 */
struct listener {
	int fd;
	int spare;
	const char *path;
	dev_t device;
	ino_t inode;
};

/*
 * Makes a socket of @type (SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM) at @path, which has
 * to stay there, mode 0600. A socket that nobody listens on any more makes way;
 * nothing else is removed. False if it cannot be had; says why.
 */
bool listener_open(struct listener *listener, const char *path, int type);

/*
 * The next client's socket, which does not block; -1 if there is none. One that there are
 * no descriptors left for is turned away: left alone, it would be ready for ever.
 */
int listener_accept(struct listener *listener);

void listener_close(struct listener *listener);

#endif /* VMHOST_LISTENER_H */
