// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intervals while the system clock is slewed away from the truth, and set and tuned by
 * somebody else: chronyd follows two NTP servers, each with an error of its own that stays
 * what it is.
 *
 * The good one is off by nearly the 1 ms that it says, the poor one by nearly the 91 ms that
 * the poor one says. chronyd believes the good one. When that is gone, it takes the other
 * one for the truth, and slews the clock by 91 ms, as fast as it can: what was reported of
 * the clock before is false then. What was reported of the true time is not.
 *
 * Whether an interval is right is judged by the truth alone (ntp_clock.h), to which
 * CLOCK_REALTIME and chronyd are nothing.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hold.h"
#include "ntp_clock.h"
#include "sync_world.h"

#define US			1000LL

/* How wrong a server is, and what it says: half of its delay and its dispersion. */
#define GOOD_HOST		1
#define GOOD_ERROR		(-900 * US)
#define GOOD_DELAY		(1 * MS)
#define GOOD_DISPERSION		(500 * US)

#define POOR_HOST		2
#define POOR_ERROR		(90 * MS)
#define POOR_DELAY		(20 * MS)
#define POOR_DISPERSION		(81 * MS)

/* As wide as the poor server says, and what chronyd may add to the word of any, ns. */
#define WIDE			(POOR_DELAY + 2 * POOR_DISPERSION)
#define NARROW			(8 * MS)

/* What the good one says for once, and is not so, ns. */
#define LIE			(20 * MS)

/* A slew, and one as fast as chronyd can, ppm: 83,333, and the oscillator's own error. */
#define CALM			1000
#define FAST			10000
#define FASTEST			80000

/* chronyd taken off its CPU, ns. */
#define HELD			(50 * MS)

/* So many reports may claim something yet when the clock was tuned. */
#define SLOW_TO_SHOW		2

/* Nobody answers for so long, ns. */
#define SILENCE			(3 * SECOND)

/* chronyd's bursts are over when it has not asked for so long: in them, it asks every 2 s. */
#define BETWEEN_BURSTS		(5 * SECOND)

/* Where chronyd finds the good server, or does not; see test_sync.py. */
#define SOURCES			"/run/sources"
#define GOOD_SOURCES		SOURCES "/good.sources"

#define READINGS		10000

static pid_t good, poor, client, daemon_pid;

