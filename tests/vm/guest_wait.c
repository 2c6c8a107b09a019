// SPDX-License-Identifier: GPL-2.0-only
/*
 * WAIT and WAIT_SYNC: never early, seldom late, and each error.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../../tools/vmhost/shared.h"
#include "guest.h"
#include "span.h"

#define SECOND		1000000000LL
#define SPANS		200
#define WAITS		500	/* in each of them */
#define COMPARED	2001

static struct guest_device device;
static atomic_int signals;

static __s64 now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

static struct clockbound_reading take(void)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };

	if (ioctl(device.fd, CLOCKBOUND_NOW, &reading))
		guest_die("NOW");
	return reading;
}

static void wait_for_trust(void)
{
	struct clockbound_reading reading;

	do
		reading = take();
	while (!guest_trusted(&reading));
}

/* Each of them is recorded as the claim that the true time was later by then. */
static void wait_and_record(struct vmhost_record *records, size_t *failed, size_t *early)
{
	static unsigned int seed = 1;
	int i;

	for (i = 0; i < WAITS; i++) {
		struct clockbound_reading reading = take();
		struct clockbound_wait wait = {
			.size = sizeof(wait),
			.until = reading.earliest + rand_r(&seed) % 100000 - 1000,
		};
		__u64 counter;

		*failed += ioctl(device.fd, CLOCKBOUND_WAIT, &wait) != 0;
		counter = clockbound_counter();
		clockbound_page_read(device.page, device.vmclock, device.registered, &reading);
		*early += reading.earliest <= wait.until;
		records[i] = (struct vmhost_record) {
			.counter_value = counter,
			.earliest = wait.until + 1,
			.latest = CLOCKBOUND_TIME_MAX,
			.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
			.path = VMHOST_PATH_OTHER,
		};
	}
}

static void check_never_early(void)
{
	size_t i, early = 0, failed = 0, outside = 0;
	struct vmhost_record *records;
	const char *answer;
	size_t size;

	records = (void *)((char *)guest_ivshmem(&size) + VMHOST_RECORDS_OFFSET);
	for (i = 0; i < SPANS; i++) {
		do {
			span_begin();
			wait_and_record(records, &failed, &early);
		} while (!span_end("waits"));
		answer = guest_host("check %u %d", VMHOST_RECORDS_OFFSET, WAITS);
		outside += guest_number(answer, " outside=") + guest_number(answer, " unlogged=");
	}
	guest_check(!failed, "%zu of %d waits failed", failed, SPANS * WAITS);
	guest_check(!early, "%zu of %d waits ended before earliest was later", early,
		    SPANS * WAITS);
	guest_check(!outside, "%zu of %d waits ended before the true time was later", outside,
		    SPANS * WAITS);
}

static int compare(const void *a, const void *b)
{
	__s64 first = *(const __s64 *)a, second = *(const __s64 *)b;

	return first < second ? -1 : first > second;
}

static __s64 median(__s64 *values)
{
	qsort(values, COMPARED, sizeof(*values), compare);
	return values[COMPARED / 2];
}

/* How late WAIT is, beside a sleep that is as long: one after the other. */
static void compare_with_sleep(void)
{
	static __s64 waited[COMPARED], slept[COMPARED];
	__s64 wait_median, sleep_median;
	unsigned int seed = 2;
	int i;

	for (i = 0; i < COMPARED; i++) {
		struct clockbound_reading reading = take();
		__s64 delay = 100000 + rand_r(&seed) % 2000000;
		struct clockbound_wait wait = {
			.size = sizeof(wait),
			.until = reading.earliest + delay,
		};
		struct timespec until;

		if (ioctl(device.fd, CLOCKBOUND_WAIT, &wait))
			guest_die("WAIT");
		clockbound_page_read(device.page, device.vmclock, device.registered, &reading);
		waited[i] = reading.earliest - wait.until;

		delay += now_ns(CLOCK_MONOTONIC);
		until.tv_sec = delay / SECOND;
		until.tv_nsec = delay % SECOND;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		slept[i] = now_ns(CLOCK_MONOTONIC) - delay;
	}
	wait_median = median(waited);
	sleep_median = median(slept);
	guest_check(wait_median <= sleep_median + sleep_median / 10,
		    "late by %lld ns in the median, clock_nanosleep by %lld ns", wait_median,
		    sleep_median);
}

