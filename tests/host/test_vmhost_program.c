// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole program, with files in place of a virtual machine: options, exit
 * codes, the socket, and readers that take the page by the protocol while vmhost
 * updates, disrupts and migrates, compared with clock_gettime().
 */
#include "vmhost_test.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/clockbound.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "counter.h"
#include "guest_handshake.h"
#include "mapping.h"
#include "page.h"
#include "shared.h"

#define OFFSET		8192
#define SKEW		777000777000LL
#define SHARED_SIZE	(16 << 20)
#define PATIENCE_MS	40000

static char directory[64];
static char socket_path[80], ram_path[80], shared_path[80];
static struct vmclock_page *page;
static char *shared;
static pid_t vmhost;

/* Runs vmhost with @words and waits for its end; its first line to @line. */
static int run(char *line, size_t size, const char *const *words)
{
	const char *argv[20] = { VMHOST_PROGRAM };
	int fds[2], status;
	ssize_t got;
	pid_t pid;

	for (int i = 0; words[i]; i++)
		argv[i + 1] = words[i];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		/* One that goes on where it should not ends by the signal. */
		alarm(PATIENCE_MS / 1000);
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		execv(argv[0], (char **)argv);
		_exit(127);
	}
	close(fds[1]);
	got = 0;
	for (ssize_t more = 1; more > 0 && got < (ssize_t)size - 1; got += more) {
		more = read(fds[0], line + got, size - 1 - got);
		if (more < 0)
			more = 0;
	}
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define RUN(line, ...) \
	run(line, sizeof(line), (const char *const []) { __VA_ARGS__, NULL })

/* Sends a command by "vmhost ctl"; the answer is good until the next. */
static const char *ctl(const char *command, const char *first,
		       const char *second)
{
	static char answer[4096];
	int code = run(answer, sizeof(answer), (const char *const []) {
		"ctl", socket_path, command, first, second, NULL });

	assert_int_equal(code, strncmp(answer, "ok", 2) ? 1 : 0);
	return answer;
}

static void assert_ok(const char *command, const char *first)
{
	const char *answer = ctl(command, first, NULL);

	if (strncmp(answer, "ok", 2))
		fail_msg("%s: %s", command, answer);
}

static void start_vmhost(void)
{
	char line[8] = "";
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	vmhost = fork();
	if (!vmhost) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		execl(VMHOST_PROGRAM, VMHOST_PROGRAM, "--ram", ram_path,
		      "--offset", "8192", "--socket", socket_path, "--shared",
		      shared_path, "--host-maxerror", "1000", "--interval", "20",
		      NULL);
		_exit(127);
	}
	close(fds[1]);
	/* "ready" is what it prints once the socket is there. */
	assert_int_equal(read(fds[0], line, sizeof(line)), 6);
	assert_string_equal(line, "ready\n");
	close(fds[0]);
}

static int end_vmhost(int signal)
{
	int status;

	if (signal)
		kill(vmhost, signal);
	assert_int_equal(waitpid(vmhost, &status, 0), vmhost);
	vmhost = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void make_file(char *path, size_t size, const char *name, off_t length)
{
	int fd;

	snprintf(path, size, "%s/%s", directory, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, length), 0);
	close(fd);
}

