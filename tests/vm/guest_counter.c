// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counter and who reads it: CPUs come and go, the system clock runs on something else
 * for a while, and at last the TSC is declared unstable. Two readers take every reading they
 * can; each contains the true time, or says that it does not know.
 *
 * usage: guest_counter MODULE, which declares the TSC unstable
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "recorder.h"

#define ROUNDS	5
#define CPU	"/sys/devices/system/cpu/cpu1/online"

/* For good. */
static bool is_unstable;

static void set_cpu(const char *online)
{
	int fd = open(CPU, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, online, 1) != 1)
		guest_die(CPU);
	close(fd);
}

static bool trusted(void)
{
	struct clockbound_reading reading = { };
	const struct guest_device *device = recorder_device();

	clockbound_page_read(device->page, device->vmclock, device->registered, &reading);
	return guest_trusted(&reading);
}

/*
 * So each span begins with a bound, from after what happened in the one before. Not in a
 * span: a new epoch needs an update of the page, and readings that say nothing are many.
 */
static void start_trusted(void)
{
	while (!trusted())
		guest_wait_for_timekeeper();
	recorder_start();
	recorder_wait();
}

static void unplug(void)
{
	do {
		start_trusted();
		set_cpu("0");
		recorder_wait();
		set_cpu("1");
		recorder_wait();
	} while (!recorder_stop("a CPU goes and comes"));
}

static void change_source(const char *name)
{
	do {
		start_trusted();
		clock_set_source(name);
		recorder_wait();
		clock_set_source("tsc");
		recorder_wait();
	} while (!recorder_stop(name));
}

static void declare_unstable(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		guest_die(path);
	close(fd);
	is_unstable = true;
}

/* Only once: nobody declares it stable again. */
static void end_of_the_counter(const char *path)
{
	do {
		if (is_unstable) {
			recorder_start();
		} else {
			start_trusted();
			declare_unstable(path);
		}
		while (trusted())
			guest_wait_for_timekeeper();
		recorder_wait();
	} while (!recorder_stop("the TSC is unstable"));
	guest_check(!trusted(), "the TSC is unstable: no bound by it");
	guest_host_ok("resume");
	guest_wait_for_timekeeper();
	guest_wait_for_timekeeper();
	guest_check(!trusted(), "nor when the page says the time anew");
}

int main(int argc, char **argv)
{
	struct recorder_result result;
	int round;

	if (argc != 2)
		return 2;
	recorder_open();
	for (round = 0; round < ROUNDS; round++) {
		unplug();
		change_source("hpet");
		change_source("acpi_pm");
	}
	end_of_the_counter(argv[1]);

	recorder_check(&result);
	/* Those that say that they do not know are taken the faster. */
	guest_check(result.trusted && result.trusted < result.taken,
		    "%zu readings were trusted, %zu were not", result.trusted,
		    result.taken - result.trusted);
	return guest_result();
}
