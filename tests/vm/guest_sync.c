// SPDX-License-Identifier: GPL-2.0-only
/*
 * The synchronization daemon with a real chronyd, which follows an NTP server whose clock
 * is its own (guest_ntp.c): that is the truth here.
 *
 * The status has to be right at every turn: at the start, at disruptions, when
 * chronyd, the daemon or the system clock are disturbed. And whatever is done, each
 * interval has to contain the truth.
 */
#include <glob.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync_world.h"

/* Disruptions, for each way to look at them. */
#define ROUNDS		5

/* A process that looks once a second looks for so long, ns. */
#define LOOK		(60 * MS)

/* Nothing can be measured for so long, ns: the daemon asks several times. */
#define SILENCE		(1500 * MS)

/*
 * What the server states, and how wrong it is, ns: it keeps its promise, but only with
 * its root delay and its root dispersion together.
 */
#define SERVER_HOST		1
#define SERVER_ERROR		(8 * MS)
#define SERVER_DELAY		(12 * MS)
#define SERVER_DISPERSION	(4 * MS)

/* It says that it does not know better any more. */
#define SERVER_UNSURE		(40 * MS)

/* At first the system clock is so much slow, ns. */
#define FIRST_ERROR	(300 * MS)

/*
 * The least that the containment is checked with; and with intervals that would not
 * contain the truth if anything was left out that the server states.
 */
#define READINGS	10000
#define NARROW_READINGS	2000
#define NARROW		(30 * MS)

/* A clock that is slewed slowly at most, and whose frequency is known, ppm. */
#define CALM_FREQUENCY	500

/*
 * With the default minpoll, the next measurement after a burst is 64 s away. The burst
 * takes 8 s, and eight times the interval of 2 s from its last measurement but one to its
 * last one are over after 16 more.
 */
#define STEADY		(40 * SECOND)

static pid_t server, client, daemon_pid;

static __u64 marker(void)
{
	return *(const volatile __u64 *)((const char *)device.vmclock +
					 CLOCKBOUND_VMCLOCK_MARKER);
}

/* Whether the status stays away from SYNCHRONIZED for a while. */
static bool stays_untrusted(void)
{
	__s64 end = raw_now() + SILENCE;

	while (raw_now() < end) {
		if (status_now() == CLOCKBOUND_STATUS_SYNCHRONIZED)
			return false;
		nap(MS);
	}
	return true;
}

/*
 * What was measured before must not count any more. chronyd's own word for when it
 * measured is no proof: it makes that older by up to a second, at random. So the
 * server, stopped since before the disturbance, answers only now.
 */
static void check_measured_anew(const char *how)
{
	guest_check(stays_untrusted(), "%s: not trusted as long as nothing can be measured", how);
	kill(server, SIGCONT);
	guest_check(await(CLOCKBOUND_STATUS_SYNCHRONIZED, DISRUPTED | UNKNOWN),
		    "%s: trusted when something could be measured", how);
}

/*
 * Until chronyd has found its way: it makes no fast slew any more, and its bound is small.
 * Who kills chronyd in the middle of a slew leaves a clock behind that is 8 % too slow.
 */
static void await_calm(void)
{
	__s64 start = raw_now(), width;
	long ppm;

	do {
		nap(MS);
		width = width_now();
		ppm = frequency();
	} while ((width > NARROW || labs(ppm) > CALM_FREQUENCY) &&
		 raw_now() < start + PATIENCE * SECOND);
	guest_check(width <= NARROW && labs(ppm) <= CALM_FREQUENCY,
		    "chronyd has found its way after %lld ms: %lld us, %ld ppm",
		    (raw_now() - start) / MS, width / 1000, ppm);
}