static int setup(void **state)
{
	size_t size;

	(void)state;
	strcpy(directory, "/tmp/vmhost-test-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	make_file(ram_path, sizeof(ram_path), "ram", 1 << 20);
	make_file(shared_path, sizeof(shared_path), "shared", SHARED_SIZE);
	snprintf(socket_path, sizeof(socket_path), "%s/socket", directory);
	page = mapping_open(ram_path, OFFSET, 4096, &size);
	shared = mapping_open(shared_path, 0, 0, &size);
	return page && shared ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	if (vmhost)
		end_vmhost(SIGKILL);
	unlink(socket_path);
	unlink(ram_path);
	unlink(shared_path);
	return rmdir(directory);
}

static void *play_guest(void *unused)
{
	(void)unused;
	return (void *)guest_handshake((void *)shared, SKEW, PATIENCE_MS);
}

static void shake_hands(void)
{
	const char *answer;
	pthread_t guest;
	void *error;

	assert_int_equal(pthread_create(&guest, NULL, play_guest, NULL), 0);
	answer = ctl("handshake", NULL, NULL);
	pthread_join(guest, &error);
	assert_null(error);
	assert_int_equal(strncmp(answer, "ok offset_min=", 14), 0);
	assert_int_equal(page->clock_status, VMCLOCK_CLOCK_SYNCHRONIZED);
}

/**
 * struct reading - a reading of the page, between two of the host's clock
 */
struct reading {
	__u64 marker;
	__u64 counter;
	__s64 before;
	__s64 after;
	__s64 earliest;
	__s64 latest;
};

#define READINGS	100000

static struct reading readings[READINGS];
static size_t reading_count;
static bool stop_reading;

static __s64 realtime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/* Copies the page by the protocol; false if it is being written. */
static bool read_page(struct vmclock_page *copy, struct reading *reading)
{
	__u32 *seq = (__u32 *)&page->seq_count;
	__u32 before = __atomic_load_n(seq, __ATOMIC_ACQUIRE);

	if (le32toh(before) & 1)
		return false;
	memcpy(copy, page, sizeof(*copy));
	reading->before = realtime();
	reading->counter = counter_read() + SKEW;
	reading->after = realtime();
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(seq, __ATOMIC_RELAXED) == before;
}

static void *read_on(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop_reading, __ATOMIC_RELAXED) &&
	       reading_count < READINGS) {
		struct reading *reading = &readings[reading_count];
		struct vmclock_page copy;
		struct bound bound;

		if (!read_page(&copy, reading) ||
		    copy.clock_status != VMCLOCK_CLOCK_SYNCHRONIZED)
			continue;
		bound = (struct bound) {
			.counter = le64toh(copy.counter_value),
			.time = (((s128)le64toh(copy.time_sec) << 64) |
				 le64toh(copy.time_frac_sec)) +
				(__s16)le16toh(copy.tai_offset_sec) * FIXED_SEC,
			.maxerror = le64toh(copy.time_maxerror_nanosec),
			.period = le64toh(copy.counter_period_frac_sec),
			.period_maxerror =
				le64toh(copy.counter_period_maxerror_rate_frac_sec),
			.shift = copy.counter_period_shift,
		};
		bound_interval(&bound, reading->counter, &reading->earliest,
			       &reading->latest);
		reading->marker = le64toh(copy.disruption_marker);
		__atomic_add_fetch(&reading_count, 1, __ATOMIC_RELEASE);
		usleep(10);
	}
	return NULL;
}

/* Waits until the reader has taken @more readings. */
static void wait_for_readings(size_t more)
{
	size_t until = __atomic_load_n(&reading_count, __ATOMIC_ACQUIRE) + more;

	if (until > READINGS)
		until = READINGS;
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (__atomic_load_n(&reading_count, __ATOMIC_ACQUIRE) >= until)
			return;
		usleep(1000);
	}
	fail_msg("the page has no time to read");
}

static unsigned long long key(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	if (!at)
		fail_msg("no %s in %s", name, line);
	return strtoull(at + strlen(name), NULL, 10);
}

/* Leaves the readings for "check", shifted by @error ns. */
static const char *check(__s64 error)
{
	struct vmhost_record *records = (void *)(shared + VMHOST_RECORDS_OFFSET);
	char count[24];

	for (size_t i = 0; i < reading_count; i++)
		records[i] = (struct vmhost_record) {
			.counter_value = readings[i].counter,
			.earliest = readings[i].earliest + error,
			.latest = readings[i].latest + error,
			.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
			.path = VMHOST_PATH_OTHER,
		};
	snprintf(count, sizeof(count), "%zu", reading_count);
	return ctl("check", "65536", count);
}

