// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the test programs in the guest have in common.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../tools/vmhost/shared.h"

static atomic_int checks;
static atomic_int failures;
static atomic_bool stopping;
static struct reader {
	pthread_t thread;
	guest_reader read;
	int number;
} readers[GUEST_READERS];

/*
 * The lines are TAP, one for each assertion and at the end how many there were. They
 * have no numbers: tests/vm/tap.py gives them, for all programs of a machine together.
 */

/**
 * guest_check() - one assertion
 * @good: whether it holds
 * @format: what is asserted, with the figures seen
 */
void guest_check(bool good, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	printf("%sok - %s\n", good ? "" : "not ", text);
	fflush(stdout);
	checks++;
	if (!good)
		failures++;
}

/**
 * guest_skip() - one assertion that cannot be tried here
 * @what: what is not asserted
 * @reason: why not
 */
void guest_skip(const char *what, const char *reason)
{
	printf("ok - %s # SKIP %s\n", what, reason);
	fflush(stdout);
	checks++;
}

/**
 * guest_result() - the end of the program
 *
 * Says how many assertions there were: a program that ends without this has failed.
 *
 * Return: the exit code, 0 if every assertion held.
 */
int guest_result(void)
{
	printf("1..%d\n", checks);
	fflush(stdout);
	return failures ? 1 : 0;
}

/**
 * guest_die() - end the program because it cannot go on
 * @what: what failed; errno says why
 */
void guest_die(const char *what)
{
	guest_check(false, "%s: %s", what, strerror(errno));
	exit(1);
}

static void ask(const char *format, va_list arguments)
{
	printf("host: ");
	vprintf(format, arguments);
	printf("\n");
	fflush(stdout);
}

/**
 * guest_host_ask() - ask the host's side of the test and go on
 * @format: the request, one line; guest_host_answer() gives the answer
 */
void guest_host_ask(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	ask(format, arguments);
	va_end(arguments);
}

/**
 * guest_host() - ask the host's side of the test
 * @format: the request, one line
 *
 * Return: the answer, until the next call.
 */
const char *guest_host(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	ask(format, arguments);
	va_end(arguments);
	return guest_host_answer();
}

/**
 * guest_host_answer() - wait for the host's side of the test
 *
 * Return: the answer, until the next call.
 */
const char *guest_host_answer(void)
{
	static char answer[1024];

	if (!fgets(answer, sizeof(answer), stdin))
		guest_die("no answer from the host");
	answer[strcspn(answer, "\n")] = '\0';
	return answer;
}

/**
 * guest_host_ok() - ask the host's side for something that must not fail
 * @command: the request
 */
void guest_host_ok(const char *command)
{
	const char *answer = guest_host("%s", command);

	if (strncmp(answer, "ok", 2)) {
		guest_check(false, "host: %s: %s", command, answer);
		exit(1);
	}
}

/**
 * guest_number() - a number in an answer of the host, which must have it
 * @answer: the answer
 * @key: what is right before the number
 */
__u64 guest_number(const char *answer, const char *key)
{
	const char *found = strstr(answer, key);

	if (!found) {
		guest_check(false, "the host's answer has no %s: %s", key, answer);
		exit(1);
	}
	return strtoull(found + strlen(key), NULL, 10);
}

/**
 * guest_count() - a number that the module counts
 * @name: its file in /sys/kernel/clockbound
 */
__u64 guest_count(const char *name)
{
	unsigned long long count;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/clockbound/%s", name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &count) != 1)
		guest_die(path);
	fclose(file);
	return count;
}

/**
 * guest_wait_until_asleep() - until a process sleeps
 * @child: the process
 */
void guest_wait_until_asleep(pid_t child)
{
	char path[64], state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	do {
		file = fopen(path, "r");
		if (!file || fscanf(file, "%*d %*s %c", &state) != 1)
			guest_die(path);
		fclose(file);
	} while (state != 'S');
}

/**
 * guest_open() - open the device and map what it offers
 * @device: filled in
 */
