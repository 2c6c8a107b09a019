// SPDX-License-Identifier: GPL-2.0-only
#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "command.h"

static int fail(const char *path, const char *what)
{
	fprintf(stderr, "vmhost: %s: %s\n", path, what);
	return 1;
}

int ctl_run(const char *path, int count, char **words)
{
	struct sockaddr_un address;
	char line[COMMAND_LINE];
	size_t used = 0;
	FILE *stream;
	int fd;

	for (int i = 0; i < count; i++) {
		used += snprintf(line + used, sizeof(line) - used, "%s%s",
				 words[i], i + 1 < count ? " " : "\n");
		if (used >= sizeof(line))
			return fail(path, "the command is too long");
	}
	if (strchr(line, '\n') != line + used - 1)
		return fail(path, "one line is one command");

	if (!address_fill(&address, path))
		return 1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return fail("socket", strerror(errno));
	if (connect(fd, (void *)&address, sizeof(address))) {
		fprintf(stderr, "vmhost: %s: %s: is vmhost running?\n", path,
			strerror(errno));
		close(fd);
		return 1;
	}
	if (send(fd, line, used, MSG_NOSIGNAL) != (ssize_t)used) {
		close(fd);
		return fail(path, "vmhost does not listen");
	}
	stream = fdopen(fd, "r");
	if (!stream || !fgets(line, sizeof(line), stream)) {
		if (stream)
			fclose(stream);
		return fail(path, "vmhost ended without an answer");
	}
	fclose(stream);
	fputs(line, stdout);
	return strncmp(line, "ok", 2) ? 1 : 0;
}