static void readings_contain_the_truth(void **state)
{
	static const char * const jumps[] = { "5000000", "-9000000", "0" };
	const __s64 truth[] = { 0, 5000000, -4000000, -4000000, -4000000 };
	size_t of_marker[5] = { 0 };
	const char *answer;
	pthread_t reader;

	(void)state;
	start_vmhost();
	assert_int_equal(page->clock_status, VMCLOCK_CLOCK_INITIALIZING);
	shake_hands();
	assert_int_equal(pthread_create(&reader, NULL, read_on, NULL), 0);
	for (int i = 0; i < 3; i++) {
		wait_for_readings(3000);
		assert_ok("migrate", jumps[i]);
	}
	wait_for_readings(3000);
	assert_ok("disrupt", NULL);
	wait_for_readings(3000);
	__atomic_store_n(&stop_reading, true, __ATOMIC_RELAXED);
	pthread_join(reader, NULL);

	for (size_t i = 0; i < reading_count; i++) {
		const struct reading *reading = &readings[i];

		assert_in_range(reading->marker, 1, 5);
		of_marker[reading->marker - 1]++;
		assert_true(reading->earliest <= reading->after +
			    truth[reading->marker - 1]);
		assert_true(reading->latest >= reading->before +
			    truth[reading->marker - 1]);
	}
	for (int i = 0; i < 5; i++)
		assert_true(of_marker[i] > 1000);

	shake_hands();
	answer = check(0);
	assert_int_equal(key(answer, "readings="), reading_count);
	assert_int_equal(key(answer, "trusted="), reading_count);
	assert_int_equal(key(answer, "outside="), 0);
	assert_int_equal(key(answer, "inverted="), 0);
	assert_int_equal(key(answer, "unlogged="), 0);
	assert_int_equal(key(answer, "jumps="), 4);
	assert_int_equal(key(answer, "recovered="), 4);
	answer = check(20000000);	/* more than any of the jumps */
	assert_int_equal(key(answer, "outside="), reading_count);

	answer = ctl("status", NULL, NULL);
	assert_true(key(answer, "updates=") > 5);
	assert_int_equal(key(answer, "kept="), 0);
	assert_int_equal(key(answer, "breaks="), 0);
	assert_int_equal(key(answer, "marker="), 5);

	assert_ok("stop", NULL);
	assert_int_equal(end_vmhost(0), 0);
	assert_int_equal(page->clock_status, VMCLOCK_CLOCK_UNKNOWN);
	assert_int_equal(le32toh(page->seq_count) & 1, 0);
	assert_int_equal(access(socket_path, F_OK), -1);
}

static void errors_are_one_line_each(void **state)
{
	static const struct {
		const char *command, *first, *second, *reason;
	} bad[] = {
		{ "nonsense", NULL, NULL, "there is no command" },
		{ "migrate", "fast", NULL, "usage: migrate NS" },
		{ "truth", "5", NULL, "make a handshake" },
		{ "check", "65536", "1", "make a handshake" },
		{ "raw", "4095", "0000", "not inside the page" },
		{ "write", "4095", "0000", "not inside the page" },
		{ "release", NULL, NULL, "not held" },
		{ "handshake", "0", NULL, "no guest answered" },
	};

	(void)state;
	start_vmhost();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *answer = ctl(bad[i].command, bad[i].first,
					 bad[i].second);

		if (strncmp(answer, "error: ", 7) ||
		    !strstr(answer, bad[i].reason))
			fail_msg("%s: %s", bad[i].command, answer);
	}
	shake_hands();
	assert_non_null(strstr(ctl("check", "65528", "1"), "behind its first"));
	assert_non_null(strstr(ctl("check", "65540", "1"), "multiple of 8"));
	assert_non_null(strstr(ctl("check", "65536", "99999999"), "error: "));
	assert_non_null(strstr(ctl("truth", "5", NULL), "older than the log"));
	assert_ok("hold-odd", NULL);
	assert_non_null(strstr(ctl("disrupt", NULL, NULL), "held odd"));
	assert_int_equal(end_vmhost(SIGTERM), 0);
	assert_int_equal(page->clock_status, VMCLOCK_CLOCK_UNKNOWN);
	assert_int_equal(le32toh(page->seq_count) & 1, 0);
}

static void only_one_can_have_the_socket(void **state)
{
	char line[400];

	(void)state;
	start_vmhost();
	assert_int_equal(RUN(line, "--ram", ram_path, "--offset", "8192",
			     "--socket", socket_path, "--host-maxerror", "1"),
			 1);
	assert_non_null(strstr(line, "another vmhost"));
	/* One that was left behind is no obstacle. */
	assert_int_equal(end_vmhost(SIGKILL), -1);
	assert_int_equal(access(socket_path, F_OK), 0);
	start_vmhost();
	assert_ok("status", NULL);
	assert_int_equal(end_vmhost(SIGINT), 0);
}

/* vmhost says no, and why. */
static void assert_socket_refused(const char *reason)
{
	char line[400];

	assert_int_equal(RUN(line, "--ram", ram_path, "--offset", "8192",
			     "--socket", socket_path, "--host-maxerror", "1"),
			 1);
	if (!strstr(line, socket_path) || !strstr(line, reason))
		fail_msg("%s", line);
}

static void put_image(void)
{
	int fd = open(socket_path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "image", 5), 5);
	close(fd);
}

static void assert_image(void)
{
	char bytes[8] = "";
	int fd = open(socket_path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, sizeof(bytes)), 5);
	assert_string_equal(bytes, "image");
	close(fd);
	assert_int_equal(unlink(socket_path), 0);
}

