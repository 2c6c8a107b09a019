// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readings while the page is being written: never torn. (And never stale: that is
 * test_lib_parallel.c.)
 */
#include "test.h"

#include <clockbound.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fake_device.h"
#include "write_page.h"

#define READERS		3

/* Readings of each model that each reader must have taken before a test ends. */
#define READINGS_MIN	20000

static struct fake_device fake;
static struct clockbound_device *device;
static int done;		/* readers that have enough */
static int stop;		/* for the readers */

FIXTURE(setup)
{
	fake_device_create(&fake);
	done = 0;
	stop = 0;
	return clockbound_device_open(&device, fake.path);
}

FIXTURE(teardown)
{
	clockbound_device_close(device);
	fake_device_remove(&fake);
	return 0;
}

static int all_done(void)
{
	return __atomic_load_n(&done, __ATOMIC_ACQUIRE) == READERS;
}

/*
 * Models that differ in every field. A reading that is made of two is the interval of
 * none. One of them cannot be read the straight way.
 */
#define MODELS		3

static struct clockbound_model models[MODELS] = {
	{
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.flags = CLOCKBOUND_MODEL_TAI,
		.earliest = 1000000000000000000LL,
		.latest = 1000000000000001000LL,
		.earliest_frac = 0x1111111111111111ULL,
		.latest_frac = 0x2222222222222222ULL,
		.earliest_rate = 0x4000000000000000ULL,
		.latest_rate = 0x4000001000000000ULL,
		.valid_ticks = 1ULL << 60,
		.synchronized_ticks = 1ULL << 62,
		.disruption_marker = 1,
		.tai_offset = 37,
	}, {
		.status = CLOCKBOUND_STATUS_FREE_RUNNING,
		.counter_shift = 3,
		.earliest = -500000000000000000LL,
		.latest = 500000000000000000LL,
		.earliest_frac = 0xeeeeeeeeeeeeeeeeULL,
		.latest_frac = 0xddddddddddddddddULL,
		.earliest_rate = 0xc000000000000000ULL,
		.latest_rate = 0xc0000f0000000000ULL,
		.valid_ticks = 1ULL << 57,
		.disruption_marker = 2,
		.tai_offset = -5,
	}, {
		.status = CLOCKBOUND_STATUS_FREE_RUNNING,
		.flags = CLOCKBOUND_MODEL_TAI,
		.earliest = 700000000000000000LL,
		.latest = 700000000000000777LL,
		.earliest_frac = 0x7777777777777777ULL,
		.latest_frac = 0x8888888888888888ULL,
		.earliest_rate = 0x9000000000000000ULL,
		.latest_rate = 0x9000004000000000ULL,
		.valid_ticks = 1ULL << 59,
		.synchronized_ticks = 1ULL << 61,
		.disruption_marker = 3,
		.tai_offset = 38,
	},
};

static int is_reading_of(const struct clockbound_model *model,
			 const struct clockbound_reading *reading)
{
	__s64 earliest, latest;

	return clockbound_eval(model, reading->counter_value, &earliest, &latest) &&
	       reading->earliest == earliest && reading->latest == latest &&
	       reading->status == model->status && reading->flags == model->flags &&
	       reading->tai_offset == model->tai_offset &&
	       reading->disruption_marker == model->disruption_marker;
}

static unsigned long torn;

/* A writer that is taken off its CPU in the middle: then a reading says nothing. */
static int says_nothing(const struct clockbound_reading *reading)
{
	return reading->status == CLOCKBOUND_STATUS_UNKNOWN &&
	       reading->earliest == CLOCKBOUND_TIME_MIN &&
	       reading->latest == CLOCKBOUND_TIME_MAX;
}

static int model_of(const struct clockbound_reading *reading)
{
	int i;

	for (i = 0; i < MODELS; i++) {
		if (is_reading_of(&models[i], reading))
			return i;
	}
	return -1;
}

static void *read_models(void *argument)
{
	unsigned long of[MODELS] = { 0 };
	int enough = 0;

	(void)argument;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		struct clockbound_reading reading;
		int model;

		if (clockbound_read(device, &reading))
			abort();
		if (says_nothing(&reading))
			continue;
		model = model_of(&reading);
		if (model < 0)
			__atomic_fetch_add(&torn, 1, __ATOMIC_RELAXED);
		else
			of[model]++;

		if (!enough && of[0] >= READINGS_MIN && of[1] >= READINGS_MIN &&
		    of[2] >= READINGS_MIN) {
			enough = 1;
			__atomic_fetch_add(&done, 1, __ATOMIC_RELEASE);
		}
	}
	return NULL;
}

static void never_torn(void)
{
	pthread_t threads[READERS];
	unsigned long i;

	models[0].counter_value = clockbound_counter();
	models[1].counter_value = models[0].counter_value - 1000000;
	models[2].counter_value = models[0].counter_value - 2000000;
	write_page(fake.page, &models[0]);

	torn = 0;
	for (i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_models, NULL), 0);
	/* At full speed a reader would hardly ever get through. */
	for (i = 0; !all_done(); i++) {
		unsigned long pauses = i % 512;

		write_page(fake.page, &models[i % MODELS]);
		while (pauses--)
			clockbound_counter_relax();
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < READERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(torn, 0);
}

TEST_F(with_an_ordered_counter)
{
	never_torn();
}

/* A CPU whose counter needs a fence. */
TEST_F(with_a_fence)
{
	clockbound_device_close(device);
	fake.page->features &= ~(__u64)CLOCKBOUND_FEATURE_RDTSCP;
	assert_int_equal(clockbound_device_open(&device, fake.path), 0);
	never_torn();
}

TEST_MAIN(NULL, NULL)
