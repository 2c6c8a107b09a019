// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl sync as a program, between a fake device and a fake chronyd. To be
 * run from the top directory.
 */
#include "sync_run.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chrony_wire.h"
#include "clocks.h"

/* How far the report is from a clock that is right, and was read later. */
static __s64 off_by(const struct clockbound_report *report)
{
	__s64 realtime = clock_ns(CLOCK_REALTIME);

	return realtime - report->time - (__s64)(now_ns() - report->as_of);
}

TEST_F(first_report)
{
	const struct clockbound_report *report;

	chronyd.skew = 2;
	start_synchronized(NULL);
	await(notified("READY=1\n") && notified("STATUS=Synchronized\n"));
	assert_int_equal(chronyd.request[0], CHRONY_RESET_SOURCES);
	assert_int_equal(chronyd.request[1], CHRONY_BURST);
	assert_int_equal(chronyd.request[2], CHRONY_TRACKING);
	await(bounded(BOUND));
	report = last_report();
	assert_int_equal(report->size, sizeof(struct clockbound_report));
	assert_int_equal(report->flags, 0);
	assert_true(llabs(off_by(report)) < (__s64)SECOND / 100);
	/* 2 ppm and --max-drift-rate, and what they and the frequency are rounded by */
	assert_in_range(report->max_drift, 3000, 3003);
	assert_int_equal(report->disruption_marker, 5);
	assert_int_equal(report->void_after, report->as_of + 1000 * SECOND);
	assert_true(report->as_of > chronyd.at[2]);
	assert_true(report->as_of <= now_ns());
	assert_true(report->measured > chronyd.at[0] && report->measured < report->as_of);
	assert_true(logged("synchronized: the time is known to "));
}

/* The true time is CLOCK_REALTIME and what is still to be added to that. */
TEST_F(correction)
{
	chronyd.correction = 0.25;
	start_synchronized(NULL);
	assert_true(llabs(off_by(last_report()) + (__s64)SECOND / 4) < (__s64)SECOND / 100);
}

/*
 * Its estimate is another one, and it has not measured: somebody else has set the clock,
 * by much less than what it states.
 */
TEST_F(moved)
{
	unsigned int number, count;

	start_synchronized(NULL);
	number = requests();
	set_chronyd(measures = false);
	set_chronyd(correction = 0.0001);
	await(logged("somebody else moved the clock"));
	count = reports();
	await(reset_since(number));
	await(reports() > count + 5);
	for (; count < reports(); count++)
		assert_int_equal(fake.daemon->report[count % FAKE_REPORTS].status,
				 CLOCKBOUND_STATUS_FREE_RUNNING);
	set_chronyd(ref_time = clock_ns(CLOCK_REALTIME));
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
	assert_true(logged("measured again "));
}

/* So near to a leap second there is nothing to be said, and nothing wrong. */
TEST_F(leap_is_near)
{
	unsigned int number;

	start_synchronized(NULL);
	fake.daemon->report_error = EAGAIN;
	number = requests();
	await(requests() > number + 2);
	fake.daemon->report_error = 0;
	number = reports();
	await(reports() > number && reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
	assert_false(reset_since(3));
	assert_false(logged("unavailable"));
}

TEST_F(leap_is_announced)
{
	chronyd.leap = CHRONY_LEAP_INSERT;
	start_synchronized(NULL);
	assert_int_equal(last_report()->flags, CLOCKBOUND_REPORT_LEAP_INSERT);
	set_chronyd(leap = CHRONY_LEAP_DELETE);
	await(last_report()->flags == CLOCKBOUND_REPORT_LEAP_DELETE);
}

/* Once a second, and no oftener. */
TEST_F(rhythm)
{
	unsigned int first;

	start_synchronized(NULL);
	first = requests();
	await(requests() >= first + 3);
	assert_true(chronyd.at[first + 2] - chronyd.at[first] > 19 * SECOND / 10);
	assert_false(reset_since(first));
}

/* The next thing that chronyd hears after a disruption is RESET_SOURCES. */
TEST_F(disruptions)
{
	__u64 disrupted, latency, least = ~0ULL;
	unsigned int number;
	__u64 marker;

	start_synchronized(NULL);
	for (marker = 6; marker < 16; marker++) {
		number = requests();
		disrupted = now_ns();
		*fake_marker(&fake) = marker;
		tell(CLOCKBOUND_EVENT_DISRUPTION);
		await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED) &&
		      last_report()->disruption_marker == marker);
		if (chronyd.request[number] == CHRONY_TRACKING)
			number++;
		assert_int_equal(chronyd.request[number], CHRONY_RESET_SOURCES);
		assert_int_equal(chronyd.request[number + 1], CHRONY_BURST);
		assert_int_equal(chronyd.request[number + 2], CHRONY_TRACKING);
		assert_true(last_report()->as_of > chronyd.at[number + 1]);
		latency = chronyd.at[number] - disrupted;
		least = latency < least ? latency : least;
	}
	print_message("# RESET_SOURCES %llu us after the event, at best\n", least / 1000);
	assert_true(least < SECOND / 10);
	assert_true(logged("clock disrupted, marker 5 to 6"));
	assert_true(logged("measured again "));
}

