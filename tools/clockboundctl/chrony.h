/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way to chronyd: its Unix datagram socket.
 */
#ifndef CTL_CHRONY_H
#define CTL_CHRONY_H

#include <sys/un.h>

#include "chrony_wire.h"

#define CHRONY_SOCKET	"/var/run/chrony/chronyd.sock"

/**
 * struct chrony - a chronyd to ask
 * @address: its socket
 * @directory: where that is
 * @own: our socket: chronyd answers to it, and can reach it in its own directory only
 * @fd: our socket, -1 if it is not open
 */
struct chrony {
	struct sockaddr_un address;
	char directory[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct sockaddr_un own;
	int fd;
};

int chrony_init(struct chrony *chrony, const char *path);
void chrony_close(struct chrony *chrony);
int chrony_send(struct chrony *chrony, enum chrony_command command, __u32 sequence,
		__u32 index);
int chrony_receive(struct chrony *chrony, enum chrony_command command, __u32 sequence,
		   void *data);

#endif /* CTL_CHRONY_H */
