// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tests of the synchronization daemon have in common.
 */
#include "sync_world.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ntp_clock.h"

/* A reading that took longer is dated too badly to be counted as a proof, ns. */
#define DATED		100000

/* chronyd's protocol: a request or a reply without data, and the two bytes of its status. */
#define NULL_LENGTH	28
#define REPLY_STATUS	8

struct guest_device device;
__s64 truth_base, not_yet_at;
atomic_ulong proofs, narrow, outside, deceived;
atomic_bool lied;

static atomic_bool checking;
static pthread_t checker;
static __s64 narrow_limit;

/* For end_world(): readings that are no proofs, and the least distance to an end, ns. */
static unsigned long undated;
static __s64 closest = CLOCKBOUND_TIME_MAX;

__s64 clock_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

__s64 raw_now(void)
{
	return ntp_clock_raw();
}

void nap(__s64 ns)
{
	struct timespec timeout = { ns / SECOND, ns % SECOND };

	nanosleep(&timeout, NULL);
}

/* Sends what a process says to /tmp/NAME.log. */
static void log_to(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/%s.log", name);
	dup2(open(path, O_WRONLY | O_CREAT | O_APPEND, 0644), STDERR_FILENO);
}

/* See guest_ntp.c. */
pid_t start_server(int host, __s64 error, __s64 delay, __s64 dispersion)
{
	char text[5][32];
	pid_t pid = fork();

	if (pid)
		return pid;
	log_to("server");
	snprintf(text[0], sizeof(text[0]), "%lld", truth_base);
	snprintf(text[1], sizeof(text[1]), "%d", host);
	snprintf(text[2], sizeof(text[2]), "%lld", error);
	snprintf(text[3], sizeof(text[3]), "%lld", delay);
	snprintf(text[4], sizeof(text[4]), "%lld", dispersion);
	execl("/bin/guest-ntp", "guest-ntp", text[0], text[1], text[2], text[3], text[4], NULL);
	_exit(127);
}

/* Sends a server a text, and returns how many requests it has answered. */
static unsigned long tell(int host, const char *text)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(NTP_CLOCK_PORT),
		.sin_addr.s_addr = htonl(NTP_CLOCK_NET + host),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	ssize_t length = strlen(text);
	char answer[32] = "";

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    send(fd, text, length, 0) != length ||
	    recv(fd, answer, sizeof(answer) - 1, 0) <= 0)
		guest_die("the server takes no orders");
	close(fd);
	return strtoul(answer, NULL, 10);
}

/* From now on the server is so wrong, and states this. */
void tell_server(int host, __s64 error, __s64 delay, __s64 dispersion)
{
	char text[96];

	snprintf(text, sizeof(text), "%lld %lld %lld", error, delay, dispersion);
	tell(host, text);
}

/* How many requests the server has answered. */
unsigned long answers_of(int host)
{
	return tell(host, "");
}

pid_t start_chronyd(const char *name)
{
	char path[64];
	pid_t pid = fork();

	if (pid)
		return pid;
	log_to(name);
	snprintf(path, sizeof(path), "/etc/%s.conf", name);
	execl("/bin/chronyd", "chronyd", "-d", "-u", "_chrony", "-f", path, NULL);
	_exit(127);
}

/* As chronyc does; returns whether it is accepted. */
bool tell_chronyd(enum chrony_order order)
{
	/* For BURST as chronyc makes it: of any source, four good ones of eight */
	const __u8 request[68] = { [0] = 6, [1] = 1, [5] = order, [63] = 4, [67] = 8 };
	size_t length = order == CHRONY_BURST ? sizeof(request) : NULL_LENGTH;
	struct sockaddr_un own = { AF_UNIX, "/run/chrony/guest.sock" };
	struct sockaddr_un chronyd = { AF_UNIX, "/run/chrony/chronyd.sock" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	mode_t mask = umask(0);
	__u8 reply[512];
	bool accepted;

	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) ||
	    connect(fd, (struct sockaddr *)&chronyd, sizeof(chronyd)) ||
	    send(fd, request, length, 0) != (ssize_t)length)
		guest_die("chronyd takes no orders");
	accepted = recv(fd, reply, sizeof(reply), 0) >= NULL_LENGTH &&
		   !reply[REPLY_STATUS] && !reply[REPLY_STATUS + 1];
	umask(mask);
	unlink(own.sun_path);
	close(fd);
	return accepted;
}

/* As the unit has it: chronyd's user, and one capability. */
static void drop_privileges(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	__u32 set = 1 << CAP_SYS_TIME;
	struct __user_cap_data_struct data[2] = { { set, set, set } };

	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) || setgid(CHRONY_ID) ||
	    setuid(CHRONY_ID) || syscall(SYS_capset, &header, data) ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_TIME, 0, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		_exit(126);
}