/* Nothing tells of it: the marker does, and no report is accepted until then. */
TEST_F(silent_disruption)
{
	start_synchronized(NULL);
	*fake_marker(&fake) = 6;
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED) &&
	      last_report()->disruption_marker == 6);
	assert_int_equal(chronyd.request[chronyd.requests - 1], CHRONY_TRACKING);
	assert_true(logged("clock disrupted, marker 5 to 6"));
}

/* chronyd says that it is synchronized, but has not measured since. */
TEST_F(old_measurements)
{
	__s64 old;

	start_synchronized(NULL);
	pthread_mutex_lock(&chronyd.lock);
	old = chronyd.ref_time;
	chronyd.measures = false;
	pthread_mutex_unlock(&chronyd.lock);
	*fake_marker(&fake) = 6;
	tell(CLOCKBOUND_EVENT_DISRUPTION);
	await(reported(CLOCKBOUND_STATUS_FREE_RUNNING) &&
	      last_report()->disruption_marker == 6);
	/* It has not even forgotten */
	set_chronyd(ref_time = old);
	for (unsigned int end = reports() + 5; reports() < end; nap())
		assert_int_equal(last_report()->status, CLOCKBOUND_STATUS_FREE_RUNNING);
	/* Now it measures by itself */
	set_chronyd(ref_time = clock_ns(CLOCK_REALTIME));
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
	assert_int_equal(last_report()->disruption_marker, 6);
}

/* Stepped by whomever: what chronyd said before that is not about this clock. */
TEST_F(step)
{
	unsigned int number;

	start_synchronized(NULL);
	number = requests();
	tell(CLOCKBOUND_EVENT_STEP);
	await(reset_since(number));
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
	assert_true(logged("system clock set"));
	/* A change of status is none of these */
	number = requests();
	tell(CLOCKBOUND_EVENT_STATUS);
	await(requests() > number + 1);
	assert_false(reset_since(number));
}

TEST_F(nothing_to_burst)
{
	chronyd.no_sources = true;
	chronyd.measures = false;
	fake_chronyd_start(&chronyd);
	start(NULL);
	await(reported(CLOCKBOUND_STATUS_FREE_RUNNING) && requests() > 2);
	assert_int_equal(chronyd.request[1], CHRONY_BURST);
	assert_int_equal(chronyd.request[2], CHRONY_TRACKING);
}

/* FREE_RUNNING until the last good as_of is 5 s old, then UNKNOWN. */
TEST_F(silence)
{
	__u64 as_of;

	start_synchronized(NULL);
	as_of = last_report()->as_of;
	set_chronyd(manner = FAKE_SILENT);
	await(reported(CLOCKBOUND_STATUS_FREE_RUNNING));
	await(reported(CLOCKBOUND_STATUS_UNKNOWN));
	assert_true(now_ns() - as_of >= 5 * SECOND);
	assert_true(logged("chronyd: does not answer"));
	set_chronyd(manner = FAKE_ANSWERS);
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
	assert_int_equal(last_report()->disruption_marker, 5);
}

TEST_F(bad_answers)
{
	static const enum fake_manner manners[] = {
		FAKE_GARBAGE, FAKE_TRUNCATED, FAKE_WRONG_SEQUENCE,
	};
	size_t i;

	start_synchronized(NULL);
	for (i = 0; i < COUNT(manners); i++) {
		set_chronyd(manner = manners[i]);
		await(reported(CLOCKBOUND_STATUS_FREE_RUNNING));
		set_chronyd(manner = FAKE_ANSWERS);
		await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
	}
}

TEST_F(chronyd_comes_and_goes)
{
	start(NULL);
	await(reported(CLOCKBOUND_STATUS_UNKNOWN));
	assert_true(logged("chronyd: is not running"));
	fake_chronyd_start(&chronyd);
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
	fake_chronyd_stop(&chronyd);
	await(reported(CLOCKBOUND_STATUS_FREE_RUNNING));
	fake_chronyd_start(&chronyd);
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
}

TEST_F(chronyd_refuses)
{
	chronyd.manner = FAKE_REFUSES;
	fake_chronyd_start(&chronyd);
	start(NULL);
	await(reported(CLOCKBOUND_STATUS_UNKNOWN));
	assert_true(logged("lets nobody reset its sources"));
	set_chronyd(manner = FAKE_ANSWERS);
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
}