/* Nothing happens. */
static void check_steady(void)
{
	__s64 start = raw_now();
	unsigned long before = narrow;

	while (narrow - before < NARROW_READINGS && raw_now() < start + PATIENCE * SECOND)
		nap(MS);
	guest_check(narrow - before >= NARROW_READINGS && !outside,
		    "%lu readings of %lld ms at most contain the truth", narrow - before,
		    NARROW / MS);
}

static void check_start(void)
{
	__s64 start = raw_now();

	guest_check(status_now() == CLOCKBOUND_STATUS_UNKNOWN, "at first the status is unknown");
	server = start_server(SERVER_HOST, SERVER_ERROR, SERVER_DELAY, SERVER_DISPERSION);
	client = start_chronyd("client");
	daemon_pid = start_daemon(false);
	guest_check(await(CLOCKBOUND_STATUS_SYNCHRONIZED, UNKNOWN),
		    "unknown, then synchronized, and nothing in between");
	printf("# synchronized %lld ms after the start\n", (raw_now() - start) / MS);
}

static atomic_bool slow;

/* The daemon as if it looked once a second. */
static void *slow_down(void *unused)
{
	(void)unused;
	while (slow) {
		kill(daemon_pid, SIGCONT);
		nap(LOOK);
		kill(daemon_pid, SIGSTOP);
		nap(SECOND - LOOK);
	}
	kill(daemon_pid, SIGCONT);
	return NULL;
}

/* Returns how long it took to recover, ns. */
static __s64 disrupt(const char *how)
{
	struct clockbound_reading from_page = { 0 }, reading;
	__u64 old = marker();
	__s64 start, recovered;

	guest_host_ok("disrupt");
	clockbound_page_read(device.page, device.vmclock, device.registered, &from_page);
	reading = reading_now();
	start = raw_now();
	guest_check(marker() != old && !guest_trusted(&from_page) &&
		    reading.status == CLOCKBOUND_STATUS_DISRUPTED,
		    "%s: the next reading after a disruption says so", how);
	if (!await(CLOCKBOUND_STATUS_SYNCHRONIZED, DISRUPTED | UNKNOWN)) {
		guest_check(false, "%s: trusted again", how);
		return 0;
	}
	recovered = raw_now();
	reading = reading_now();
	guest_check(guest_trusted(&reading) && reading.disruption_marker == marker(),
		    "%s: trusted again, under the new marker", how);
	return recovered - start;
}

/* Half of an interval is at least what the server says, and no more when that is over. */
static void check_unsure(void)
{
	__s64 width;

	tell_server(SERVER_HOST, SERVER_ERROR, SERVER_DELAY, SERVER_UNSURE);
	disrupt("a server that is unsure");
	width = width_now();
	guest_check(width >= 2 * SERVER_UNSURE + SERVER_DELAY && width < CLOCKBOUND_TIME_MAX,
		    "a server that is unsure: an interval of %lld us", width / 1000);
	tell_server(SERVER_HOST, SERVER_ERROR, SERVER_DELAY, SERVER_DISPERSION);
	disrupt("a server that is sure again");
	await_calm();
}

static int compare(const void *a, const void *b)
{
	__s64 difference = *(const __s64 *)a - *(const __s64 *)b;

	return (difference > 0) - (difference < 0);
}

static void disrupt_often(const char *how)
{
	__s64 times[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++)
		times[i] = disrupt(how);
	qsort(times, ROUNDS, sizeof(times[0]), compare);
	printf("# %s: trusted again after %lld ms (median; %lld to %lld ms)\n", how,
	       times[ROUNDS / 2] / MS, times[0] / MS, times[ROUNDS - 1] / MS);
}

static void check_disruptions(void)
{
	pthread_t thread;

	disrupt_often("events");
	kill(server, SIGSTOP);
	guest_host_ok("disrupt");
	check_measured_anew("disrupted");
	slow = true;
	if (pthread_create(&thread, NULL, slow_down, NULL))
		guest_die("thread");
	disrupt_often("once a second");
	slow = false;
	pthread_join(thread, NULL);
	guest_check(await(CLOCKBOUND_STATUS_SYNCHRONIZED, ANY), "synchronized");
}

