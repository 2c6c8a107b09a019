/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The name of a unix socket.
 */
#ifndef VMHOST_ADDRESS_H
#define VMHOST_ADDRESS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* False, and says so, if @path does not fit. */
static inline bool address_fill(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un) { .sun_family = AF_UNIX };
	if (!*path || strlen(path) >= sizeof(address->sun_path)) {
		fprintf(stderr,
			"vmhost: '%s': the name of a socket has 1 to %zu characters\n",
			path, sizeof(address->sun_path) - 1);
		return false;
	}
	strcpy(address->sun_path, path);
	return true;
}

#endif /* VMHOST_ADDRESS_H */