static void nothing_but_a_dead_socket_is_removed(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char line[400];
	int fd;

	(void)state;
	put_image();
	assert_socket_refused("no socket");
	assert_image();

	assert_int_equal(symlink("ram", socket_path), 0);
	assert_socket_refused("no socket");
	assert_true(readlink(socket_path, line, sizeof(line)) == 3);
	assert_int_equal(unlink(socket_path), 0);

	/* Of another kind, so vmhost cannot connect to it, but in use */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	strcpy(address.sun_path, socket_path);
	assert_int_equal(bind(fd, (void *)&address, sizeof(address)), 0);
	assert_socket_refused("somebody else's socket");
	assert_int_equal(access(socket_path, F_OK), 0);
	close(fd);

	/* That was left behind: it may go. At the end only vmhost's own may. */
	start_vmhost();
	assert_int_equal(unlink(socket_path), 0);
	put_image();
	assert_int_equal(end_vmhost(SIGTERM), 0);
	assert_image();
}

static void the_socket_is_its_owners_only(void **state)
{
	mode_t mask = umask(0);
	struct stat stat;

	(void)state;
	start_vmhost();
	umask(mask);
	assert_int_equal(lstat(socket_path, &stat), 0);
	assert_int_equal(stat.st_mode & 077, 0);
	assert_int_equal(end_vmhost(SIGTERM), 0);
}

static void exit_codes_and_reasons(void **state)
{
	char line[400];

	(void)state;
	assert_int_equal(RUN(line, "--help"), 0);
	assert_int_equal(RUN(line, "--version"), 0);
	assert_int_equal(RUN(line, "--nonsense"), 2);
	assert_int_equal(RUN(line, "--ram", ram_path), 2);
	assert_non_null(strstr(line, "are needed"));
	assert_int_equal(RUN(line, "--offset", "x"), 2);
	assert_int_equal(RUN(line, "--interval", "5"), 2);
	assert_int_equal(RUN(line, "--max-drift", "-1"), 2);
	assert_int_equal(RUN(line, "--tai-offset", "256"), 2);
	assert_int_equal(RUN(line, "--tai-offset", "9"), 2);
	assert_int_equal(RUN(line, "--host-maxerror", "1ms"), 2);
	assert_int_equal(RUN(line, "ctl", socket_path), 2);
	assert_int_equal(RUN(line, "ctl", socket_path, "status"), 1);
	assert_non_null(strstr(line, "is vmhost running?"));
	assert_int_equal(RUN(line, "--ram", "/nonexistent", "--offset", "0",
			     "--socket", socket_path, "--host-maxerror", "1"),
			 1);
	assert_non_null(strstr(line, "/nonexistent: No such file"));
	assert_int_equal(RUN(line, "--ram", ram_path, "--offset", "1048576",
			     "--socket", socket_path, "--host-maxerror", "1"),
			 1);
	assert_non_null(strstr(line, "too short"));
	assert_int_equal(RUN(line, "--ram", ram_path, "--offset", "100",
			     "--socket", socket_path, "--host-maxerror", "1"),
			 1);
	assert_non_null(strstr(line, "multiple of the page size"));
}

/* Somebody has to vouch for the clock: a program that the kernel knows of, or the caller. */
static void without_a_voucher_it_does_not_start(void **state)
{
	char line[400];

	(void)state;
	assert_int_equal(RUN(line, "--ram", ram_path, "--offset", "8192",
			     "--socket", socket_path), 1);
	assert_non_null(strstr(line, "not synchronized"));
	assert_non_null(strstr(line, "--host-maxerror"));
	setenv("FAKE_TIMEX", "0x2001 0 0 399999999 0", 1);
	assert_int_equal(RUN(line, "--ram", ram_path, "--offset", "8192",
			     "--socket", socket_path), 1);
	assert_non_null(strstr(line, "systemd-timesyncd"));
	assert_non_null(strstr(line, "--host-maxerror"));
	/* As ntpd leaves it: it starts, and fails only at what comes next. */
	setenv("FAKE_TIMEX", "0x2001 20500 12 399 37", 1);
	assert_int_equal(RUN(line, "--ram", "/nonexistent", "--offset", "8192",
			     "--socket", socket_path), 1);
	assert_non_null(strstr(line, "/nonexistent: No such file"));
	unsetenv("FAKE_TIMEX");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exit_codes_and_reasons),
		TEST(without_a_voucher_it_does_not_start),
		TEST(errors_are_one_line_each),
		TEST(only_one_can_have_the_socket),
		TEST(nothing_but_a_dead_socket_is_removed),
		TEST(the_socket_is_its_owners_only),
		TEST(readings_contain_the_truth),
	};

	return cmocka_run_group_tests_name("vmhost program", tests, NULL, NULL);
}
