// SPDX-License-Identifier: GPL-2.0-only
/*
 * The protocol against Debian's chronyd, and the whole daemon with it. Two of them
 * run here: one serves its own time, the other one measures it over the loopback;
 * neither touches the clock (-x). To be run from the top directory.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "chrony.h"
#include "clocks.h"
#include "fake_device.h"

#define FAKE		BUILD "/clockboundctl.fake"
#define SECOND		1000000000LL
#define PATIENCE	60

/* The client asks every 2^POLL s. */
#define POLL		0

static char chronyd[512], directory[32];
static pid_t server, client;
static int port;

__attribute__((format(printf, 2, 3)))
static void write_file(const char *name, const char *format, ...)
{
	char path[128];
	va_list arguments;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	va_start(arguments, format);
	vfprintf(file, format, arguments);
	va_end(arguments);
	fclose(file);
}

static pid_t start_chronyd(const char *name)
{
	char configuration[128], log[128];
	pid_t pid;

	snprintf(configuration, sizeof(configuration), "%s/%s.conf", directory, name);
	snprintf(log, sizeof(log), "%s/%s.log", directory, name);
	pid = fork();
	if (pid)
		return pid;
	dup2(open(log, O_WRONLY | O_CREAT, 0644), STDERR_FILENO);
	execl(chronyd, "chronyd", "-x", "-d", "-u", "root", "-f", configuration, NULL);
	_exit(127);
}

