// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intervals while the system clock is slewed away from the truth, and set and tuned by
 * somebody else: chronyd follows two NTP servers, each with an error of its own that stays
 * what it is.
 *
 * The good one is 0.5 ms off and says 1 ms at most; the poor one is 40 ms off and says
 * 50 ms. chronyd believes the good one. When that is gone, it takes the other one for the
 * truth, and slews the clock by 40 ms, as fast as it can: what was reported of the clock
 * before is false then. What was reported of the true time is not.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/wait.h>

#include "sync_world.h"

#define US			1000LL

#define GOOD_HOST		1
#define GOOD_ERROR		(500 * US)
#define GOOD_DELAY		(1 * MS)
#define GOOD_DISPERSION		(500 * US)

#define POOR_HOST		2
#define POOR_ERROR		(40 * MS)
#define POOR_DELAY		(20 * MS)
#define POOR_DISPERSION		(40 * MS)

/* What a reading is when chronyd follows the one or the other, ns. */
#define NARROW			(8 * MS)
#define WIDE			(100 * MS)

/* A slew, and one as fast as chronyd can, ppm. */
#define CALM			1000
#define FAST			10000

#define READINGS		10000

static pid_t good, poor, client, daemon_pid;

/* chronyd stays with a source that is gone until its error has grown, s. */
#define RELUCTANCE		300

static void await_condition(bool (*condition)(void), const char *what)
{
	__s64 start = raw_now();
	bool holds;

	for (holds = condition(); !holds && raw_now() < start + RELUCTANCE * SECOND;
	     holds = condition())
		nap(MS);
	guest_check(holds, "%s, after %lld ms: an interval of %lld us, clock %ld ppm fast",
		    what, (raw_now() - start) / MS, width_now() / US, frequency());
}

static bool follows_good(void)
{
	return status_now() == CLOCKBOUND_STATUS_SYNCHRONIZED && width_now() <= NARROW &&
	       labs(frequency()) < CALM;
}

static bool follows_poor(void)
{
	__s64 width = width_now();

	return status_now() == CLOCKBOUND_STATUS_SYNCHRONIZED && width >= WIDE &&
	       width < 2 * WIDE && labs(frequency()) < CALM;
}

static bool slews_fast(void)
{
	return labs(frequency()) >= FAST;
}

static bool is_synchronized(void)
{
	return status_now() == CLOCKBOUND_STATUS_SYNCHRONIZED;
}

/* Says how it went: the truth was in all readings since the last time. */
static void check_contained(const char *what)
{
	static unsigned long proofs_before, outside_before;

	guest_check(outside == outside_before && proofs > proofs_before,
		    "%s: %lu readings contain the truth, %lu do not", what,
		    proofs - proofs_before, outside - outside_before);
	proofs_before = proofs;
	outside_before = outside;
}

static void start(void)
{
	good = start_server(GOOD_HOST, GOOD_ERROR, GOOD_DELAY, GOOD_DISPERSION);
	poor = start_server(POOR_HOST, POOR_ERROR, POOR_DELAY, POOR_DISPERSION);
	client = start_chronyd("two");
	daemon_pid = start_daemon(false);
	await_condition(follows_good, "chronyd follows the good server");
	check_contained("start");
}

static void lose_good(void)
{
	kill(good, SIGSTOP);
	await_condition(slews_fast, "the good server is gone: the clock is slewed");
}

static void back_to_good(void)
{
	kill(good, SIGCONT);
	await_condition(follows_good, "the good server is back");
}

/* Nothing but the slew. What an interval is while it lasts, is what the report says. */
static void check_slew(void)
{
	__s64 width, widest = 0;

	lose_good();
	while (slews_fast()) {
		width = width_now();
		if (width > widest)
			widest = width;
		nap(MS);
	}
	guest_check(widest < 2 * WIDE, "intervals of %lld us at most during the slew",
		    widest / US);
	await_condition(follows_poor, "the clock follows the poor server");
	check_contained("slewed away from the truth");
	back_to_good();
	check_contained("slewed back to it");
}

