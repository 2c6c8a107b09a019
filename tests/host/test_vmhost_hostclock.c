// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's clock, with a simulated kernel: what counts as its error, and what it says
 * about leap seconds.
 */
#include "test.h"

#include <linux/types.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#define VMHOST_COUNTER_H

/* What the next looks at the counter say; the last one stays. */
static __u64 counter, steps[32];
static size_t step_count, step;

static __u64 counter_read(void)
{
	counter += step < step_count ? steps[step++] : 1000;
	return counter;
}

/* What the next calls of adjtimex() say; the last one stays. */
static struct timex records[2];
static size_t record, record_count;
static int timex_state;

static int simulated_adjtimex(struct timex *timex)
{
	*timex = records[record];
	if (record + 1 < record_count)
		record++;
	return timex_state;
}

static int simulated_gettime(clockid_t clock, struct timespec *now)
{
	assert_int_equal(clock, CLOCK_REALTIME);
	*now = (struct timespec) { 1795000000, counter };
	return 0;
}

#define adjtimex	simulated_adjtimex
#define clock_gettime	simulated_gettime
#include "../../tools/vmhost/hostclock.c"

/* A clock that ntpd keeps */
static const struct timex good = {
	.status = STA_PLL | STA_NANO, .maxerror = 1500, .esterror = 20,
};

FIXTURE(setup)
{
	counter = 1000;
	step = 0;
	step_count = 0;
	record = 0;
	record_count = 1;
	records[0] = good;
	timex_state = TIME_OK;
	return 0;
}

static void assert_maxerror(__u64 expected)
{
	const struct hostclock clock = { .stated = false };
	struct sample sample;

	record = 0;
	hostclock_sample(&clock, &sample);
	assert_int_equal(sample.maxerror, expected);
}

TEST_WITH(the_error_is_all_of_it, setup, NULL)
{
	assert_maxerror(1500000);
	records[0].offset = 399999999;
	assert_maxerror(401499999);
	records[0].offset = -7;
	assert_maxerror(1500007);
	records[0].status = STA_PLL;
	assert_maxerror(1507000);
	records[0].maxerror = 0;
	assert_maxerror(7000);
}

/* A correction between the two looks: the clock was read before it or after it. */
TEST_WITH(the_larger_error_counts, setup, NULL)
{
	record_count = 2;
	records[1] = good;
	records[1].maxerror = 99;
	assert_maxerror(1500000);
	records[0].maxerror = 98;
	assert_maxerror(99000);
	records[0].maxerror = 1;
	records[0].offset = 98001;
	assert_maxerror(99001);
	records[1].status |= STA_UNSYNC;
	assert_maxerror(SAMPLE_NO_BOUND);
	records[0].status |= STA_UNSYNC;
	records[1] = good;
	assert_maxerror(SAMPLE_NO_BOUND);
}

TEST_WITH(only_a_voucher_counts, setup, NULL)
{
	const struct hostclock stated = { .stated = true, .stated_maxerror = 77 };
	const struct hostclock clock = { .stated = false };
	struct sample sample;

	assert_null(hostclock_trouble(&clock));
	records[0].maxerror = 1000;
	records[0].esterror = 0;
	assert_maxerror(SAMPLE_NO_BOUND);
	assert_non_null(hostclock_trouble(&clock));
	timex_state = -1;
	assert_maxerror(SAMPLE_NO_BOUND);
	hostclock_sample(&stated, &sample);
	assert_int_equal(sample.maxerror, 77);
	assert_null(hostclock_trouble(&stated));
}

/* Eight looks; the narrowest one, with the time that belongs to it. */
TEST_WITH(the_narrowest_look_counts, setup, NULL)
{
	static const __u64 looks[] = {
		1, 900, 1, 700, 1, 300, 1, 800, 1, 300, 1, 301, 1, 950, 1, 400,
	};
	const struct hostclock clock = { .stated = true };
	struct sample sample;

	memcpy(steps, looks, sizeof(looks));
	step_count = COUNT(looks);
	hostclock_sample(&clock, &sample);
	assert_int_equal(step, step_count);
	assert_int_equal(sample.before, 1000 + 1 + 900 + 1 + 700 + 1);
	assert_int_equal(sample.after, sample.before + 300);
	assert_int_equal(sample.realtime, 1795000000LL * NSEC_PER_SEC + sample.before);
}

TEST_WITH(leap_seconds_are_announced_until_they_come, setup, NULL)
{
	assert_int_equal(hostclock_leap(), VMCLOCK_LEAP_IND_NONE);
	records[0].status = STA_PLL | STA_INS;
	assert_int_equal(hostclock_leap(), VMCLOCK_LEAP_IND_PRE_POS);
	timex_state = TIME_INS;
	assert_int_equal(hostclock_leap(), VMCLOCK_LEAP_IND_PRE_POS);
	/* The flag stays until a program clears it. */
	timex_state = TIME_OOP;
	assert_int_equal(hostclock_leap(), VMCLOCK_LEAP_IND_NONE);
	timex_state = TIME_WAIT;
	assert_int_equal(hostclock_leap(), VMCLOCK_LEAP_IND_NONE);
	records[0].status = STA_PLL | STA_DEL;
	timex_state = TIME_DEL;
	assert_int_equal(hostclock_leap(), VMCLOCK_LEAP_IND_PRE_NEG);
	timex_state = -1;
	assert_int_equal(hostclock_leap(), VMCLOCK_LEAP_IND_NONE);
}

TEST_WITH(tai_is_known_or_not, setup, NULL)
{
	static const int unknown[] = { -1, 0, 1, 9, 256 };

	for (size_t i = 0; i < COUNT(unknown); i++) {
		records[0].tai = unknown[i];
		assert_int_equal(hostclock_tai(0), 0);
		assert_int_equal(hostclock_tai(36), 36);
	}
	records[0].tai = 37;
	assert_int_equal(hostclock_tai(36), 37);
	timex_state = -1;
	assert_int_equal(hostclock_tai(36), 36);
}

TEST_MAIN(NULL, NULL)