static void stop(pid_t *pid)
{
	if (*pid > 0) {
		kill(*pid, SIGTERM);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

FIXTURE(setup)
{
	FILE *pipe = popen("scripts/fetch-chrony.sh", "r");

	assert_non_null(pipe);
	assert_non_null(fgets(chronyd, sizeof(chronyd), pipe));
	assert_int_equal(pclose(pipe), 0);
	chronyd[strcspn(chronyd, "\n")] = '\0';
	strcpy(directory, "/tmp/clockbound-chrony-XXXXXX");
	assert_non_null(mkdtemp(directory));
	port = 20000 + getpid() % 10000;
	write_file("server.conf",
		   "local stratum 5\nport %d\nbindaddress 127.0.0.1\nallow 127.0.0.1\n"
		   "cmdport 0\nbindcmdaddress %s/server/chronyd.sock\npidfile %s/server.pid\n",
		   port, directory, directory);
	write_file("client.conf",
		   "server 127.0.0.1 port %d iburst minpoll %d maxpoll %d\nport 0\ncmdport 0\n"
		   "bindcmdaddress %s/client/chronyd.sock\npidfile %s/client.pid\n",
		   port, POLL, POLL, directory, directory);
	server = start_chronyd("server");
	client = start_chronyd("client");
	return 0;
}

FIXTURE(teardown)
{
	char command[64];

	stop(&client);
	stop(&server);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static void open_chrony(struct chrony *chrony, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s/chronyd.sock", directory, name);
	assert_int_equal(chrony_init(chrony, path), 0);
}

/* Asks until it is up, and waits for the answer. */
static int ask_about(struct chrony *chrony, enum chrony_command command, __u32 index,
		     void *data)
{
	static __u32 sequence = 0xfffffff0;
	__s64 end = clock_ns(CLOCK_MONOTONIC) + PATIENCE * SECOND;
	struct pollfd pollfd;
	int error, status;

	for (;;) {
		error = chrony_send(chrony, command, ++sequence, index);
		if (!error)
			break;
		assert_true(error == -ENOENT || error == -ECONNREFUSED);
		assert_true(clock_ns(CLOCK_MONOTONIC) < end);
		poll(NULL, 0, 10);
	}
	do {
		pollfd = (struct pollfd){ .fd = chrony->fd, .events = POLLIN };
		assert_int_equal(poll(&pollfd, 1, PATIENCE * 1000), 1);
		status = chrony_receive(chrony, command, sequence, data);
	} while (status == -EAGAIN);
	return status;
}

static int ask(struct chrony *chrony, enum chrony_command command,
	       struct chrony_tracking *tracking)
{
	return ask_about(chrony, command, 0, tracking);
}

/* A clock that is its own source is no source. */
TEST(local_clock)
{
	struct chrony_tracking tracking;
	struct chrony_source source;
	struct chrony chrony;
	__u64 age;

	open_chrony(&chrony, "server");
	assert_int_equal(ask(&chrony, CHRONY_TRACKING, &tracking), CHRONY_SUCCESS);
	assert_int_equal(tracking.ref_id, CHRONY_REF_ID_LOCAL);
	assert_int_equal(tracking.leap, CHRONY_LEAP_NORMAL);
	assert_true(bound_chrony_age(&tracking, clock_ns(CLOCK_REALTIME), &age));
	assert_int_equal(bound_chrony_status(&tracking, age, BOUND_NO_POLL),
			 CLOCKBOUND_STATUS_FREE_RUNNING);
	/* It has nobody to ask for the time */
	assert_int_equal(ask_about(&chrony, CHRONY_SOURCE_DATA, 0, &source),
			 CHRONY_NO_SUCH_SOURCE);
	assert_int_equal(ask(&chrony, CHRONY_BURST, &tracking), CHRONY_NO_SUCH_SOURCE);
	chrony_close(&chrony);
	assert_int_equal(access(chrony.own.sun_path, F_OK), -1);
}

static __u64 await_measurement(struct chrony *chrony, __u64 *bound)
{
	__s64 end = clock_ns(CLOCK_MONOTONIC) + PATIENCE * SECOND;
	struct chrony_tracking tracking;
	struct exchange exchange = { 0 };
	struct estimate estimate;
	__u64 age;

	for (;;) {
		assert_int_equal(ask(chrony, CHRONY_TRACKING, &tracking), CHRONY_SUCCESS);
		assert_true(bound_chrony_age(&tracking, clock_ns(CLOCK_REALTIME), &age));
		if (bound_chrony_status(&tracking, age, BOUND_NO_POLL) ==
		    CLOCKBOUND_STATUS_SYNCHRONIZED)
			break;
		assert_int_equal(tracking.leap ? tracking.leap : CHRONY_LEAP_UNSYNCHRONISED,
				 CHRONY_LEAP_UNSYNCHRONISED);
		assert_true(clock_ns(CLOCK_MONOTONIC) < end);
		poll(NULL, 0, 10);
	}
	assert_int_equal(tracking.ref_id, 0x7f000001);
	exchange.said = tracking;
	assert_true(estimate_chrony(&exchange, 0, &estimate));
	/* Less than 1000 ppm fast or slow, and not certain */
	assert_true(llabs(estimate.frequency) < 1000000000);
	assert_true(estimate.max_drift > 0);
	*bound = estimate.bound;
	return age;
}

/* What it says of its only source. */
TEST(one_source)
{
	struct chrony_source source;
	struct chrony chrony;
	__u64 bound;

	open_chrony(&chrony, "client");
	await_measurement(&chrony, &bound);
	assert_int_equal(ask_about(&chrony, CHRONY_SOURCE_DATA, 0, &source), CHRONY_SUCCESS);
	assert_int_equal(source.address, 0x7f000001);
	assert_int_equal(source.poll, POLL);
	assert_int_equal(source.state, CHRONY_STATE_SELECTED);
	assert_int_not_equal(source.mode, CHRONY_MODE_REFERENCE);
	assert_int_equal(ask_about(&chrony, CHRONY_SOURCE_DATA, 1, &source),
			 CHRONY_NO_SUCH_SOURCE);
	chrony_close(&chrony);
}

/* The measurement after a RESET is a new one. */
TEST(reset_and_burst)
{
	struct chrony_tracking tracking;
	struct chrony chrony;
	__u64 bound, age;
	__s64 reset;

	open_chrony(&chrony, "client");
	await_measurement(&chrony, &bound);
	print_message("# bound %llu ns\n", bound);
	assert_true(bound > 0 && bound < SECOND);

	assert_int_equal(ask(&chrony, CHRONY_RESET_SOURCES, &tracking), CHRONY_SUCCESS);
	reset = clock_ns(CLOCK_MONOTONIC_RAW);
	assert_int_equal(ask(&chrony, CHRONY_TRACKING, &tracking), CHRONY_SUCCESS);
	assert_int_equal(tracking.leap, CHRONY_LEAP_UNSYNCHRONISED);
	assert_int_equal(ask(&chrony, CHRONY_BURST, &tracking), CHRONY_SUCCESS);
	age = await_measurement(&chrony, &bound);
	assert_true(clock_ns(CLOCK_MONOTONIC_RAW) - (__s64)age > reset);
	print_message("# measured again %lld ms after RESET_SOURCES\n",
		      (clock_ns(CLOCK_MONOTONIC_RAW) - reset) / 1000000);
	chrony_close(&chrony);
}

static void await_report(const struct fake_device *fake, __u64 marker)
{
	__s64 end = clock_ns(CLOCK_MONOTONIC) + PATIENCE * SECOND;
	const struct clockbound_report *report;
	unsigned int count;

	for (;;) {
		count = __atomic_load_n(&fake->daemon->reports, __ATOMIC_ACQUIRE);
		report = &fake->daemon->report[(count - 1) % FAKE_REPORTS];
		if (count && report->status == CLOCKBOUND_STATUS_SYNCHRONIZED &&
		    report->disruption_marker == marker)
			return;
		assert_true(clock_ns(CLOCK_MONOTONIC) < end);
		poll(NULL, 0, 1);
	}
}

TEST(daemon_with_chronyd)
{
	struct fake_device fake;
	__s64 disrupted;
	char path[64];
	pid_t sync;

	fake_device_create(&fake);
	*fake_marker(&fake) = 5;
	snprintf(path, sizeof(path), "%s/client/chronyd.sock", directory);
	sync = fork();
	if (!sync) {
		execl(FAKE, "clockboundctl", "sync", "--device", fake.path,
		      "--chrony-socket", path, NULL);
		_exit(127);
	}
	await_report(&fake, 5);
	disrupted = clock_ns(CLOCK_MONOTONIC_RAW);
	*fake_marker(&fake) = 6;
	__atomic_store_n(&fake.daemon->changes, CLOCKBOUND_EVENT_DISRUPTION, __ATOMIC_RELEASE);
	await_report(&fake, 6);
	print_message("# trusted again %lld ms after a disruption\n",
		      (clock_ns(CLOCK_MONOTONIC_RAW) - disrupted) / 1000000);
	stop(&sync);
	fake_device_remove(&fake);
}

TEST_MAIN(setup, teardown)
