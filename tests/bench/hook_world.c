// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hook in the timekeeping core costs beside a chronyd that disciplines the clock,
 * and beside unprivileged programs that are in the way as much as they can.
 *
 *	clockbound-bench-hook
 *
 * Needs clockbound.ko, clockbound_hook.ko, and a machine whose counter counts instructions.
 * Prints for each window, with its name W:
 *
 *	hook W KIND INSTRUCTIONS TIMES		see hook.c
 *	hook W reading INSTRUCTIONS TIMES	another program's readings of the page
 *	window W SECONDS PUBLICATIONS REPORTS	what was published meanwhile
 */
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../vm/sync_world.h"

#define COSTS		"/sys/kernel/debug/clockbound_hook/costs"
#define VALUES		"/sys/kernel/clockbound"
#define SEGMENT		"/dev/clockbound-shm0"

#define HOST		1
#define US		1000LL

/*
 * The clock is that wrong at first, and chronyd's server then, ns. Little: to slew fast leaves
 * an error in the core, and until it has made up for that it does not change the rate.
 */
#define FIRST_ERROR	(100 * US)
#define ERROR		(50 * US)
#define OTHER_ERROR	(40 * MS)
#define DELAY		(1 * MS)
#define DISPERSION	(500 * US)

/* s */
#define SETTLE		30
#define CALM		120
#define SLEW		60

#define SETS		10

#define THREADS		64
#define NOBODY		65534

/* Readings for one window; those that cost more than the limit were interrupted. */
#define READINGS	400000
#define LIMIT		4096

static __u64 value(const char *name)
{
	unsigned long long value;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), VALUES "/%s", name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &value) != 1)
		guest_die(path);
	fclose(file);
	return value;
}

static struct {
	const char *name;
	__s64 start;
	__u64 publications, reports;
} window;

static void begin(const char *name)
{
	int fd = open(COSTS, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		guest_die(COSTS);
	close(fd);
	window.name = name;
	window.start = raw_now();
	window.publications = value("publications");
	window.reports = value("reports");
}

static void end(void)
{
	__s64 length = raw_now() - window.start;
	__u64 publications = value("publications") - window.publications;
	__u64 reports = value("reports") - window.reports;
	FILE *file = fopen(COSTS, "r");
	char line[128];

	if (!file)
		guest_die(COSTS);
	while (fgets(line, sizeof(line), file))
		printf("hook %s %s", window.name, line);
	fclose(file);
	printf("window %s %.3f %llu %llu\n", window.name, (double)length / SECOND, publications,
	       reports);
	fflush(stdout);
}

/*
 * In a process of its own, as other people's programs are. The long way: at 1 GHz, the last
 * ppm of the rate decides from report to report whether there is a shorter one.
 */
static void read_page(void)
{
	static unsigned int costs[LIMIT];
	struct clockbound_reading reading;
	__u64 start, cost;
	int i;

	for (i = 0; i < READINGS; i++) {
		start = __builtin_ia32_rdtsc();
		clockbound_page_read_any(device.page, device.vmclock, device.registered,
					 &reading);
		cost = __builtin_ia32_rdtsc() - start;
		if (cost < LIMIT)
			costs[cost]++;
	}
	for (i = 0; i < LIMIT; i++) {
		if (costs[i])
			printf("hook %s reading %d %u\n", window.name, i, costs[i]);
	}
}

static void run(void (*program)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		program();
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		guest_die("a program");
}

static void *loop_at(void *unused)
{
	struct clockbound_reading reading;

	for (;;) {
		reading = (struct clockbound_reading) {
			.size = sizeof(reading),
			.counter_value = __builtin_ia32_rdtsc(),
		};
		ioctl(device.fd, CLOCKBOUND_AT, &reading);
	}
	return unused;
}

static void *loop_wait(void *unused)
{
	struct clockbound_wait wait;

	for (;;) {
		wait = (struct clockbound_wait) {
			.size = sizeof(wait),
			.flags = CLOCKBOUND_WAIT_TIMEOUT,
			.until = CLOCKBOUND_TIME_MAX,
		};
		ioctl(device.fd, CLOCKBOUND_WAIT, &wait);
	}
	return unused;
}

static void *loop_open(void *nodes)
{
	const glob_t *all = nodes;
	size_t i;

	for (;;) {
		for (i = 0; i < all->gl_pathc; i++)
			close(open(all->gl_pathv[i], O_RDONLY | O_CLOEXEC));
	}
	return NULL;
}

static void *loop_read(void *values)
{
	const glob_t *all = values;
	char text[4096];
	size_t i;
	int fd;

	for (;;) {
		for (i = 0; i < all->gl_pathc; i++) {
			fd = open(all->gl_pathv[i], O_RDONLY | O_CLOEXEC);
			if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
				guest_die(all->gl_pathv[i]);
			close(fd);
		}
	}
	return NULL;
}

static void be_in_the_way(void)
{
	static void *(*const loops[])(void *) = { loop_at, loop_wait, loop_open, loop_read };
	static glob_t files[4];
	pthread_t thread;
	int i;

	if (glob("/dev/clockbound*", 0, NULL, &files[2]) ||
	    glob("/dev/vmclock*", GLOB_APPEND, NULL, &files[2]) ||
	    glob(VALUES "/*", 0, NULL, &files[3]))
		guest_die("glob");
	if (setgid(NOBODY) || setuid(NOBODY) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		guest_die("setuid");
	for (i = 0; i < THREADS; i++) {
		if (pthread_create(&thread, NULL, loops[i % 4], &files[i % 4]))
			guest_die("thread");
	}
	for (;;)
		pause();
}

static void set_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec++;
	if (clock_settime(CLOCK_REALTIME, &now))
		guest_die("clock_settime");
}

int main(void)
{
	pid_t nuisance;
	int i, segment;

	guest_open(&device);
	if (!device.vmclock)
		guest_die("no VMClock page");
	stamp_packets();
	truth_base = clock_now(CLOCK_REALTIME) + FIRST_ERROR - raw_now();

	start_server(HOST, ERROR, DELAY, DISPERSION);
	start_chronyd("client");
	start_daemon(false);
	if (!await(CLOCKBOUND_STATUS_SYNCHRONIZED, ANY))
		return 1;
	nap(SETTLE * SECOND);

	begin("calm");
	nap(CALM * SECOND);
	end();

	/* An open segment has the hook look at each rate: the threads open it as well. */
	segment = open(SEGMENT, O_RDONLY | O_CLOEXEC);
	if (segment < 0)
		guest_die(SEGMENT);
	begin("alone");
	run(read_page);
	nap(SETTLE * SECOND);
	end();
	close(segment);

	nuisance = fork();
	if (!nuisance)
		be_in_the_way();
	nap(SECOND);
	begin("beside");
	run(read_page);
	end();
	stop(nuisance);

	tell_server(HOST, OTHER_ERROR, DELAY, DISPERSION);
	begin("slew");
	nap(SLEW * SECOND);
	end();

	begin("set");
	for (i = 0; i < SETS; i++) {
		set_clock();
		nap(100 * MS);
	}
	end();
	return 0;
}