static void expect_error(unsigned long command, struct clockbound_wait wait, int expected,
			 const char *what)
{
	int result;

	errno = 0;
	result = ioctl(device.fd, command, &wait);
	guest_check(result == -1 && errno == expected, "%s: %s", what,
		    result ? strerror(errno) : "no error");
}

static void check_arguments(void)
{
	struct clockbound_wait good = { .size = sizeof(good) }, bad;
	const struct {
		unsigned long command;
		const char *name;
	} commands[] = {
		{ CLOCKBOUND_WAIT, "WAIT" },
		{ CLOCKBOUND_WAIT_SYNC, "WAIT_SYNC" },
	};
	size_t i;

	for (i = 0; i < 2; i++) {
		unsigned long command = commands[i].command;
		const char *name = commands[i].name;

		printf("# %s\n", name);
		expect_error(command, (bad = good, bad.flags = 8, bad), EINVAL, "unknown flag");
		expect_error(command, (bad = good, bad.flags = CLOCKBOUND_WAIT_TIMEOUT |
				       CLOCKBOUND_WAIT_DEADLINE, bad), EINVAL, "both limits");
		expect_error(command, (bad = good, bad.timeout = 1, bad), EINVAL,
			     "a timeout without a flag");
		expect_error(command, (bad = good, bad.flags = CLOCKBOUND_WAIT_TIMEOUT,
				       bad.timeout = -1, bad), EINVAL, "a negative timeout");
		expect_error(command, (bad = good, bad.size = 8, bad), EINVAL, "too short");
		expect_error(command, (bad = good, bad.size = 1 << 20, bad), E2BIG, "too long");
		guest_check(ioctl(device.fd, command, NULL) == -1 && errno == EFAULT,
			    "NULL: EFAULT");
	}
	expect_error(CLOCKBOUND_WAIT_SYNC, (bad = good, bad.until = 1, bad), EINVAL,
		     "WAIT_SYNC until a time");
	expect_error(CLOCKBOUND_WAIT_SYNC, (bad = good, bad.flags = CLOCKBOUND_WAIT_TAI, bad),
		     EINVAL, "WAIT_SYNC in TAI");
}

static void check_limits(void)
{
	struct clockbound_wait wait = {
		.size = sizeof(wait),
		.flags = CLOCKBOUND_WAIT_TIMEOUT,
		.until = take().latest + 3600 * SECOND,
		.timeout = 50000000,
	};
	__s64 start = now_ns(CLOCK_MONOTONIC);

	expect_error(CLOCKBOUND_WAIT, wait, ETIMEDOUT, "WAIT with a timeout");
	guest_check(now_ns(CLOCK_MONOTONIC) - start >= wait.timeout, "not before its end");
	wait.timeout = 0;
	expect_error(CLOCKBOUND_WAIT, wait, ETIMEDOUT, "WAIT that only looks");
	wait.timeout = 0x7fffffffffffffffLL;
	wait.max_width = 1;
	expect_error(CLOCKBOUND_WAIT, wait, ERANGE, "WAIT with a width that is too small");
	wait.max_width = 0;
	wait.flags = CLOCKBOUND_WAIT_DEADLINE;
	start = now_ns(CLOCK_MONOTONIC);
	wait.timeout = start + 50000000;
	expect_error(CLOCKBOUND_WAIT, wait, ETIMEDOUT, "WAIT with a deadline");
	guest_check(now_ns(CLOCK_MONOTONIC) >= wait.timeout, "not before it");
	wait.until = 0;
	wait.max_width = 1;
	expect_error(CLOCKBOUND_WAIT_SYNC, wait, ETIMEDOUT, "WAIT_SYNC for too small a width");

	wait = (struct clockbound_wait) { .size = sizeof(wait) };
	guest_check(!ioctl(device.fd, CLOCKBOUND_WAIT, &wait), "WAIT for the past");
	guest_check(!ioctl(device.fd, CLOCKBOUND_WAIT_SYNC, &wait), "WAIT_SYNC when it is");
	wait.max_width = 10 * SECOND;
	guest_check(!ioctl(device.fd, CLOCKBOUND_WAIT_SYNC, &wait), "WAIT_SYNC with a width");
	wait.flags = CLOCKBOUND_WAIT_TAI;
	wait.until = take().earliest + 37 * SECOND + 20000000;
	guest_check(!ioctl(device.fd, CLOCKBOUND_WAIT, &wait) &&
		    take().earliest + 37 * SECOND > wait.until, "WAIT in TAI");
}

