// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole program, with files in place of a virtual machine: options, exit
 * codes, the socket, and readers that take the page by the protocol while vmhost
 * updates, disrupts and migrates, compared with clock_gettime().
 */
#include "test.h"

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
#include "page.h"
#include "region.h"
#include "shared.h"

#define OFFSET		8192
#define SKEW		777000777000LL
#define SHARED_SIZE	(16 << 20)
#define PATIENCE_MS	40000

/* Relative to a directory of its own, in which all is done. */
#define RAM		"ram"
#define SHARED		"shared"
#define SOCKET		"socket"
#define OPTIONS		"--ram " RAM " --offset 8192 --socket " SOCKET

static char directory[64];
static char line[4096];		/* what run() has read */
static struct region ram, shared;
static struct vmclock_page *page;
static pid_t vmhost;

/* Runs vmhost and waits for its end; keeps the first line that it prints. */
static int run(const char *arguments)
{
	char command[512];
	int code;

	/* One that goes on where it should not ends by the signal. */
	snprintf(command, sizeof(command), "timeout %d " VMHOST_PROGRAM " %s 2>&1",
		 PATIENCE_MS / 1000, arguments);
	code = test_shell(command, line, sizeof(line));
	line[strcspn(line, "\n")] = '\0';
	return code;
}

static void assert_fails(const char *arguments, int code, const char *reason)
{
	if (run(arguments) != code || !strstr(line, reason))
		fail_msg("%s: %s", arguments, line);
}

/* Sends a command by "vmhost ctl"; the answer is good until the next. */
static const char *ctl(const char *command)
{
	char arguments[128];
	int code;

	snprintf(arguments, sizeof(arguments), "ctl " SOCKET " %s", command);
	code = run(arguments);
	assert_int_equal(code, strncmp(line, "ok", 2) ? 1 : 0);
	return line;
}

static void assert_ok(const char *command)
{
	if (strncmp(ctl(command), "ok", 2))
		fail_msg("%s: %s", command, line);
}

static void assert_error(const char *command, const char *reason)
{
	if (strncmp(ctl(command), "error: ", 7) || !strstr(line, reason))
		fail_msg("%s: %s", command, line);
}

static void start_vmhost(void)
{
	char ready[8] = "";
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	vmhost = fork();
	if (!vmhost) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		execl(VMHOST_PROGRAM, VMHOST_PROGRAM, "--ram", RAM, "--offset", "8192",
		      "--socket", SOCKET, "--shared", SHARED, "--host-maxerror", "1000",
		      "--interval", "20", NULL);
		_exit(127);
	}
	close(fds[1]);
	/* "ready" is what it prints once the socket is there. */
	assert_int_equal(read(fds[0], ready, sizeof(ready)), 6);
	assert_string_equal(ready, "ready\n");
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

static void put_file(const char *path, const char *bytes, off_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
	assert_int_equal(ftruncate(fd, length), 0);
	close(fd);
}

FIXTURE(setup)
{
	strcpy(directory, "/tmp/vmhost-test-XXXXXX");
	if (!mkdtemp(directory) || chdir(directory))
		return -1;
	put_file(RAM, "", 1 << 20);
	put_file(SHARED, "", SHARED_SIZE);
	if (!region_open(&ram, RAM, OFFSET, 4096) || !region_open_all(&shared, SHARED))
		return -1;
	page = (void *)ram.memory.start;
	return 0;
}

FIXTURE(teardown)
{
	if (vmhost)
		end_vmhost(SIGKILL);
	region_release(&ram);
	region_release(&shared);
	unlink(SOCKET);
	unlink(RAM);
	unlink(SHARED);
	return rmdir(directory);
}

static void *play_guest(void *unused)
{
	(void)unused;
	return (void *)guest_handshake(shared.memory, SKEW, PATIENCE_MS);
}

