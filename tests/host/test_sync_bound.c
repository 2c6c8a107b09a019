// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ages and statuses from what chronyd, the kernel and a network card say.
 */
#include "test.h"

#include <linux/clockbound.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adjtimex.h"
#include "bound.h"
#include "phc.h"
#include "sync_run.h"

static struct chrony_float number(__s32 coefficient, __s32 exponent)
{
	return (struct chrony_float){ coefficient, exponent };
}

static struct chrony_float integer(__s32 value)
{
	return number(value, 0);
}

static __u64 age_of(__s64 ref_time, struct chrony_float correction, __s64 realtime)
{
	struct chrony_tracking tracking = {
		.ref_time = ref_time,
		.current_correction = correction,
	};
	__u64 age = 0;

	return bound_chrony_age(&tracking, realtime, &age) ? age : ~0ULL;
}

TEST(ages)
{
	/* Rounded up by a nanosecond or two */
	assert_in_range(age_of(10 * SECOND, integer(0), 12 * SECOND), 2 * SECOND,
			2 * SECOND + 2);
	assert_in_range(age_of(10 * SECOND, integer(0), 10 * SECOND), 0, 2);
	assert_int_equal(age_of(10 * SECOND, integer(0), 9 * SECOND), ~0ULL);
	assert_int_equal(age_of(CLOCKBOUND_TIME_MAX, integer(0), 9 * SECOND), ~0ULL);
	/* The clock is an hour slow, or fast, and chronyd slews it */
	assert_in_range(age_of(3610 * SECOND, integer(3600), 12 * SECOND), 2 * SECOND,
			2 * SECOND + 2);
	assert_in_range(age_of(10 * SECOND, integer(-3600), 3612 * SECOND), 2 * SECOND,
			2 * SECOND + 2);
	assert_in_range(age_of(10 * SECOND, number(-1, -9), 12 * SECOND),
			2 * SECOND - 1953125, 2 * SECOND - 1953125 + 2);
	/* Any number is taken, the absurd ones for what they are */
	assert_int_equal(age_of(0, number(0xffffff, 38), 0), ~0ULL);
	assert_int_equal(age_of(0, number(-(1 << 24), 38), CLOCKBOUND_TIME_MAX), ~0ULL);
	assert_in_range(age_of(0, number(-1, -89), 5), 5, 7);
}

static __u32 status_with_poll(struct chrony_float update_interval, int poll, __u64 age)
{
	struct chrony_tracking tracking = {
		.ref_id = 0x7f000001,
		.last_update_interval = update_interval,
	};

	return bound_chrony_status(&tracking, age, poll);
}

