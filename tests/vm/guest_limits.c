// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user without privileges can hold of the module's nodes is accounted to it: memory
 * of the kernel's that is behind its open files counts in its memory cgroup. Waits are on
 * the stacks of its own threads, and events are kept once for all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define FILES	16384
#define GROUPS	"/tmp/groups"
#define GROUP	GROUPS "/user"
#define NOBODY	65534

/* What /dev/clockbound keeps for each open file: a lock and a number at least. */
#define LISTENER	32

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

static long long memory_of_group(void)
{
	FILE *file = fopen(GROUP "/memory.current", "r");
	long long bytes;

	if (!file || fscanf(file, "%lld", &bytes) != 1)
		guest_die(GROUP "/memory.current");
	fclose(file);
	return bytes;
}

/* Opens it as often as it may, and says so; ends when there is no more to be read. */
static void hold_files(const char *path, int ready, int go)
{
	const struct rlimit limit = { FILES + 16, FILES + 16 };
	char byte = 0;
	int i;

	if (!write_text(GROUP "/cgroup.procs", "0") || setrlimit(RLIMIT_NOFILE, &limit) ||
	    setuid(NOBODY))
		_exit(2);
	for (i = 0; i < FILES; i++)
		if (open(path, O_RDONLY | O_CLOEXEC) < 0)
			_exit(3);
	if (write(ready, &byte, 1) != 1 || read(go, &byte, 1))
		_exit(4);
	_exit(0);
}

/* How much more memory the group has while a process in it has the node open. */
static long long held(const char *path)
{
	int ready[2], go[2], status;
	long long before, bytes = -1;
	pid_t child;
	char byte;

	if (pipe(ready) || pipe(go))
		guest_die("pipe");
	before = memory_of_group();
	child = fork();
	if (!child) {
		close(go[1]);
		close(ready[0]);
		hold_files(path, ready[1], go[0]);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1)
		bytes = memory_of_group() - before;
	close(go[1]);
	if (waitpid(child, &status, 0) != child || status)
		guest_check(false, "%s: the process that holds it ends with 0x%x", path, status);
	close(ready[0]);
	close(go[0]);
	return bytes;
}

int main(void)
{
	const char *what = "open files are accounted to who has them";
	long long plain, ours;

	if (mkdir(GROUPS, 0700) || mount("groups", GROUPS, "cgroup2", 0, NULL) ||
	    !write_text(GROUPS "/cgroup.subtree_control", "+memory")) {
		guest_skip(what, "the kernel has no memory cgroups");
		return guest_result();
	}
	if (mkdir(GROUP, 0700))
		guest_die(GROUP);
	/* The first one leaves behind what the kernel keeps for the next. */
	held("/dev/null");
	plain = held("/dev/null");
	ours = held(CLOCKBOUND_DEVICE_PATH);
	guest_check(plain >= 0 && ours - plain >= (long long)FILES * LISTENER,
		    "%s: %d times /dev/null is %lld bytes, %s %lld more", what, FILES, plain,
		    CLOCKBOUND_DEVICE_PATH, ours - plain);
	rmdir(GROUP);
	umount(GROUPS);
	return guest_result();
}