static void shake_hands(void)
{
	const char *answer;
	pthread_t guest;
	void *error;

	assert_int_equal(pthread_create(&guest, NULL, play_guest, NULL), 0);
	answer = ctl("handshake");
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

static unsigned long long key(const char *answer, const char *name)
{
	const char *at = strstr(answer, name);

	if (!at)
		fail_msg("no %s in %s", name, answer);
	return strtoull(at + strlen(name), NULL, 10);
}

/* Leaves the readings for "check", shifted by @error ns. */
static const char *check(__s64 error)
{
	struct vmhost_record *records = (void *)(shared.memory.start + VMHOST_RECORDS_OFFSET);
	char command[64];

	for (size_t i = 0; i < reading_count; i++)
		records[i] = (struct vmhost_record) {
			.counter_value = readings[i].counter,
			.earliest = readings[i].earliest + error,
			.latest = readings[i].latest + error,
			.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
			.path = VMHOST_PATH_OTHER,
		};
	snprintf(command, sizeof(command), "check 65536 %zu", reading_count);
	return ctl(command);
}

TEST_F(readings_contain_the_truth)
{
	static const char * const jumps[] = { "migrate 5000000", "migrate -9000000", "migrate 0" };
	const __s64 truth[] = { 0, 5000000, -4000000, -4000000, -4000000 };
	size_t of_marker[5] = { 0 };
	const char *answer;
	pthread_t reader;

	start_vmhost();
	assert_int_equal(page->clock_status, VMCLOCK_CLOCK_INITIALIZING);
	shake_hands();
	assert_int_equal(pthread_create(&reader, NULL, read_on, NULL), 0);
	for (int i = 0; i < 3; i++) {
		wait_for_readings(3000);
		assert_ok(jumps[i]);
	}
	wait_for_readings(3000);
	assert_ok("disrupt");
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

	answer = ctl("status");
	assert_true(key(answer, "updates=") > 5);
	assert_int_equal(key(answer, "kept="), 0);
	assert_int_equal(key(answer, "breaks="), 0);
	assert_int_equal(key(answer, "marker="), 5);

	assert_ok("stop");
	assert_int_equal(end_vmhost(0), 0);
	assert_int_equal(page->clock_status, VMCLOCK_CLOCK_UNKNOWN);
	assert_int_equal(le32toh(page->seq_count) & 1, 0);
	assert_int_equal(access(SOCKET, F_OK), -1);
}

TEST_F(errors_are_one_line_each)
{
	start_vmhost();
	assert_error("nonsense", "there is no command");
	assert_error("migrate fast", "usage: migrate NS");
	assert_error("truth 5", "make a handshake");
	assert_error("check 65536 1", "make a handshake");
	assert_error("raw 4095 0000", "not inside the page");
	assert_error("write 4095 0000", "not inside the page");
	assert_error("release", "not held");
	assert_error("handshake 0", "no guest answered");
	shake_hands();
	assert_error("check 65528 1", "behind its first");
	assert_error("check 65540 1", "multiple of 8");
	assert_error("check 65536 99999999", "shared memory");
	assert_error("truth 5", "older than the log");
	assert_ok("hold-odd");
	assert_error("disrupt", "held odd");
	assert_int_equal(end_vmhost(SIGTERM), 0);
	assert_int_equal(page->clock_status, VMCLOCK_CLOCK_UNKNOWN);
	assert_int_equal(le32toh(page->seq_count) & 1, 0);
}

/* They come at once, and are answered one after the other, also behind a late answer. */
TEST_F(several_lines_in_one_go)
{
	static const char lines[] = "nonsense\nhandshake 0\nrelease\nhandshake 0\nstatus\nrele";
	static const char * const answers[] = {
		"there is no command", "no guest answered", "not held", "no guest answered",
		"ok mode=", "not held",
	};
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *stream = fdopen(fd, "r");

	start_vmhost();
	assert_int_equal(connect(fd, (void *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, lines, strlen(lines), 0), strlen(lines));
	for (size_t i = 0; i < COUNT(answers); i++) {
		if (i + 1 == COUNT(answers))
			assert_int_equal(send(fd, "ase\n", 4, 0), 4);
		assert_non_null(fgets(line, sizeof(line), stream));
		assert_non_null(strstr(line, answers[i]));
	}
	fclose(stream);
	assert_int_equal(end_vmhost(SIGTERM), 0);
}

TEST_F(only_one_can_have_the_socket)
{
	start_vmhost();
	assert_fails(OPTIONS " --host-maxerror 1", 1, "another vmhost");
	/* One that was left behind is no obstacle. */
	assert_int_equal(end_vmhost(SIGKILL), -1);
	assert_int_equal(access(SOCKET, F_OK), 0);
	start_vmhost();
	assert_ok("status");
	assert_int_equal(end_vmhost(SIGINT), 0);
}

static void assert_image(void)
{
	char bytes[8] = "";
	int fd = open(SOCKET, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, sizeof(bytes)), 5);
	assert_string_equal(bytes, "image");
	close(fd);
	assert_int_equal(unlink(SOCKET), 0);
}

TEST_F(nothing_but_a_dead_socket_is_removed)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int fd;

	put_file(SOCKET, "image", 5);
	assert_fails(OPTIONS " --host-maxerror 1", 1, SOCKET ": is there already and is no socket");
	assert_image();

	assert_int_equal(symlink(RAM, SOCKET), 0);
	assert_fails(OPTIONS " --host-maxerror 1", 1, SOCKET ": is there already and is no socket");
	assert_true(readlink(SOCKET, line, sizeof(line)) == 3);
	assert_int_equal(unlink(SOCKET), 0);

	/* Of another kind, so vmhost cannot connect to it, but in use */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (void *)&address, sizeof(address)), 0);
	assert_fails(OPTIONS " --host-maxerror 1", 1, SOCKET ": somebody else's socket");
	assert_int_equal(access(SOCKET, F_OK), 0);
	close(fd);

	/* That was left behind: it may go. At the end only vmhost's own may. */
	start_vmhost();
	assert_int_equal(unlink(SOCKET), 0);
	put_file(SOCKET, "image", 5);
	assert_int_equal(end_vmhost(SIGTERM), 0);
	assert_image();
}