static void check_daemon_killed(void)
{
	lose_good();
	stop(daemon_pid);
	guest_check(await(CLOCKBOUND_STATUS_FREE_RUNNING, 1u << CLOCKBOUND_STATUS_SYNCHRONIZED),
		    "the daemon is killed: free running");
	while (slews_fast())
		nap(MS);
	check_contained("the daemon is killed in the middle of a slew");
	daemon_pid = start_daemon(false);
	await_condition(follows_poor, "the daemon is back");
	back_to_good();
	check_contained("and started again");
}

/* The kernel goes on slewing. */
static void check_chronyd_killed(void)
{
	lose_good();
	stop(client);
	nap(2 * SECOND);
	guest_check(slews_fast(), "chronyd is killed: the kernel goes on slewing");
	check_contained("chronyd is killed in the middle of a slew");
	client = start_chronyd("two");
	back_to_good();
	check_contained("and started again");
}

/* Again and again for 50 ms: also between looking at the clock and changing its rate. */
static void check_chronyd_stopped(void)
{
	int i;

	kill(good, SIGSTOP);
	for (i = 0; i < 150 || slews_fast(); i++) {
		kill(client, SIGSTOP);
		nap(50 * MS);
		kill(client, SIGCONT);
		nap(50 * MS);
	}
	await_condition(follows_poor, "chronyd is stopped now and then: the poor server");
	check_contained("chronyd is stopped now and then");
	back_to_good();
	check_contained("and back");
}

static void set_clock(__s64 by)
{
	struct timeval time;

	gettimeofday(&time, NULL);
	time.tv_sec += by;
	if (settimeofday(&time, NULL))
		guest_die("settimeofday");
}

static void tune_clock(__s64 ppm)
{
	struct timex timex = { .modes = 0 };

	adjtimex(&timex);
	timex.modes = ADJ_FREQUENCY;
	timex.freq += ppm * 65536;
	if (adjtimex(&timex) < 0)
		guest_die("adjtimex");
}

/*
 * chronyd does not notice that somebody else has done this: nothing is reported until it
 * has measured, which it cannot as long as nobody answers.
 */
static void check_somebody_else(void (*disturb)(__s64), __s64 by, const char *what)
{
	__s64 end, width, before = width_now();
	bool silent = true;

	kill(good, SIGSTOP);
	kill(poor, SIGSTOP);
	disturb(by);
	width = width_now();
	guest_check(width < before + MS, "%s %lld: an interval as wide as before: %lld, %lld us",
		    what, by, before / US, width / US);
	guest_check(await(CLOCKBOUND_STATUS_FREE_RUNNING, 1u << CLOCKBOUND_STATUS_SYNCHRONIZED),
		    "%s %lld: free running", what, by);
	for (end = raw_now() + 3 * SECOND; raw_now() < end; nap(MS))
		silent &= !is_synchronized();
	guest_check(silent, "%s %lld: and nothing is reported until it is measured again", what,
		    by);
	kill(good, SIGCONT);
	kill(poor, SIGCONT);
	await_condition(is_synchronized, "it is measured again");
	await_condition(follows_good, "chronyd has found its way");
	check_contained(what);
}

int main(void)
{
	begin_world(300 * MS, NARROW);
	start();
	check_slew();
	check_somebody_else(tune_clock, 100, "tuned by ppm");
	check_somebody_else(tune_clock, -100, "tuned by ppm");
	check_somebody_else(set_clock, 5, "set by s");
	check_somebody_else(set_clock, -5, "set by s");
	check_somebody_else(set_clock, 3600, "set by s");
	check_somebody_else(set_clock, -3600, "set by s");
	check_daemon_killed();
	check_chronyd_killed();
	check_chronyd_stopped();
	end_world(READINGS);
	return guest_result();
}