TEST_F(device_comes_late)
{
	char away[80];

	snprintf(away, sizeof(away), "%s.away", fake.path);
	assert_int_equal(rename(fake.path, away), 0);
	fake_chronyd_start(&chronyd);
	start(NULL);
	await(notified("READY=1\n") && notified("STATUS=Waiting for "));
	assert_true(logged("is the module loaded?"));
	assert_int_equal(rename(away, fake.path), 0);
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
}

/* The module has gone; another one takes its place. */
TEST_F(device_is_replaced)
{
	unsigned int number;

	start_synchronized(NULL);
	number = requests();
	fake.daemon->report_error = ENODEV;
	await(logged("No such device"));
	fake.daemon->report_error = 0;
	await(reset_since(number));
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
}

static void set_by_hand(__u32 action)
{
	__atomic_store_n(&fake.daemon->disrupt_action, action, __ATOMIC_RELEASE);
}

#define BY_HAND		"Disrupted by hand (SIGUSR1)"

/* Whatever is reported meanwhile: it is of no use to anybody. */
TEST_F(by_hand)
{
	unsigned int number;

	start_synchronized(NULL);
	await(shows("Synchronized"));
	kill(daemon_pid, SIGUSR1);
	await(shows(BY_HAND));
	assert_int_equal(fake.daemon->disrupt_action, CLOCKBOUND_DISRUPT_FORCE);
	fake_chronyd_stop(&chronyd);
	await(reported(CLOCKBOUND_STATUS_FREE_RUNNING));
	fake_chronyd_start(&chronyd);
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
	fake_chronyd_stop(&chronyd);
	tell(CLOCKBOUND_EVENT_DISRUPTION);
	await(reported(CLOCKBOUND_STATUS_UNKNOWN));
	/* What it says of one report, it has said before the next */
	number = reports();
	await(reports() > number);
	kill(daemon_pid, SIGUSR2);
	/* And nothing else in between */
	await(notified("STATUS=" BY_HAND "\nSTATUS=Waiting for a measurement\n"
		       "STATUS=Unknown\n"));
	assert_int_equal(fake.daemon->disrupt_action, CLOCKBOUND_DISRUPT_RELEASE);
	fake_chronyd_start(&chronyd);
	await(shows("Synchronized"));
}

/* A module that takes the place of another one is not disrupted. */
TEST_F(by_hand_ends_with_the_module)
{
	char away[80];

	start_synchronized(NULL);
	kill(daemon_pid, SIGUSR1);
	await(shows(BY_HAND));
	snprintf(away, sizeof(away), "%s.away", fake.path);
	assert_int_equal(rename(fake.path, away), 0);
	fake.daemon->report_error = ENODEV;
	await(logged("is the module loaded?"));
	set_by_hand(CLOCKBOUND_DISRUPT_RELEASE);
	fake.daemon->report_error = 0;
	assert_int_equal(rename(away, fake.path), 0);
	await(shows("Synchronized"));
}

#define ANYHOW	"Disrupted, whatever chronyd says (SIGUSR2 ends it)"

/* Somebody else has done it, before this daemon was there. */
TEST_F(by_hand_before_the_start)
{
	unsigned int number;

	set_by_hand(CLOCKBOUND_DISRUPT_FORCE);
	start_synchronized(NULL);
	await(shows(ANYHOW));
	assert_true(logged("disrupted, whatever chronyd says (SIGUSR2 ends it)"));
	assert_false(notified("STATUS=Synchronized"));
	number = requests();
	kill(daemon_pid, SIGUSR2);
	await(reset_since(number));
	await(shows("Synchronized"));
	assert_int_equal(fake.daemon->disrupt_action, CLOCKBOUND_DISRUPT_RELEASE);
	assert_true(notified("STATUS=" ANYHOW "\nSTATUS=Waiting for a measurement\n"));
}

/* Beside it, and ended beside it: also what it has done itself. */
TEST_F(by_hand_beside)
{
	start_synchronized(NULL);
	await(shows("Synchronized"));
	set_by_hand(CLOCKBOUND_DISRUPT_FORCE);
	await(shows(ANYHOW));
	set_by_hand(CLOCKBOUND_DISRUPT_RELEASE);
	await(shows("Synchronized"));
	kill(daemon_pid, SIGUSR1);
	await(shows(BY_HAND));
	set_by_hand(CLOCKBOUND_DISRUPT_RELEASE);
	await(shows("Synchronized"));
}

/* While it waits for a measurement, that is what there is to say. */
TEST_F(disrupted_as_ever)
{
	chronyd.measures = false;
	set_by_hand(CLOCKBOUND_DISRUPT_FORCE);
	fake_chronyd_start(&chronyd);
	start(NULL);
	await(shows("Waiting for a measurement"));
	await(reports() > 3);
	assert_false(logged("whatever"));
}

