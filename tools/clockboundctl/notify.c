// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a service manager wants to be told: datagrams to the socket NOTIFY_SOCKET.
 * Without one, nobody wants to know.
 */
#include "notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NSEC_PER_USEC	1000ULL

/**
 * notify_send() - tell the service manager
 * @format: lines NAME=VALUE, see sd_notify(3)
 */
void notify_send(const char *format, ...)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	char text[512];
	va_list arguments;
	socklen_t size;
	int fd;

	if (!path || strlen(path) >= sizeof(address.sun_path))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);

	strcpy(address.sun_path, path);
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	/* An abstract address */
	if (path[0] == '@')
		address.sun_path[0] = '\0';

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
	       (const struct sockaddr *)&address, size);
	close(fd);
}

/**
 * notify_watchdog_interval() - how often to send WATCHDOG=1
 *
 * Return: half of what the service manager allows, ns; 0 if it does not watch.
 */
__u64 notify_watchdog_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && strtol(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(usec, NULL, 10) * NSEC_PER_USEC / 2;
}