static void count_signal(int number)
{
	(void)number;
	signals++;
}

/* A signal every 20 ms, until there were some. */
static void interrupt(bool restart)
{
	struct sigaction action = {
		.sa_handler = count_signal,
		.sa_flags = restart ? SA_RESTART : 0,
	};
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } };

	signals = 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void check_signals(void)
{
	const struct itimerval off = { 0 };
	struct clockbound_wait wait = {
		.size = sizeof(wait),
		.flags = CLOCKBOUND_WAIT_TIMEOUT,
		.until = take().latest + 3600 * SECOND,
		.timeout = 200000000,
	};
	__s64 start = now_ns(CLOCK_MONOTONIC);
	int result;

	interrupt(false);
	result = ioctl(device.fd, CLOCKBOUND_WAIT, &wait);
	guest_check(result == -1 && errno == EINTR && wait.flags == CLOCKBOUND_WAIT_DEADLINE &&
		    wait.timeout >= start + 200000000 &&
		    wait.timeout <= now_ns(CLOCK_MONOTONIC) + 200000000,
		    "EINTR, and the timeout is a deadline now");
	while ((result = ioctl(device.fd, CLOCKBOUND_WAIT, &wait)) && errno == EINTR)
		;
	guest_check(result == -1 && errno == ETIMEDOUT && signals > 1 &&
		    now_ns(CLOCK_MONOTONIC) >= wait.timeout, "called again, it ends in time");

	wait.flags = CLOCKBOUND_WAIT_TIMEOUT;
	wait.timeout = 200000000;
	start = now_ns(CLOCK_MONOTONIC);
	interrupt(true);
	result = ioctl(device.fd, CLOCKBOUND_WAIT, &wait);
	setitimer(ITIMER_REAL, &off, NULL);
	/* Restarted with the whole timeout each time, it would never end. */
	guest_check(result == -1 && errno == ETIMEDOUT && signals > 1 &&
		    now_ns(CLOCK_MONOTONIC) - start >= 200000000,
		    "restarted by the kernel %d times, it ends in time", signals);
}

/* Until the thread that has written its id there sleeps. */
static void wait_until_asleep(const atomic_int *tid)
{
	char path[64], state = 0;
	FILE *file;

	while (!*tid)
		;
	do {
		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", *tid);
		file = fopen(path, "r");
		if (!file || fscanf(file, "%*d %*s %c", &state) != 1)
			guest_die(path);
		fclose(file);
	} while (state != 'S');
}

struct waiter {
	pthread_t thread;
	atomic_int tid;
	unsigned long command;
	struct clockbound_wait wait;
	int error;
};

static void *run_waiter(void *argument)
{
	struct waiter *waiter = argument;

	waiter->tid = gettid();
	waiter->error = ioctl(device.fd, waiter->command, &waiter->wait) ? errno : 0;
	return NULL;
}

static void start_waiter(struct waiter *waiter, unsigned long command,
			 struct clockbound_wait wait)
{
	*waiter = (struct waiter) { .command = command, .wait = wait };
	if (pthread_create(&waiter->thread, NULL, run_waiter, waiter))
		guest_die("pthread_create");
	wait_until_asleep(&waiter->tid);
}

static int finish_waiter(struct waiter *waiter)
{
	pthread_join(waiter->thread, NULL);
	return waiter->error;
}

