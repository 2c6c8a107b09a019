// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading, with readers, waiters and mappings.
 *
 * usage: guest_lifecycle MODULE ROUNDS
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

/* With fewer rounds, what a round loses is not seen among what comes and goes. */
#define LEAK_ROUNDS	400

#define CACHES		512

static const char *module_path;
static atomic_size_t readings, insane, opened, waited;

/* The kernel's caches, and how many objects each has; and the machine's free memory. */
static struct memory {
	char name[CACHES][32];
	long objects[CACHES];
	int caches;
	long free_kb;
} first, last;

static int load(void)
{
	int fd = open(module_path, O_RDONLY | O_CLOEXEC);
	int result = syscall(SYS_finit_module, fd, "", 0);

	close(fd);
	return result;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "clockbound", O_NONBLOCK);
}

/* These do not keep the module, so that it can be unloaded at times. */
static void read_status(void)
{
	char text[4096];
	int fd = open("/sys/kernel/clockbound/status", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (read(fd, text, sizeof(text)) < 0 && errno != ENODEV)
		insane++;
	close(fd);
}

/* Has it mapped for a moment; the mapping alone keeps the module. */
static void map_node(const char *path)
{
	size_t size = sysconf(_SC_PAGESIZE);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *memory;

	if (fd < 0)
		return;
	memory = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (memory == MAP_FAILED)
		guest_die(path);
	insane += !*(const volatile __u32 *)memory;
	munmap(memory, size);
}

/* For what does not come, in each way that there is. */
static void wait_in_vain(int fd)
{
	struct clockbound_wait wait = {
		.size = sizeof(wait), .flags = CLOCKBOUND_WAIT_TIMEOUT, .timeout = 1000000,
		.until = CLOCKBOUND_TIME_MAX,
	};
	struct pollfd news = { .fd = fd, .events = POLLPRI };

	if (!ioctl(fd, CLOCKBOUND_WAIT, &wait) || (errno != ETIMEDOUT && errno != ECANCELED))
		guest_die("WAIT");
	wait = (struct clockbound_wait) {
		.size = sizeof(wait), .flags = CLOCKBOUND_WAIT_TIMEOUT, .timeout = 1000000,
		.max_width = 1,
	};
	if (!ioctl(fd, CLOCKBOUND_WAIT_SYNC, &wait) || errno != ETIMEDOUT)
		guest_die("WAIT_SYNC");
	if (poll(&news, 1, 1) < 0)
		guest_die("poll");
	waited++;
}

/* Opens the device whenever it is there, reads from it, and closes it again. */
static void come_and_go(int reader)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };
	size_t size = sysconf(_SC_PAGESIZE), i;
	int fd;

	while (!guest_readers_stopping()) {
		struct clockbound_page *page;

		for (i = 0; i < 50; i++)
			read_status();
		map_node("/dev/clockbound-shm0");
		map_node("/dev/vmclock0");
		fd = open(CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		opened++;
		if (reader)
			wait_in_vain(fd);
		page = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
		reading.request = 0;
		if (page == MAP_FAILED || ioctl(fd, CLOCKBOUND_NOW, &reading))
			guest_die("an open device");
		/* The mapping alone keeps the module. */
		close(fd);
		for (i = 0; i < 100; i++) {
			clockbound_page_read(page, NULL, NULL, &reading);
			insane += !guest_sane(&reading);
			readings++;
		}
		munmap(page, size);
	}
}

static void check_in_use(void)
{
	struct guest_device device;
	size_t size = sysconf(_SC_PAGESIZE);

	guest_check(!load(), "insmod");
	guest_check(load() == -1 && errno == EEXIST, "a second insmod is refused");
	guest_open(&device);
	guest_check(unload() == -1 && errno == EWOULDBLOCK, "rmmod of an open device is refused");
	close(device.fd);
	guest_check(unload() == -1 && errno == EWOULDBLOCK,
		    "rmmod while the page is mapped is refused");
	munmap((void *)device.page, size);
	munmap((void *)device.registered, size);
	if (device.vmclock)
		munmap((void *)device.vmclock, size);
	guest_check(!unload(), "rmmod");
	guest_check(access(CLOCKBOUND_DEVICE_PATH, F_OK) &&
		    access("/sys/kernel/clockbound", F_OK), "nothing is left behind");
}

static void take_memory(struct memory *memory)
{
	FILE *file = fopen("/proc/slabinfo", "r");
	char line[512];
	long kb;

	if (!file)
		guest_die("/proc/slabinfo");
	memory->caches = 0;
	while (memory->caches < CACHES && fgets(line, sizeof(line), file))
		if (sscanf(line, "%31s %ld", memory->name[memory->caches],
			   &memory->objects[memory->caches]) == 2)
			memory->caches++;
	fclose(file);
	file = fopen("/proc/meminfo", "r");
	if (!file)
		guest_die("/proc/meminfo");
	memory->free_kb = 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "MemFree: %ld", &kb) == 1 || sscanf(line, "Cached: %ld", &kb) == 1)
			memory->free_kb += kb;
	fclose(file);
}

static long objects_of(const struct memory *memory, const char *name)
{
	int i;

	for (i = 0; i < memory->caches; i++)
		if (!strcmp(memory->name[i], name))
			return memory->objects[i];
	return 0;
}

/* Neither an object of any cache nor a page of the machine is lost with each round. */
static void check_leaks(int rounds)
{
	long lost_kb = first.free_kb - last.free_kb, page_kb = sysconf(_SC_PAGESIZE) / 1024;
	long more, most = 0;
	const char *name = "";
	int i;

	for (i = 0; i < last.caches; i++) {
		more = last.objects[i] - objects_of(&first, last.name[i]);
		if (more > most) {
			most = more;
			name = last.name[i];
		}
	}
	guest_check(most < rounds / 2, "%d rounds: %ld objects more, of %s, and of others less",
		    rounds, most, name);
	guest_check(lost_kb < rounds / 2 * page_kb, "%d rounds: %ld KiB of memory less", rounds,
		    lost_kb);
}

int main(int argc, char **argv)
{
	int rounds, round;
	size_t refused = 0;

	if (argc != 3)
		return 2;
	module_path = argv[1];
	rounds = atoi(argv[2]);

	check_in_use();
	guest_readers_start(come_and_go);
	for (round = 0; round < rounds; round++) {
		size_t before;

		/* The caches have by then what they keep. */
		if (round == rounds / 4)
			take_memory(&first);
		if (load())
			guest_die("insmod");
		/* At least one of the readers gets hold of it. */
		for (before = opened; opened == before;)
			;
		while (unload()) {
			if (errno != EWOULDBLOCK)
				guest_die("rmmod");
			refused++;
		}
	}
	guest_readers_stop();
	take_memory(&last);
	guest_check(!insane, "%d times loaded and unloaded under %zu readings: %zu insane",
		    rounds, (size_t)readings, (size_t)insane);
	guest_check(refused && waited, "%zu times refused, %zu times waited for", refused,
		    (size_t)waited);
	if (rounds < LEAK_ROUNDS)
		guest_skip("no memory is lost", "too few rounds to see it without kmemleak");
	else
		check_leaks(rounds - rounds / 4);
	guest_check(!load(), "loaded again at the end");
	return guest_result();
}