/* FREE_RUNNING until the last good answer is 5 s old, then UNKNOWN. */
static void check_chronyd_killed(void)
{
	__s64 killed = raw_now();
	__s64 unknown;

	stop(client);
	guest_check(await(CLOCKBOUND_STATUS_FREE_RUNNING, SYNCHRONIZED),
		    "chronyd killed: free running");
	printf("# free running %lld ms after chronyd was killed\n",
	       (raw_now() - killed) / MS);
	guest_check(await(CLOCKBOUND_STATUS_UNKNOWN, FREE_RUNNING), "and then unknown");
	unknown = raw_now() - killed;
	/* The last good answer is from the second before, asked at most a second earlier */
	guest_check(unknown > 3 * SECOND && not_yet_at - killed < 8 * SECOND,
		    "unknown %lld ms after chronyd was killed", unknown / MS);
	client = start_chronyd("client");
	guest_check(await(CLOCKBOUND_STATUS_SYNCHRONIZED, UNKNOWN),
		    "chronyd is back: synchronized");
}

/* Its last report stays in force, and is free running after 5 s. */
static void check_daemon_killed(void)
{
	__s64 killed, free_running;

	stop(daemon_pid);
	killed = raw_now();
	guest_check(await(CLOCKBOUND_STATUS_FREE_RUNNING, SYNCHRONIZED),
		    "daemon killed: free running");
	free_running = raw_now() - killed;
	guest_check(free_running > 3 * SECOND && not_yet_at - killed < 5 * SECOND,
		    "free running %lld ms after the daemon was killed, not yet after %lld",
		    free_running / MS, (not_yet_at - killed) / MS);
	daemon_pid = start_daemon(false);
	guest_check(await(CLOCKBOUND_STATUS_SYNCHRONIZED, FREE_RUNNING),
		    "daemon started: synchronized, and trusted all the time");
}

static void check_by_hand(void)
{
	kill(daemon_pid, SIGUSR1);
	guest_check(await(CLOCKBOUND_STATUS_DISRUPTED, SYNCHRONIZED | FREE_RUNNING),
		    "SIGUSR1: disrupted");
	kill(server, SIGSTOP);
	kill(daemon_pid, SIGUSR2);
	check_measured_anew("SIGUSR2");
}

/*
 * What was reported before goes on, but nothing is added to it: chronyd does not know that
 * its clock was set.
 */
static void check_step(int seconds)
{
	const char *how = seconds > 0 ? "clock set forward" : "clock set back";
	struct timeval time;
	__s64 before, after;

	kill(server, SIGSTOP);
	before = width_now();
	gettimeofday(&time, NULL);
	time.tv_sec += seconds;
	if (settimeofday(&time, NULL))
		guest_die("settimeofday");
	after = width_now();
	guest_check(after < before + MS, "%s: the interval is as wide as before: %lld us, %lld us",
		    how, before / 1000, after / 1000);
	guest_check(await(CLOCKBOUND_STATUS_FREE_RUNNING, SYNCHRONIZED),
		    "%s: free running as long as nothing can be measured", how);
	guest_check(stays_untrusted(), "%s: and it stays so", how);
	kill(server, SIGCONT);
	guest_check(await(CLOCKBOUND_STATUS_SYNCHRONIZED, FREE_RUNNING),
		    "%s: synchronized when something could be measured", how);
}

static void end_daemon(void)
{
	kill(daemon_pid, SIGTERM);
	if (waitpid(daemon_pid, NULL, 0) != daemon_pid)
		guest_die("the daemon does not end");
}

static void set_by_hand(__u32 action)
{
	struct clockbound_disrupt disrupt = { .size = sizeof(disrupt), .action = action };

	if (ioctl(device.fd, CLOCKBOUND_DISRUPT, &disrupt))
		guest_die("DISRUPT");
}