/* The last moment at which it is not stale, s. */
static void assert_patience(struct chrony_float update_interval, int poll, __u64 patience)
{
	assert_int_equal(status_with_poll(update_interval, poll, patience * SECOND),
			 CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(status_with_poll(update_interval, poll, patience * SECOND + 1),
			 CLOCKBOUND_STATUS_FREE_RUNNING);
}

/* Eight of whatever is longer: the last interval, or the one that is to come. */
TEST(polls)
{
	assert_patience(integer(2), BOUND_NO_POLL, 16);
	assert_patience(integer(2), 6, 512);
	assert_patience(integer(2), 1, 16);
	assert_patience(integer(2), 0, 16);
	assert_patience(integer(2), 2, 32);
	assert_patience(integer(1), 10, 8192);
	assert_patience(integer(100), 6, 800);
	assert_patience(integer(0), 6, 512);
	assert_patience(integer(0), 7, 1024);
	assert_patience(number(1, -89), -1, 4);
	assert_patience(number(1, -89), -3, 1);
	assert_patience(number(1, -89), -4, 0);
	assert_patience(number(1, -89), CHRONY_POLL_MIN, 0);
	assert_patience(integer(-1), 0, 8);
	assert_patience(integer(2), CHRONY_POLL_MAX, 8ULL << 24);
	/* Nonsense */
	assert_patience(integer(2), CHRONY_POLL_MAX + 1, 16);
	assert_patience(integer(2), 0x7fff, 16);
	assert_patience(integer(2), -0x8000, 16);
}

static __u32 status_of(__u16 leap, __u32 ref_id, struct chrony_float update_interval, __u64 age)
{
	struct chrony_tracking tracking = {
		.leap = leap,
		.ref_id = ref_id,
		.last_update_interval = update_interval,
	};

	return bound_chrony_status(&tracking, age, BOUND_NO_POLL);
}

TEST(statuses)
{
	static const struct {
		__u16 leap;
		struct chrony_float interval;
		__u64 age;
		__u32 status;
	} table[] = {
		{ 0, { 16, 0 }, 0, CLOCKBOUND_STATUS_SYNCHRONIZED },
		{ 1, { 16, 0 }, 0, CLOCKBOUND_STATUS_SYNCHRONIZED },
		{ 2, { 16, 0 }, 0, CLOCKBOUND_STATUS_SYNCHRONIZED },
		{ 3, { 16, 0 }, 0, CLOCKBOUND_STATUS_FREE_RUNNING },
		{ 4, { 16, 0 }, 0, CLOCKBOUND_STATUS_UNKNOWN },
		{ 0xffff, { 16, 0 }, 0, CLOCKBOUND_STATUS_UNKNOWN },
		/* 8 intervals, and not a nanosecond more */
		{ 0, { 16, 0 }, 128 * SECOND, CLOCKBOUND_STATUS_SYNCHRONIZED },
		{ 0, { 16, 0 }, 128 * SECOND + 1, CLOCKBOUND_STATUS_FREE_RUNNING },
		{ 1, { 16, 0 }, 128 * SECOND + 1, CLOCKBOUND_STATUS_FREE_RUNNING },
		{ 3, { 16, 0 }, 128 * SECOND + 1, CLOCKBOUND_STATUS_FREE_RUNNING },
		{ 4, { 16, 0 }, 128 * SECOND + 1, CLOCKBOUND_STATUS_UNKNOWN },
		/* 8 * 2.1875 is 17.5: whole seconds, rounded down */
		{ 0, { 35, -4 }, 17 * SECOND, CLOCKBOUND_STATUS_SYNCHRONIZED },
		{ 0, { 35, -4 }, 17 * SECOND + 1, CLOCKBOUND_STATUS_FREE_RUNNING },
		/* No interval yet: the first measurement */
		{ 0, { 0, 0 }, 512 * SECOND, CLOCKBOUND_STATUS_SYNCHRONIZED },
		{ 0, { 0, 0 }, 512 * SECOND + 1, CLOCKBOUND_STATUS_FREE_RUNNING },
		{ 3, { 0, 0 }, 0, CLOCKBOUND_STATUS_FREE_RUNNING },
		/* Less than an eighth of a second, and less than nothing */
		{ 0, { 1, -4 }, 1, CLOCKBOUND_STATUS_FREE_RUNNING },
		{ 0, { 1, -89 }, 0, CLOCKBOUND_STATUS_SYNCHRONIZED },
		{ 0, { -1, -89 }, 0, CLOCKBOUND_STATUS_FREE_RUNNING },
		{ 0, { -(1 << 24), 38 }, 0, CLOCKBOUND_STATUS_FREE_RUNNING },
		{ 0, { 0xffffff, 38 }, 1ULL << 62, CLOCKBOUND_STATUS_SYNCHRONIZED },
	};
	size_t i;

	for (i = 0; i < COUNT(table); i++)
		assert_int_equal(status_of(table[i].leap, 0x7f000001, table[i].interval,
					   table[i].age), table[i].status);
}

/* "local stratum 10": an error of zero, says chronyd, when all sources are gone. */
TEST(local_reference)
{
	assert_int_equal(status_of(0, CHRONY_REF_ID_LOCAL, integer(16), 0),
			 CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_int_equal(status_of(4, CHRONY_REF_ID_LOCAL, integer(16), 0),
			 CLOCKBOUND_STATUS_UNKNOWN);
}

TEST(adjtimex_bounds)
{
	struct measurement measurement;
	struct timex timex = { .maxerror = 1500, .offset = -3, .status = STA_PLL };

	assert_true(bound_adjtimex(&timex, TIME_OK, &measurement));
	assert_int_equal(measurement.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(measurement.bound, 1503000);
	timex.status |= STA_NANO;
	assert_true(bound_adjtimex(&timex, TIME_INS, &measurement));
	assert_int_equal(measurement.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(measurement.bound, 1500003);
	assert_true(bound_adjtimex(&timex, TIME_ERROR, &measurement));
	assert_int_equal(measurement.status, CLOCKBOUND_STATUS_UNKNOWN);
	timex.status |= STA_UNSYNC;
	assert_true(bound_adjtimex(&timex, TIME_OK, &measurement));
	assert_int_equal(measurement.status, CLOCKBOUND_STATUS_UNKNOWN);

	assert_false(bound_adjtimex(&timex, -1, &measurement));
	timex.maxerror = -1;
	assert_false(bound_adjtimex(&timex, TIME_OK, &measurement));
	timex.maxerror = (CLOCKBOUND_BOUND_LIMIT_NS - 1) / 1000;
	assert_false(bound_adjtimex(&timex, TIME_OK, &measurement));
	timex.maxerror = 0;
	timex.offset = (-0x7fffffffffffffffLL - 1);
	assert_false(bound_adjtimex(&timex, TIME_OK, &measurement));
}

static __u64 age_at(struct adjtimex_source *source, long maxerror, __u64 now)
{
	struct measurement measurement = { 0 };
	struct timex timex = { .maxerror = maxerror };

	assert_true(adjtimex_judge(source, &timex, TIME_OK, now, &measurement));
	return measurement.age;
}

/* By itself maxerror only grows. */
TEST(adjtimex_ages)
{
	struct adjtimex_source source;

	adjtimex_init(&source);
	assert_true(age_at(&source, 1000, 10 * SECOND) > 1000000000ULL * SECOND);
	assert_true(age_at(&source, 1500, 11 * SECOND) > 1000000000ULL * SECOND);
	assert_true(age_at(&source, 1500, 12 * SECOND) > 1000000000ULL * SECOND);
	assert_int_equal(age_at(&source, 900, 13 * SECOND), 0);
	assert_int_equal(age_at(&source, 1400, 14 * SECOND), 1 * SECOND);
	assert_int_equal(age_at(&source, 1399, 15 * SECOND), 0);
}

#define UEVENT		"class/net/ens5/device/uevent"
#define ERROR_BOUND	"bus/pci/devices/0000:27:00.0/phc_error_bound"

TEST(phc_error)
{
	static const char *const nonsense[] = {
		"", "\n", "-1\n", "0x10\n", "12 ns\n", "99999999999999999999\n",
	};
	char root[] = "/tmp/clockbound-sysfs-XXXXXX", command[64];
	__u64 ns = 1;
	size_t i;

	assert_non_null(mkdtemp(root));
	assert_false(phc_error_bound(root, "ens5", &ns));
	put_file(root, UEVENT, "DRIVER=ena\nPCI_CLASS=20000\n");
	assert_false(phc_error_bound(root, "ens5", &ns));
	put_file(root, UEVENT, "DRIVER=ena\nPCI_SLOT_NAME=0000:27:00.0\nMODALIAS=x\n");
	assert_false(phc_error_bound(root, "ens5", &ns));
	put_file(root, ERROR_BOUND, "15250\n");
	assert_true(phc_error_bound(root, "ens5", &ns));
	assert_int_equal(ns, 15250);
	assert_false(phc_error_bound(root, "ens6", &ns));

	for (i = 0; i < COUNT(nonsense); i++) {
		put_file(root, ERROR_BOUND, nonsense[i]);
		assert_false(phc_error_bound(root, "ens5", &ns));
	}
	put_file(root, UEVENT, "PCI_SLOT_NAME=../0000:27:00.0\n");
	assert_false(phc_error_bound(root, "ens5", &ns));
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
}

TEST_MAIN(NULL, NULL)