void guest_open(struct guest_device *device)
{
	long size = sysconf(_SC_PAGESIZE);

	device->fd = open(CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	if (device->fd < 0)
		guest_die(CLOCKBOUND_DEVICE_PATH);
	device->page = mmap(NULL, size, PROT_READ, MAP_SHARED, device->fd,
			    CLOCKBOUND_PGOFF_CLOCK * size);
	if (device->page == MAP_FAILED)
		guest_die("mmap of the clock page");
	device->registered = mmap(NULL, size, PROT_READ, MAP_SHARED, device->fd,
				  CLOCKBOUND_PGOFF_REGISTERED * size);
	if (device->registered == MAP_FAILED)
		guest_die("mmap of the registered page");
	device->vmclock = NULL;
	if (!(device->page->features & CLOCKBOUND_FEATURE_VMCLOCK))
		return;
	device->vmclock = mmap(NULL, size, PROT_READ, MAP_SHARED, device->fd,
			       CLOCKBOUND_PGOFF_VMCLOCK * size);
	if (device->vmclock == MAP_FAILED)
		guest_die("mmap of the VMClock page");
}

/**
 * guest_vmclock_node() - who makes /dev/vmclock0
 *
 * vm.py puts the kernel's own driver into the machine if it has one, loaded or not.
 */
enum guest_node guest_vmclock_node(void)
{
	if (access("/ptp_vmclock.ko", F_OK))
		return GUEST_NODE_OURS;
	return access("/sys/module/ptp_vmclock", F_OK) ? GUEST_NODE_NOBODY :
							 GUEST_NODE_PTP_VMCLOCK;
}

/**
 * guest_ivshmem() - map the memory that is shared with the host
 * @size: its size goes here
 *
 * Return: the memory.
 */
void *guest_ivshmem(size_t *size)
{
	int fd = open("/sys/bus/pci/devices/" VMHOST_PCI_DEVICE "/resource2",
		      O_RDWR | O_CLOEXEC);
	void *memory;

	if (fd < 0)
		guest_die(VMHOST_PCI_DEVICE);
	*size = VMHOST_PAGE_OFFSET;
	memory = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		guest_die("ivshmem");
	close(fd);
	return memory;
}

static void *run_reader(void *argument)
{
	struct reader *reader = argument;

	reader->read(reader->number);
	return NULL;
}

/**
 * guest_readers_start() - start GUEST_READERS threads
 * @read: what each of them does, until guest_readers_stopping()
 */
void guest_readers_start(guest_reader read)
{
	int i;

	stopping = false;
	for (i = 0; i < GUEST_READERS; i++) {
		readers[i].read = read;
		readers[i].number = i;
		if (pthread_create(&readers[i].thread, NULL, run_reader, &readers[i]))
			guest_die("pthread_create");
	}
}

/**
 * guest_readers_stopping() - whether the readers are to end
 */
bool guest_readers_stopping(void)
{
	return stopping;
}

/**
 * guest_readers_stop() - end the readers and wait for them
 */
void guest_readers_stop(void)
{
	int i;

	stopping = true;
	for (i = 0; i < GUEST_READERS; i++)
		pthread_join(readers[i].thread, NULL);
}

/**
 * guest_trusted() - whether a reading claims a bound
 * @reading: the reading
 */
bool guest_trusted(const struct clockbound_reading *reading)
{
	return reading->status == CLOCKBOUND_STATUS_SYNCHRONIZED ||
	       reading->status == CLOCKBOUND_STATUS_FREE_RUNNING;
}

/**
 * guest_sane() - whether a reading is one that the ABI allows
 * @reading: the reading
 */
bool guest_sane(const struct clockbound_reading *reading)
{
	if (reading->status > CLOCKBOUND_STATUS_DISRUPTED ||
	    reading->earliest > reading->latest || reading->reserved0)
		return false;
	return guest_trusted(reading) ||
	       (reading->earliest == CLOCKBOUND_TIME_MIN &&
		reading->latest == CLOCKBOUND_TIME_MAX);
}

/**
 * guest_wait_for_timekeeper() - until the next update of the timekeeper
 *
 * The coarse clock moves with it, just before the module's notifier is called.
 */
void guest_wait_for_timekeeper(void)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &start);
	do
		clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	while (now.tv_sec == start.tv_sec && now.tv_nsec == start.tv_nsec);
}