/* Nobody reads anything else then, and the daemon says so. */
static void check_by_hand_before_the_start(void)
{
	__s64 end = raw_now() + PATIENCE * SECOND;

	end_daemon();
	set_by_hand(CLOCKBOUND_DISRUPT_FORCE);
	daemon_pid = start_daemon(false);
	while (!logged("disrupted, whatever chronyd says") && raw_now() < end)
		nap(MS);
	guest_check(raw_now() < end && status_now() == CLOCKBOUND_STATUS_DISRUPTED,
		    "disrupted by hand before the start: the daemon says so");
	set_by_hand(CLOCKBOUND_DISRUPT_RELEASE);
	guest_check(await(CLOCKBOUND_STATUS_SYNCHRONIZED, DISRUPTED | UNKNOWN),
		    "no longer disrupted by hand: trusted again");
}

/* How many sockets of the daemon are in chronyd's directory, and whether they are its own. */
static size_t sockets(bool *own)
{
	struct stat stat;
	glob_t found;
	size_t i;

	*own = true;
	if (glob("/run/chrony/clockbound-sync.*", 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc; i++)
		*own &= !lstat(found.gl_pathv[i], &stat) && stat.st_uid == CHRONY_ID &&
			stat.st_gid == CHRONY_ID && S_ISSOCK(stat.st_mode);
	i = found.gl_pathc;
	globfree(&found);
	return i;
}

/* What was left behind by a daemon that was killed is nobody's business here. */
static void check_socket(bool root)
{
	const char *who = root ? "root" : "chronyd's user";
	size_t before, during;
	bool own;

	end_daemon();
	before = sockets(&own);
	guest_host_ok("disrupt");
	daemon_pid = start_daemon(root);
	guest_check(await(CLOCKBOUND_STATUS_SYNCHRONIZED, DISRUPTED | UNKNOWN),
		    "the daemon as %s: synchronized", who);
	during = sockets(&own);
	guest_check(during == before + 1 && own, "the daemon as %s: its socket is chronyd's user's",
		    who);
	end_daemon();
	guest_check(sockets(&own) == before, "the daemon as %s: it leaves no socket behind", who);
	daemon_pid = start_daemon(false);
}

/* Between two polls chronyd is in order, even if its last ones were in a burst. */
static void check_default_poll(void)
{
	__s64 start, end;

	end_daemon();
	stop(client);
	guest_host_ok("disrupt");
	start = raw_now();
	client = start_chronyd("default");
	daemon_pid = start_daemon(false);
	guest_check(await(CLOCKBOUND_STATUS_SYNCHRONIZED, DISRUPTED | UNKNOWN),
		    "default minpoll: synchronized");
	printf("# synchronized %lld ms after the start\n", (raw_now() - start) / MS);
	guest_check(tell_chronyd(CHRONY_BURST),
		    "default minpoll: chronyd measures four times more");
	end = raw_now() + STEADY;
	while (raw_now() < end && status_now() == CLOCKBOUND_STATUS_SYNCHRONIZED)
		nap(MS);
	guest_check(raw_now() >= end, "default minpoll: and stays so for %lld s, seen %lld",
		    STEADY / SECOND, (raw_now() - end + STEADY) / SECOND);
}

int main(void)
{
	begin_world(FIRST_ERROR, NARROW);
	check_start();
	await_calm();
	check_steady();
	check_unsure();
	check_disruptions();
	await_calm();
	check_chronyd_killed();
	await_calm();
	check_daemon_killed();
	check_by_hand();
	check_by_hand_before_the_start();
	check_socket(false);
	check_socket(true);
	check_step(3600);
	check_step(-3600);
	check_default_poll();
	end_daemon();
	guest_check(status_now() == CLOCKBOUND_STATUS_SYNCHRONIZED,
		    "the daemon has ended, and its last report is in force");
	end_world(READINGS);
	return guest_result();
}