static void disrupt(__u32 action)
{
	struct clockbound_disrupt disrupt = { .size = sizeof(disrupt), .action = action };

	if (ioctl(device.fd, CLOCKBOUND_DISRUPT, &disrupt))
		guest_die("DISRUPT");
}

static void check_disruption(void)
{
	struct clockbound_wait forever = {
		.size = sizeof(forever),
		.until = CLOCKBOUND_TIME_MAX,
	};
	struct clockbound_wait sync = { .size = sizeof(sync) };
	static struct waiter waiter;

	start_waiter(&waiter, CLOCKBOUND_WAIT, forever);
	guest_host_ok("migrate 1000000");
	guest_check(finish_waiter(&waiter) == ECANCELED, "a migration wakes WAIT: ECANCELED");
	wait_for_trust();

	start_waiter(&waiter, CLOCKBOUND_WAIT, forever);
	disrupt(CLOCKBOUND_DISRUPT_FORCE);
	disrupt(CLOCKBOUND_DISRUPT_RELEASE);
	guest_check(finish_waiter(&waiter) == ECANCELED,
		    "a disruption that is over when it looks, too");
	wait_for_trust();

	disrupt(CLOCKBOUND_DISRUPT_FORCE);
	expect_error(CLOCKBOUND_WAIT, forever, ECANCELED, "WAIT while disrupted");
	start_waiter(&waiter, CLOCKBOUND_WAIT_SYNC, sync);
	disrupt(CLOCKBOUND_DISRUPT_RELEASE);
	guest_check(!finish_waiter(&waiter), "WAIT_SYNC goes on until it is over");
}

/* Without a bound: WAIT goes on, and the first report ends both. */
static void check_unknown(void)
{
	struct clockbound_wait wait = {
		.size = sizeof(wait),
		.flags = CLOCKBOUND_WAIT_TIMEOUT,
		.timeout = 20000000,
	};
	struct clockbound_report report = {
		.size = sizeof(report),
		.time = now_ns(CLOCK_REALTIME),
		.bound = 10 * SECOND,
		.max_drift = 1000000,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
	};
	static struct waiter waiter, synchronizer;

	guest_host_ok("marker-only");
	while (take().status != CLOCKBOUND_STATUS_UNKNOWN)
		;
	expect_error(CLOCKBOUND_WAIT, wait, ETIMEDOUT, "WAIT while nothing is known");
	expect_error(CLOCKBOUND_WAIT_SYNC, wait, ETIMEDOUT, "WAIT_SYNC while nothing is known");
	wait.max_width = 1ULL << 62;
	expect_error(CLOCKBOUND_WAIT, wait, ERANGE, "WAIT with a width while nothing is known");

	wait = (struct clockbound_wait) { .size = sizeof(wait), .until = 1 };
	start_waiter(&waiter, CLOCKBOUND_WAIT, wait);
	wait.until = 0;
	start_waiter(&synchronizer, CLOCKBOUND_WAIT_SYNC, wait);
	report.as_of = now_ns(CLOCK_MONOTONIC_RAW);
	report.measured = report.as_of;
	report.void_after = report.as_of + 1000 * SECOND;
	report.disruption_marker = *(const volatile __u64 *)((const char *)device.vmclock +
							     CLOCKBOUND_VMCLOCK_MARKER);
	if (ioctl(device.fd, CLOCKBOUND_REPORT, &report))
		guest_die("REPORT");
	guest_check(!finish_waiter(&waiter), "a report wakes WAIT");
	guest_check(!finish_waiter(&synchronizer), "a report wakes WAIT_SYNC");
	wait.flags = CLOCKBOUND_WAIT_TAI;
	wait.until = take().latest;
	expect_error(CLOCKBOUND_WAIT, wait, ENODATA, "WAIT in TAI that nobody knows");
}

int main(void)
{
	guest_open(&device);
	wait_for_trust();
	check_arguments();
	check_limits();
	check_signals();
	check_never_early();
	compare_with_sleep();
	check_disruption();
	check_unknown();
	return guest_result();
}