pid_t start_daemon(bool root)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	log_to("sync");
	if (!root)
		drop_privileges();
	execl("/bin/clockboundctl", "clockboundctl", "sync", NULL);
	_exit(127);
}

void stop(pid_t pid)
{
	kill(pid, SIGCONT);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

struct clockbound_reading reading_now(void)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };

	if (ioctl(device.fd, CLOCKBOUND_NOW, &reading))
		guest_die("NOW");
	return reading;
}

__u8 status_now(void)
{
	return reading_now().status;
}

/* By how much the truth was within the reading, at any moment from @from to @to, ns. */
static __s64 margin_of(const struct clockbound_reading *reading, __s64 from, __s64 to)
{
	__s64 below = from - reading->earliest, above = reading->latest - to;

	return below < above ? below : above;
}

/* The truth was between these two at the moment of the reading. */
static void check_contains(const struct clockbound_reading *reading, __s64 before, __s64 after)
{
	__s64 from = ntp_clock_truth(truth_base, before);
	__s64 to = ntp_clock_truth(truth_base, after);
	bool good = reading->earliest <= to && reading->latest >= from;

	if (!guest_trusted(reading))
		return;
	if (lied) {
		deceived += !good;
		return;
	}
	if (!good) {
		if (!outside++)
			printf("# status %u: %lld to %lld ns from the truth: not inside\n",
			       reading->status, reading->earliest - to, reading->latest - from);
		return;
	}
	if (after - before > DATED) {
		undated++;
		return;
	}
	proofs++;
	narrow += reading->latest - reading->earliest <= narrow_limit;
	if (margin_of(reading, from, to) < closest)
		closest = margin_of(reading, from, to);
}

/* From the first report to the last one. */
static void *check_all(void *unused)
{
	struct clockbound_reading reading;
	__s64 before, after;

	(void)unused;
	while (checking) {
		before = raw_now();
		reading = reading_now();
		after = raw_now();
		check_contains(&reading, before, after);
		nap(MS);
	}
	return NULL;
}

/* Waits for a status, and for no other but these on the way (a mask). */
bool await(__u8 status, unsigned int on_the_way)
{
	__s64 start = raw_now(), at;
	__u8 now;

	while ((at = raw_now()) < start + PATIENCE * SECOND) {
		now = status_now();
		if (now == status)
			return true;
		not_yet_at = at;
		if (!(on_the_way & 1u << now)) {
			printf("# status %u while waiting for %u\n", now, status);
			return false;
		}
		nap(MS);
	}
	printf("# no status %u in %d s\n", status, PATIENCE);
	return false;
}

/* By how much CLOCK_REALTIME is tuned, ppm: a tick is 10,000 us. */
long frequency(void)
{
	struct timex timex = { .modes = 0 };

	adjtimex(&timex);
	return (timex.tick - 10000) * 100 + timex.freq / 65536;
}

/* The width of an interval that is to be trusted, ns; or a very large one. */
__s64 width_now(void)
{
	struct clockbound_reading reading = reading_now();

	return guest_trusted(&reading) ? reading.latest - reading.earliest : CLOCKBOUND_TIME_MAX;
}

bool logged(const char *text)
{
	static char log[1 << 16];
	FILE *file = fopen("/tmp/sync.log", "r");

	if (!file)
		return false;
	log[fread(log, 1, sizeof(log) - 1, file)] = '\0';
	fclose(file);
	return strstr(log, text);
}

/*
 * Has the kernel stamp packets from before the first one to the end. chronyd wants that
 * for as long as it waits for an answer, and the kernel patches its own code each time;
 * a QEMU before 8.1 (accel/tcg: "Always lock pages before translation") sometimes
 * executes half of such a patch on another CPU: an int3 oops in netif_rx_internal().
 */
void stamp_packets(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)))
		guest_die("SO_TIMESTAMPNS");
}

/**
 * begin_world() - open the device, and begin to check
 * @first_error: the system clock is so much slow at first, ns
 * @narrow_width: intervals up to this width are counted extra, ns
 */
void begin_world(__s64 first_error, __s64 narrow_width)
{
	guest_open(&device);
	if (!device.vmclock)
		guest_die("no VMClock page");
	guest_host_ok("marker-only");
	stamp_packets();
	narrow_limit = narrow_width;
	truth_base = clock_now(CLOCK_REALTIME) + first_error;
	truth_base -= ntp_clock_truth(0, raw_now());
	checking = true;
	if (pthread_create(&checker, NULL, check_all, NULL))
		guest_die("thread");
}

/**
 * end_world() - what the check has found
 * @least: so many readings have to contain the truth
 */
void end_world(unsigned long least)
{
	checking = false;
	pthread_join(checker, NULL);
	printf("# dated to %d us, and %lu more that are not; %lld us from an end at least\n",
	       DATED / 1000, undated, closest / 1000);
	guest_check(proofs >= least && !outside,
		    "%lu readings contain the truth, %lu do not", proofs, outside);
}
