// SPDX-License-Identifier: GPL-2.0-only
/*
 * What clockboundctl sync makes of chronyd's sources, as a program: whether chronyd
 * follows one, how often it asks it, and whether it is the PTP hardware clock. To be run
 * from the top directory.
 */
#include "sync_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chrony_wire.h"

/* It has just measured, and has nobody to follow. */
TEST_F(not_synchronized)
{
	chronyd.leap = 3;
	fake_chronyd_start(&chronyd);
	start(NULL);
	await(reported(CLOCKBOUND_STATUS_FREE_RUNNING) && requests() > 10);
	for (unsigned int end = reports() + 5; reports() < end; nap())
		assert_int_equal(last_report()->status, CLOCKBOUND_STATUS_FREE_RUNNING);
	set_chronyd(leap = 1);
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
	set_chronyd(leap = 3);
	await(reported(CLOCKBOUND_STATUS_FREE_RUNNING));
}

#define PHC0	0x50484330

/* A network card with a PTP hardware clock, which is off by so much at most. */
#define PHC_ERROR	15250

static char sysfs[80];

#define ERROR_BOUND	"bus/pci/devices/0000:27:00.0/phc_error_bound"

FIXTURE(setup_phc)
{
	int rc = setup(state);

	snprintf(sysfs, sizeof(sysfs), "%s.sysfs", fake.path);
	put_file(sysfs, "class/net/ens5/device/uevent", "PCI_SLOT_NAME=0000:27:00.0\n");
	put_file(sysfs, ERROR_BOUND, "15250\n");
	setenv("FAKE_SYSFS", sysfs, 1);
	chronyd.sources = 2;
	chronyd.source[0] = (struct fake_source){ 0x7f000001, 4, 4, 0 };
	chronyd.source[1] = (struct fake_source){ PHC0, 4, 0, 2 };
	chronyd.ref_id = PHC0;
	return rc;
}

FIXTURE(teardown_phc)
{
	unsetenv("FAKE_SYSFS");
	ctl_run("rm -r %s", sysfs);
	return teardown(state);
}

/* Makes the other one the source that is followed. */
static void follow(unsigned int number)
{
	pthread_mutex_lock(&chronyd.lock);
	chronyd.source[0].state = number ? 4 : 0;
	chronyd.source[1].state = number ? 0 : 4;
	chronyd.ref_id = chronyd.source[number].address;
	pthread_mutex_unlock(&chronyd.lock);
}

static void start_phc(const char *ref_id)
{
	fake_chronyd_start(&chronyd);
	start_with(ref_id, "--phc-interface=ens5");
}

TEST_WITH(phc_error, setup_phc, teardown_phc)
{
	start_phc("--phc-ref-id=PHC0");
	await(bounded(BOUND + PHC_ERROR));
	follow(0);
	await(bounded(BOUND));
	follow(1);
	await(bounded(BOUND + PHC_ERROR));
	put_file(sysfs, ERROR_BOUND, "");
	await(reported(CLOCKBOUND_STATUS_FREE_RUNNING));
	assert_true(logged("has no phc_error_bound"));
	assert_false(logged("no reference clock has the id"));
}

#define MISSING	"chronyd has no source with the id of --phc-ref-id"

/* The one that chronyd follows may be the one that was meant: nothing is certain then. */
TEST_WITH(phc_is_called_otherwise, setup_phc, teardown_phc)
{
	start_phc("--phc-ref-id=PHX0");
	await(logged("chronyd: no reference clock has the id PHX0 of --phc-ref-id"));
	await(reported(CLOCKBOUND_STATUS_UNKNOWN) && shows("Unknown, but " MISSING));
	assert_true(logged("chronyd: follows another reference clock than --phc-ref-id says"));
	/* That one has no such error */
	follow(0);
	await(bounded(BOUND) && shows("Synchronized, but " MISSING));
	follow(1);
	await(reported(CLOCKBOUND_STATUS_UNKNOWN));
}

/* It is there, but another one is followed. */
TEST_WITH(phc_is_there, setup_phc, teardown_phc)
{
	follow(0);
	start_phc("--phc-ref-id=PHC0");
	await(bounded(BOUND) && shows("Synchronized"));
	assert_false(logged("--phc-ref-id"));
}

/* Said once, and no longer when it is there. */
TEST_WITH(phc_comes_late, setup_phc, teardown_phc)
{
	unsigned int number;

	follow(0);
	chronyd.sources = 1;
	start_phc("--phc-ref-id=PHC0");
	await(shows("Synchronized, but " MISSING));
	number = reports();
	await(reports() > number + 1);
	assert_null(strstr(strstr(daemon_log(), "of --phc-ref-id") + 1, "of --phc-ref-id"));
	set_chronyd(sources = 2);
	await(shows("Synchronized"));
}

/* Whoever does not tell of his sources is not blamed for them. */
TEST_WITH(phc_is_not_known, setup_phc, teardown_phc)
{
	follow(0);
	chronyd.hides_sources = true;
	start_phc("--phc-ref-id=PHX0");
	await(bounded(BOUND) && shows("Synchronized"));
	assert_false(logged("--phc-ref-id"));
}

/* Measured so long ago: stale by the burst's interval of 2 s, and not by the poll of 64. */
#define AGE	(40 * SECOND)

static void start_after_a_burst(void)
{
	chronyd.update_interval = 1;
	chronyd.sources = 2;
	chronyd.source[0] = (struct fake_source){ 0x7f000002, 10, 4, 0 };
	chronyd.source[1] = (struct fake_source){ 0x7f000001, 6, 0, 0 };
	start_synchronized(NULL);
	set_chronyd(ref_time -= AGE);
}

static unsigned int asked_about_sources(void)
{
	unsigned int number, found = 0;

	pthread_mutex_lock(&chronyd.lock);
	for (number = 0; number < chronyd.requests; number++)
		found += chronyd.request[number] == CHRONY_SOURCE_DATA;
	pthread_mutex_unlock(&chronyd.lock);
	return found;
}

/* Between two polls, chronyd is in order. */
TEST_F(between_polls)
{
	unsigned int number;

	start_after_a_burst();
	/* Nobody has asked as long as it made no difference */
	await(asked_about_sources());
	number = reports();
	await(reports() > number + 3);
	for (; number < reports(); number++)
		assert_int_equal(fake.daemon->report[number % FAKE_REPORTS].status,
				 CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_true(last_report()->as_of <= now_ns() &&
		    last_report()->as_of + 3 * SECOND > now_ns());
	/* It asks ever more seldom, but not this one */
	set_chronyd(source[1].poll = 2);
	await(reported(CLOCKBOUND_STATUS_FREE_RUNNING));
}

/* As if there were no such question. */
TEST_F(polls_are_not_told)
{
	chronyd.hides_sources = true;
	start_after_a_burst();
	await(reported(CLOCKBOUND_STATUS_FREE_RUNNING));
	assert_false(logged("does not answer"));
}

TEST_MAIN(NULL, NULL)