static void await_condition(bool (*condition)(void), const char *what)
{
	__s64 start = raw_now();
	bool holds;

	for (holds = condition(); !holds && raw_now() < start + PATIENCE * SECOND;
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
	       width <= WIDE + NARROW && labs(frequency()) < CALM;
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

static void await_report(void)
{
	__u64 reports = guest_count("reports");

	while (guest_count("reports") == reports)
		nap(MS);
}

/*
 * Whether chronyd is to know the good server. One that does not answer any more it would
 * follow for a minute yet.
 */
static void configure_good(bool present)
{
	if (present ? symlink("/etc/good.sources", GOOD_SOURCES) : unlink(GOOD_SOURCES))
		guest_die(GOOD_SOURCES);
}

static void await_answers(int host, unsigned long more)
{
	unsigned long answers = answers_of(host) + more;

	while (answers_of(host) < answers)
		nap(MS);
}

static void start(void)
{
	mkdir(SOURCES, 0755);
	configure_good(true);
	good = start_server(GOOD_HOST, GOOD_ERROR, GOOD_DELAY, GOOD_DISPERSION);
	poor = start_server(POOR_HOST, POOR_ERROR, POOR_DELAY, POOR_DISPERSION);
	client = start_chronyd("two");
	daemon_pid = start_daemon(false);
	await_condition(follows_good, "chronyd follows the good server");
	check_contained("start");
}

static void restart_chronyd(const char *name)
{
	stop(client);
	guest_check(await(CLOCKBOUND_STATUS_FREE_RUNNING, 1u << CLOCKBOUND_STATUS_SYNCHRONIZED),
		    "no chronyd: free running");
	client = start_chronyd(name);
}

static void lose_good(void)
{
	configure_good(false);
	guest_check(tell_chronyd(CHRONY_RELOAD_SOURCES), "chronyd loses the good server");
	await_condition(slews_fast, "the good server is gone: the clock is slewed");
}

static void back_to_good(void)
{
	configure_good(true);
	guest_check(tell_chronyd(CHRONY_RELOAD_SOURCES), "chronyd has the good server again");
	await_condition(follows_good, "the good server is back");
}

/**
 * struct slew - what was seen of one or several
 * @claims: reports that claim something
 * @widest: the widest interval, ns
 * @fastest: the fastest rate, ppm
 */
struct slew {
	unsigned int claims;
	__s64 widest;
	long fastest;
};

static void watch_slew(struct slew *slew)
{
	__u64 reports, seen = guest_count("reports");
	long rate;

	while ((rate = labs(frequency())) >= FAST) {
		if (rate > slew->fastest)
			slew->fastest = rate;
		if (width_now() > slew->widest)
			slew->widest = width_now();
		reports = guest_count("reports");
		slew->claims += reports != seen && is_synchronized();
		seen = reports;
		nap(MS);
	}
}

/*
 * Nothing but the slew, from one well-known server to the other and back. What an interval
 * is while it lasts, is what the reports say, which go on: with what is still to be slewed it
 * would be wider by twice the poor server's error.
 */
static void check_slew(void)
{
	struct slew slew = { 0 };

	await_answers(POOR_HOST, 10);
	lose_good();
	watch_slew(&slew);
	await_condition(follows_poor, "the clock follows the poor server");
	check_contained("slewed away from the truth");
	configure_good(true);
	guest_check(tell_chronyd(CHRONY_RELOAD_SOURCES), "chronyd has the good server again");
	await_condition(slews_fast, "the good server is back: the clock is slewed");
	watch_slew(&slew);
	await_condition(follows_good, "the clock follows the good server");
	check_contained("slewed back to it");
	guest_check(slew.fastest >= FASTEST, "slewed by up to %ld ppm", slew.fastest);
	guest_check(slew.widest < WIDE + POOR_ERROR && slew.claims,
		    "%u reports while it was slewed, and intervals of %lld us at most", slew.claims,
		    slew.widest / US);
}

static void check_daemon_killed(void)
{
	__s64 before;

	lose_good();
	stop(daemon_pid);
	before = width_now();
	guest_check(await(CLOCKBOUND_STATUS_FREE_RUNNING, 1u << CLOCKBOUND_STATUS_SYNCHRONIZED),
		    "the daemon is killed: free running");
	while (slews_fast())
		nap(MS);
	guest_check(width_now() < before + POOR_ERROR,
		    "the daemon is killed: what it said is in force: %lld us, then %lld us",
		    before / US, width_now() / US);
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
	configure_good(true);
	client = start_chronyd("two");
	await_condition(follows_good, "chronyd is back");
	check_contained("and started again");
}

/*
 * A slew begins later than chronyd believes, by 4 ms of time: so much its estimate is wrong
 * then, and it says so nowhere.
 */
static void check_chronyd_held(void)
{
	unsigned long held;

	lose_good();
	await_condition(follows_poor, "the clock follows the poor server");
	hold_begin(client, HELD);
	back_to_good();
	held = hold_end();
	guest_check(held > 0, "held %lu times before it changed the clock's rate", held);
	check_contained("chronyd is held, and slews back to the truth");
	lose_good();
	hold_begin(client, HELD);
	await_condition(follows_poor, "the clock follows the poor server");
	held = hold_end();
	guest_check(held > 0, "held %lu times before it changed the clock's rate", held);
	check_contained("chronyd is held, and slews away from it");
	back_to_good();
	check_contained("and back");
}

/* chronyd makes a step of what is left of a slew, to a time that is as wrong as it says. */
static void check_makestep(void)
{
	__u64 steps = guest_count("steps");
	__s64 before, after;

	lose_good();
	before = width_now();
	guest_check(tell_chronyd(CHRONY_MAKESTEP), "chronyd makes a step");
	after = width_now();
	guest_check(guest_count("steps") == steps + 1 && after < WIDE + POOR_ERROR,
		    "chronyd's step: an interval of %lld us before, %lld us after it",
		    before / US, after / US);
	await_condition(follows_poor, "the clock follows the poor server");
	check_contained("a step of chronyd's");
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

static void stop_servers(void)
{
	kill(good, SIGSTOP);
	kill(poor, SIGSTOP);
}

static void continue_servers(void)
{
	kill(good, SIGCONT);
	kill(poor, SIGCONT);
}

/* As long as nobody answers. */
static bool stays_silent(void)
{
	__s64 end = raw_now() + SILENCE;

	while (raw_now() < end) {
		if (is_synchronized())
			return false;
		nap(MS);
	}
	return true;
}

static void check_measured_again(const char *what)
{
	continue_servers();
	await_condition(is_synchronized, "it is measured again");
	await_condition(follows_good, "chronyd has found its way");
	check_contained(what);
}

/* How many reports claim something yet, from right after one on. */
static unsigned int await_silence(void)
{
	unsigned int claims = 0;

	for (await_report(); is_synchronized(); await_report())
		claims++;
	return claims;
}

/*
 * chronyd does not notice that somebody else has done this: nothing is reported until it
 * has measured, which it cannot as long as nobody answers. Right after a report there is
 * none on its way. A step is seen at once. A rate shows when it has made a difference: after
 * the half of a second from one question to the next it may be less than what the looks at
 * the clocks may be wrong.
 */
static void check_somebody_else(void (*disturb)(__s64), __s64 by, const char *what)
{
	__u64 steps = guest_count("steps");
	__s64 width, before;
	unsigned int claims;

	stop_servers();
	await_report();
	before = width_now();
	disturb(by);
	width = width_now();
	guest_check(width < before + MS, "%s %lld: an interval as wide as before: %lld, %lld us",
		    what, by, before / US, width / US);
	claims = await_silence();
	guest_check(claims <= (disturb == set_clock ? 0 : SLOW_TO_SHOW) &&
		    status_now() == CLOCKBOUND_STATUS_FREE_RUNNING,
		    "%s %lld: %u more reports claim something, the next one nothing", what, by,
		    claims);
	guest_check(stays_silent(), "%s %lld: and nothing is claimed until it is measured again",
		    what, by);
	check_measured_again(what);
	steps = guest_count("steps") - steps;
	guest_check(steps == (disturb == set_clock ? 2 : 0),
		    "%s %lld: %llu steps, the last one chronyd's own", what, by, steps);
}

/* chronyd asks once in 64 s. */
static void await_between_polls(void)
{
	unsigned long answers = answers_of(GOOD_HOST);
	__s64 since = raw_now();

	while (raw_now() < since + BETWEEN_BURSTS) {
		nap(100 * MS);
		if (answers_of(GOOD_HOST) == answers)
			continue;
		answers = answers_of(GOOD_HOST);
		since = raw_now();
	}
}

/* Nobody was there to see it. */
static void check_somebody_else_before_the_start(void)
{
	stop(daemon_pid);
	stop_servers();
	set_clock(5);
	daemon_pid = start_daemon(false);
	await_report();
	guest_check(status_now() == CLOCKBOUND_STATUS_FREE_RUNNING,
		    "set before the start: the first report claims nothing");
	guest_check(stays_silent(),
		    "set before the start: and nothing is claimed until it is measured again");
	check_measured_again("set before the start");
}

static void check_default_poll(void)
{
	restart_chronyd("default");
	await_condition(is_synchronized, "default minpoll: chronyd has measured");
	await_between_polls();
	guest_check(tell_chronyd(CHRONY_BURST), "default minpoll: chronyd measures again");
	await_condition(follows_good, "default minpoll: chronyd follows the good server");
	check_contained("default minpoll");
	await_between_polls();
	check_somebody_else(set_clock, 5, "default minpoll, set by s");
	await_between_polls();
	check_somebody_else(tune_clock, 100, "default minpoll, tuned by ppm");
	await_between_polls();
	check_somebody_else_before_the_start();
}

static unsigned long deceived_before;

static bool is_wide(void)
{
	return width_now() >= WIDE;
}

static bool is_deceived(void)
{
	return deceived > deceived_before;
}

/*
 * A false claim is gone with the next one, but that time does not go back: what has been
 * given out as earliest remains that until it has come true.
 *
 * What chronyd measured before is forgotten each time: it would make one estimate of lies
 * and truths.
 */
static void check_lie(__s64 lie)
{
	__s64 earliest;

	deceived_before = deceived;
	lied = true;
	tell_server(GOOD_HOST, lie, GOOD_DELAY, GOOD_DISPERSION);
	guest_check(tell_chronyd(CHRONY_RESET_SOURCES), "a lie, %lld us: chronyd starts anew",
		    lie / US);
	await_condition(is_deceived, "it is believed");
	tell_server(GOOD_HOST, GOOD_ERROR, POOR_DELAY, POOR_DISPERSION);
	kill(good, SIGSTOP);
	guest_check(tell_chronyd(CHRONY_RESET_SOURCES), "no lie: chronyd starts anew");
	guest_check(await(CLOCKBOUND_STATUS_FREE_RUNNING, 1u << CLOCKBOUND_STATUS_SYNCHRONIZED),
		    "as long as nobody answers, the lie is in force");
	kill(good, SIGCONT);
	guest_check(await(CLOCKBOUND_STATUS_SYNCHRONIZED, 1u << CLOCKBOUND_STATUS_FREE_RUNNING),
		    "then it is not");
	earliest = reading_now().earliest;
	while (lie > 0 && ntp_clock_truth(truth_base, raw_now()) < earliest)
		nap(MS);
	lied = false;
	await_condition(is_wide, "an interval as wide as it says");
	await_report();
	await_report();
	check_contained("a server that has lied, and does not know better any more");
	tell_server(GOOD_HOST, GOOD_ERROR, GOOD_DELAY, GOOD_DISPERSION);
	await_condition(follows_good, "it knows better again");
	check_contained("and knows better again");
}

static void check_lies(void)
{
	restart_chronyd("client");
	await_condition(follows_good, "chronyd follows one server");
	check_contained("one server");
	check_lie(LIE);
	check_lie(-LIE);
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
	check_chronyd_held();
	check_makestep();
	check_default_poll();
	check_lies();
	end_world(READINGS);
	return guest_result();
}
