// SPDX-License-Identifier: GPL-2.0-only
#include "ctl.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "command.h"
#include "vm_ctl.h"

static int fail(const char *path, const char *what)
{
	fprintf(stderr, "vmhost: %s: %s\n", path, what);
	return 1;
}

/* -1 with errno if nobody is there, or only at a socket of another type. */
static int connect_to(const struct sockaddr_un *address, int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	int error;

	if (fd == -1 || !connect(fd, (void *)address, sizeof(*address)))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Reads the answer. How far it is goes to standard error. */
static bool read_answer(FILE *stream, char *line, size_t size)
{
	while (fgets(line, size, stream)) {
		if (strncmp(line, SERVER_PROGRESS, strlen(SERVER_PROGRESS)))
			return true;
		fprintf(stderr, "vmhost: %s", line + strlen(SERVER_PROGRESS));
	}
	return false;
}

/* On a socket of lines. A relative path is one from here, not from where vmhost is. */
static int send_line(FILE *stream, const char *path, int count, char **words)
{
	bool relative = count > 1 && command_takes_path(words[0]) && *words[1] != '/';
	char line[COMMAND_LINE], directory[PATH_MAX] = "";
	size_t used = 0;

	if (relative && !getcwd(directory, sizeof(directory)))
		return fail(path, strerror(errno));
	for (int i = 0; i < count; i++) {
		used += snprintf(line + used, sizeof(line) - used, "%s%s%s%s",
				 relative && i == 1 ? directory : "",
				 relative && i == 1 ? "/" : "", words[i],
				 i + 1 < count ? " " : "\n");
		if (used >= sizeof(line))
			return fail(path, "the command is too long");
	}
	if (strchr(line, '\n') != line + used - 1)
		return fail(path, "one line is one command");

	if (send(fileno(stream), line, used, MSG_NOSIGNAL) != (ssize_t)used)
		return fail(path, "vmhost does not listen");
	if (!read_answer(stream, line, sizeof(line)))
		return fail(path, "vmhost ended without an answer");
	fputs(line, stdout);
	return strncmp(line, "ok", 2) ? 1 : 0;
}

int ctl_run(const char *path, int count, char **words)
{
	struct sockaddr_un address;
	FILE *stream;
	int fd, code;

	if (!address_fill(&address, path))
		return 1;
	fd = connect_to(&address, SOCK_STREAM);
	if (fd == -1 && errno == EPROTOTYPE) {
		fd = connect_to(&address, SOCK_SEQPACKET);
		if (fd != -1)
			return vm_ctl_run(fd, path, count, words);
	}
	if (fd == -1 && errno == EPROTOTYPE)
		return fail(path, "is for old clients: give the path of --control");
	if (fd == -1) {
		fprintf(stderr, "vmhost: %s: %s: is vmhost running?\n", path,
			strerror(errno));
		return 1;
	}
	stream = fdopen(fd, "r");
	if (!stream) {
		close(fd);
		return fail(path, strerror(errno));
	}
	code = send_line(stream, path, count, words);
	fclose(stream);
	return code;
}
