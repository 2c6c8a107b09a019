// SPDX-License-Identifier: GPL-2.0-only
/*
 * I7: the hypervisor's page can be anything at all, at any moment. The host
 * scribbles over it while two readers use every way to read.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guest.h"

static struct guest_device device;
static atomic_size_t taken, trusted, insane;

static void read_on(int reader)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };
	char text[4096];
	int fd;

	(void)reader;
	while (!guest_readers_stopping()) {
		clockbound_page_read(device.page, device.vmclock, device.registered, &reading);
		insane += !guest_sane(&reading);

		reading.request = 0;
		if (ioctl(device.fd, CLOCKBOUND_NOW, &reading))
			guest_die("NOW");
		insane += !guest_sane(&reading);
		trusted += guest_trusted(&reading);
		taken++;

		if (taken % 64)
			continue;
		fd = open("/sys/kernel/clockbound/status", O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
			guest_die("status");
		close(fd);
	}
}

int main(void)
{
	guest_open(&device);
	if (!device.vmclock)
		guest_die("no VMClock page");

	guest_readers_start(read_on);
	guest_host_ok("scribble");
	guest_readers_stop();
	guest_check(!insane && taken, "%zu readings of a hostile page: %zu insane",
		    (size_t)taken, (size_t)insane);
	guest_check(trusted && trusted < taken, "some pages got through: %zu readings",
		    (size_t)trusted);
	return guest_result();
}