TEST_F(the_socket_is_its_owners_only)
{
	mode_t mask = umask(0);
	struct stat stat;

	start_vmhost();
	umask(mask);
	assert_int_equal(lstat(SOCKET, &stat), 0);
	assert_int_equal(stat.st_mode & 077, 0);
	assert_int_equal(end_vmhost(SIGTERM), 0);
}

TEST_F(exit_codes_and_reasons)
{
	assert_fails("--help", 0, "");
	assert_fails("--version", 0, "");
	assert_fails("--nonsense", 2, "");
	assert_fails("--ram " RAM, 2, "are needed");
	assert_fails("--offset x", 2, "");
	assert_fails("--interval 5", 2, "");
	assert_fails("--max-drift -1", 2, "");
	assert_fails("--tai-offset 256", 2, "");
	assert_fails("--tai-offset 9", 2, "");
	assert_fails("--host-maxerror 1ms", 2, "");
	assert_fails("ctl " SOCKET, 2, "");
	assert_fails("ctl " SOCKET " status", 1, "is vmhost running?");
	assert_fails("--ram /nonexistent --offset 0 --socket " SOCKET " --host-maxerror 1", 1,
		     "/nonexistent: No such file");
	assert_fails("--ram " RAM " --offset 1048576 --socket " SOCKET " --host-maxerror 1", 1,
		     "too short");
	assert_fails("--ram " RAM " --offset 100 --socket " SOCKET " --host-maxerror 1", 1,
		     "multiple of the page size");
	/* The handshake would write over the page. */
	assert_fails(OPTIONS " --shared " RAM " --host-maxerror 1", 1,
		     "both have 4096 bytes from offset 8192");
	put_file("short", "", 0);
	assert_fails(OPTIONS " --shared short --host-maxerror 1", 1, "short: cannot map 0 bytes");
	assert_int_equal(truncate("short", 65535), 0);
	assert_fails(OPTIONS " --shared short --host-maxerror 1", 1, "shorter than the 64 KiB");
	unlink("short");
}

/* Somebody has to vouch for the clock: a program that the kernel knows of, or the caller. */
TEST_F(without_a_voucher_it_does_not_start)
{
	assert_fails(OPTIONS, 1, "not synchronized");
	assert_non_null(strstr(line, "--host-maxerror"));
	setenv("FAKE_TIMEX", "0x2001 0 0 399999999 0", 1);
	assert_fails(OPTIONS, 1, "systemd-timesyncd");
	assert_non_null(strstr(line, "--host-maxerror"));
	/* As ntpd leaves it: it starts, and fails only at what comes next. */
	setenv("FAKE_TIMEX", "0x2001 20500 12 399 37", 1);
	assert_fails("--ram /nonexistent --offset 8192 --socket " SOCKET, 1,
		     "/nonexistent: No such file");
	unsetenv("FAKE_TIMEX");
}

TEST_MAIN(NULL, NULL)