/* A disruption that was refused is none. */
TEST_F(by_hand_refused)
{
	start_synchronized(NULL);
	fake.daemon->disrupt_error = EPERM;
	kill(daemon_pid, SIGUSR1);
	await(logged("cannot disrupt: "));
	fake_chronyd_stop(&chronyd);
	await(shows("Free running"));
	assert_false(notified(BY_HAND));
}

/* Nothing is taken back, nothing is left behind. */
TEST_F(end)
{
	static const int signals[] = { SIGTERM, SIGINT };
	char pattern[64];
	glob_t sockets;
	size_t i;

	fake_chronyd_start(&chronyd);
	for (i = 0; i < 2; i++) {
		fake.daemon->reports = 0;
		start(NULL);
		await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
		kill(daemon_pid, signals[i]);
		assert_int_equal(wait_for_end(), 0);
		assert_int_equal(last_report()->status, CLOCKBOUND_STATUS_SYNCHRONIZED);
		snprintf(pattern, sizeof(pattern), "%s/clockbound-sync.*", chronyd.directory);
		assert_int_equal(glob(pattern, 0, NULL, &sockets), GLOB_NOMATCH);
	}
}

static void assert_ends(int error, const char *message)
{
	fake.daemon->report_error = error;
	start(NULL);
	assert_int_equal(wait_for_end(), 1);
	assert_true(logged(message));
}

TEST_F(not_possible)
{
	fake_chronyd_start(&chronyd);
	assert_ends(EPERM, "reports need CAP_SYS_TIME");
	assert_ends(ENOTTY, "too old");
}

/* It is said once, and tried again. */
TEST_F(refused)
{
	unsigned int number;

	fake.daemon->report_error = EOPNOTSUPP;
	fake_chronyd_start(&chronyd);
	start(NULL);
	await(logged("does not run on the counter"));
	number = requests();
	await(requests() > number + 1);
	fake.daemon->report_error = 0;
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
	assert_null(strstr(strstr(daemon_log(), "does not run") + 1, "does not run"));
}

TEST_F(disruptions_disabled)
{
	unsigned int number;

	chronyd.ref_time = 1;
	chronyd.leap = 3;
	fake_chronyd_start(&chronyd);
	start("--disable-clock-disruption-support");
	await(reported(CLOCKBOUND_STATUS_FREE_RUNNING));
	*fake_marker(&fake) = 6;
	tell(CLOCKBOUND_EVENT_DISRUPTION);
	number = requests();
	await(requests() > number + 1);
	assert_false(reset_since(number));
	assert_int_equal(last_report()->flags, CLOCKBOUND_REPORT_NO_DISRUPTION);
	assert_int_equal(last_report()->disruption_marker, 0);
}

/* A promise is not made smaller: 0.2 ppb are one. */
TEST_F(max_drift)
{
	start_synchronized("--max-drift-rate=2.0002");
	assert_int_equal(last_report()->max_drift, 2001);
}

TEST_F(watchdog)
{
	setenv("WATCHDOG_USEC", "20000", 1);
	start_synchronized(NULL);
	unsetenv("WATCHDOG_USEC");
	await(notified("WATCHDOG=1\nWATCHDOG=1\nWATCHDOG=1\n"));
}

static void assert_usage(const char *arguments, const char *message)
{
	assert_int_equal(ctl_run(CTL " sync %s 2>&1 >/dev/null", arguments), 2);
	ctl_assert_printed(message);
	ctl_assert_printed("Try 'clockboundctl sync --help'.");
}

TEST(wrong_usage)
{
	assert_usage("now", "now: unexpected argument");
	assert_usage("--loud", "unrecognized option '--loud'");
	assert_usage("--source ntp", "--source ntp: must be chrony or adjtimex");
	assert_usage("--max-drift-rate -1", "must be a number of ppm from 0 to 999999");
	assert_usage("--max-drift-rate 1000000", "must be a number of ppm");
	assert_usage("--max-drift-rate nan", "must be a number of ppm");
	assert_usage("--max-drift-rate 1ppm", "must be a number of ppm");
	assert_usage("-r PHC0", "go together");
	assert_usage("-i ens5", "go together");
	assert_usage("-r PHC00 -i ens5", "must have 1 to 4 characters");
	assert_usage("-r '' -i ens5", "must have 1 to 4 characters");
	assert_usage("-r 'PHC ' -i ens5", "must be letters, digits and the like");
	assert_usage("-r ' PHC' -i ens5", "must be letters, digits and the like");
	assert_usage("-r 'PH\303\274' -i ens5", "must be letters, digits and the like");
	assert_usage("-r PHC0 -i ../ens5", "must be the name of a network interface");
	assert_usage("--source adjtimex -r PHC0 -i ens5", "has no use for");
}

TEST_MAIN(NULL, NULL)
