// SPDX-License-Identifier: GPL-2.0-only
#include "vm_ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "number.h"
#include "vm_wire.h"

#define EXIT_USAGE	2

static bool parse_nothing(struct vm_request *request, char **arguments)
{
	(void)request;
	(void)arguments;
	return true;
}

/* Without a size it is the whole file: 0 until the file is open. */
static bool parse_size(struct vm_request *request, char **arguments)
{
	return !arguments[1] ||
	       (number_unsigned(arguments[1], ~0ULL, &request->size) && request->size);
}

static bool parse_slot(struct vm_request *request, char **arguments)
{
	__u64 slot;

	if (!number_unsigned(arguments[0], UINT_MAX, &slot))
		return false;
	request->slot = slot;
	return true;
}

static bool parse_pages(struct vm_request *request, char **arguments)
{
	__s64 pages;

	if (!number_signed(arguments[0], &pages) || pages < INT_MIN || pages > INT_MAX)
		return false;
	request->num_pages = pages;
	return true;
}

static const struct verb {
	const char *name;
	const char *arguments;
	int required;
	int allowed;
	enum vm_request_type type;
	bool (*parse)(struct vm_request *request, char **arguments);
} verbs[] = {
	{ "exit", "", 0, 0, VM_EXIT, parse_nothing },
	{ "register", " FILE [SIZE]", 1, 2, VM_REGISTER_MEMORY, parse_size },
	{ "unregister", " SLOT", 1, 1, VM_UNREGISTER_MEMORY, parse_slot },
	{ "balloon", " PAGES", 1, 1, VM_BALLOON_ADJUST, parse_pages },
};

#define VERBS	(sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (!strcmp(name, verbs[i].name))
			return &verbs[i];
	return NULL;
}

static int help(void)
{
	printf("ok ");
	for (size_t i = 0; i < VERBS; i++)
		printf("%s%s%s", i ? "; " : "", verbs[i].name, verbs[i].arguments);
	printf("; help\n");
	return 0;
}

static bool parse(struct vm_request *request, int count, char **words)
{
	const struct verb *verb = find_verb(words[0]);

	if (!verb) {
		fprintf(stderr, "vmhost: there is no command '%.40s': try 'help'\n", words[0]);
		return false;
	}
	*request = (struct vm_request) { .type = verb->type };
	if (count - 1 < verb->required || count - 1 > verb->allowed ||
	    !verb->parse(request, words + 1)) {
		fprintf(stderr, "vmhost: usage: %s%s\n", verb->name, verb->arguments);
		return false;
	}
	return true;
}

/* Opens the memory to register, and finds out its size unless that is given. */
static int open_memory(const char *file, __u64 *size)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);
	struct stat stat;

	if (fd == -1 || fstat(fd, &stat)) {
		fprintf(stderr, "vmhost: %s: %s\n", file, strerror(errno));
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (!*size)
		*size = stat.st_size;
	if (!*size) {
		fprintf(stderr, "vmhost: %s: has no size of its own: give one\n", file);
		close(fd);
		return -1;
	}
	return fd;
}

static const char *explain(struct vm_error error)
{
	if (error.kind == VM_RECV || error.kind == VM_SEND)
		return strerror(error.number);
	if (error.kind == VM_BAD_SIZE && !error.number)
		return "vmhost ended without an answer";
	return "what answers there does not speak the protocol";
}

static bool exchange(int socket, const struct vm_request *request, int fd, const char *path,
		     struct vm_response *response)
{
	struct vm_error error = vm_send_request(socket, request, fd);

	if (!error.kind)
		error = vm_receive_response(socket, response);
	if (!error.kind)
		return true;
	fprintf(stderr, "vmhost: %s: %s\n", path, explain(error));
	return false;
}

static int show(const struct vm_response *response)
{
	switch (response->type) {
	case VM_ERR:
		printf("error: %s\n", strerror(-response->error));
		return 1;
	case VM_REGISTERED:
		printf("ok pfn=%llu slot=%u\n", response->pfn, response->slot);
		return 0;
	default:
		puts("ok");
		return 0;
	}
}

static int request(int socket, const char *path, int count, char **words)
{
	struct vm_response response;
	struct vm_request request;
	bool answered;
	int fd = -1;

	if (!strcmp(words[0], "help"))
		return help();
	if (!parse(&request, count, words))
		return EXIT_USAGE;
	if (request.type == VM_REGISTER_MEMORY) {
		fd = open_memory(words[1], &request.size);
		if (fd == -1)
			return 1;
	}
	answered = exchange(socket, &request, fd, path, &response);
	if (fd != -1)
		close(fd);
	return answered ? show(&response) : 1;
}

int vm_ctl_run(int socket, const char *path, int count, char **words)
{
	int code = request(socket, path, count, words);

	close(socket);
	return code;
}
