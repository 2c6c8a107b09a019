// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmhost-guest: vmhost's partner in the virtual machine, linked statically.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"
#include "guest_handshake.h"
#include "guest_memory.h"
#include "number.h"
#include "shared.h"

#define EXIT_USAGE	2
#define TIMEOUT_MS	30000

static const char help[] =
"Usage: vmhost-guest [--memory FILE] COMMAND\n"
"\n"
"  handshake [SECONDS]  measures, with vmhost on the host, the offset between the\n"
"                       two machines' counters; waits so long for it (30)\n"
"  store OFFSET         copies standard input to the shared memory; records for\n"
"                       'check' go to 65536 and above\n"
"  counter              prints the counter\n"
"\n"
"The shared memory is that of vmhost's ivshmem device, or FILE.\n";

static int usage(const char *what)
{
	fprintf(stderr, "vmhost-guest: %s; try 'vmhost-guest --help'\n", what);
	return EXIT_USAGE;
}

static int handshake(const char *memory, __u64 seconds)
{
	struct region_slice shared;
	struct region_error error;
	struct region region;
	const char *trouble;

	if (!guest_memory_open(&region, memory))
		return 1;
	trouble = "the shared memory is too small";
	if (region_slice(region.memory, 0, sizeof(struct vmhost_shared), &shared, &error))
		trouble = guest_handshake(shared, 0, seconds * 1000);
	if (trouble)
		fprintf(stderr, "vmhost-guest: %s\n", trouble);
	region_release(&region);
	return trouble ? 1 : 0;
}

/* False if standard input cannot be read or has more than there is room for. */
static bool copy(struct region_slice memory, __u64 offset)
{
	struct region_slice slice;
	struct region_error error;
	char bytes[4096];
	ssize_t got;

	while ((got = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0) {
		if (!region_slice(memory, offset, got, &slice, &error)) {
			fprintf(stderr, "vmhost-guest: the shared memory ends at %zu\n",
				memory.size);
			return false;
		}
		region_write(slice, bytes);
		offset += got;
	}
	if (got < 0)
		fprintf(stderr, "vmhost-guest: %s\n", strerror(errno));
	return !got;
}

static int store(const char *memory, __u64 offset)
{
	struct region region;
	bool done;

	if (!guest_memory_open(&region, memory))
		return 1;
	done = copy(region.memory, offset);
	region_release(&region);
	return done ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *memory = NULL;
	__u64 number = TIMEOUT_MS / 1000;
	char **words = argv + 1;
	int count = argc - 1;

	if (count && !strcmp(words[0], "--help")) {
		fputs(help, stdout);
		return 0;
	}
	if (count && !strcmp(words[0], "--memory")) {
		if (count < 2)
			return usage("--memory takes a file");
		memory = words[1];
		words += 2;
		count -= 2;
	}
	if (!count)
		return usage("what shall I do?");
	if (!strcmp(words[0], "handshake") && count <= 2) {
		if (count == 2 && !number_unsigned(words[1], 3600, &number))
			return usage("handshake takes seconds, up to 3600");
		return handshake(memory, number);
	}
	if (!strcmp(words[0], "store") && count == 2) {
		if (!number_unsigned(words[1], ~0ULL, &number))
			return usage("store takes a number of bytes");
		return store(memory, number);
	}
	if (!strcmp(words[0], "counter") && count == 1) {
		printf("%llu\n", counter_read());
		return 0;
	}
	return usage("that is no command");
}
