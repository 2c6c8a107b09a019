// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading, with readers at work.
 *
 * usage: guest_lifecycle MODULE
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

#define ROUNDS	20

static const char *module_path;
static atomic_size_t readings, insane, opened;

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

/* Opens the device whenever it is there, reads from it, and closes it again. */
static void come_and_go(int reader)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };
	size_t size = sysconf(_SC_PAGESIZE), i;
	int fd;

	(void)reader;
	while (!guest_readers_stopping()) {
		struct clockbound_page *page;

		for (i = 0; i < 50; i++)
			read_status();
		fd = open(CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		opened++;
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

int main(int argc, char **argv)
{
	int rounds = 0;

	if (argc != 2)
		return 2;
	module_path = argv[1];

	check_in_use();
	guest_readers_start(come_and_go);
	while (rounds < ROUNDS) {
		size_t before;

		if (load())
			guest_die("insmod");
		/* At least one of the readers gets hold of it. */
		for (before = opened; opened == before;)
			;
		while (unload())
			if (errno != EWOULDBLOCK)
				guest_die("rmmod");
		rounds++;
	}
	guest_readers_stop();
	guest_check(!insane, "%d times loaded and unloaded under %zu readings: %zu insane",
		    rounds, (size_t)readings, (size_t)insane);
	guest_check(!load(), "loaded again at the end");
	return guest_result();
}
