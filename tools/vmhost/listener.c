// SPDX-License-Identifier: GPL-2.0-only
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"

#define FLAGS	(SOCK_CLOEXEC | SOCK_NONBLOCK)

/*
 * Makes way for the socket: true if nothing is at @path, or if a socket was there that
 * nobody listens on, which an earlier vmhost left behind. Nothing else is removed.
 */
static bool make_way(const struct sockaddr_un *address, const char *path, int type)
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
			"vmhost: %s: is there already and is no socket; nothing was removed: choose another name\n",
			path);
		return false;
	}
	fd = socket(AF_UNIX, type | FLAGS, 0);
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
			"vmhost: %s: somebody else's socket (%s); nothing was removed: choose another name\n",
			path, strerror(error));
		return false;
	}
	if (unlink(path)) {
		fprintf(stderr, "vmhost: %s: %s\n", path, strerror(errno));
		return false;
	}
	return true;
}

static int open_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void close_both(struct listener *listener)
{
	close(listener->fd);
	if (listener->spare != -1)
		close(listener->spare);
}

bool listener_open(struct listener *listener, const char *path, int type)
{
	struct sockaddr_un address;
	struct stat own;
	mode_t mask;
	int failed;

	*listener = (struct listener) { .path = path };
	if (!address_fill(&address, path) || !make_way(&address, path, type))
		return false;

	listener->spare = open_spare();
	if (listener->spare == -1) {
		perror("vmhost: /dev/null");
		return false;
	}
	listener->fd = socket(AF_UNIX, type | FLAGS, 0);
	if (listener->fd == -1) {
		perror("vmhost: socket");
		close(listener->spare);
		return false;
	}
	mask = umask(0177);
	failed = bind(listener->fd, (void *)&address, sizeof(address)) ||
		 lstat(path, &own) ||
		 (type != SOCK_DGRAM && listen(listener->fd, SOMAXCONN));
	umask(mask);
	if (failed) {
		fprintf(stderr, "vmhost: %s: %s\n", path, strerror(errno));
		close_both(listener);
		return false;
	}
	listener->device = own.st_dev;
	listener->inode = own.st_ino;
	return true;
}

int listener_accept(struct listener *listener)
{
	int fd = accept4(listener->fd, NULL, NULL, FLAGS);

	if (fd != -1 || (errno != EMFILE && errno != ENFILE))
		return fd;
	if (listener->spare != -1)
		close(listener->spare);
	fd = accept4(listener->fd, NULL, NULL, FLAGS);
	if (fd != -1)
		close(fd);
	listener->spare = open_spare();
	return -1;
}

void listener_close(struct listener *listener)
{
	struct stat there;

	/* Somebody may have put something else there; while it is open, none has its inode. */
	if (!lstat(listener->path, &there) && there.st_dev == listener->device &&
	    there.st_ino == listener->inode)
		unlink(listener->path);
	close_both(listener);
}
