// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens at the very moment that a reading reads the counter, with an ordered
 * counter and without: with it, a reading goes the straight way first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_counter.h"

#include <clockbound/reader.h>

#include "write_page.h"

static struct clockbound_page page;
static __u64 vmclock[512];
static __u64 *const marker = &vmclock[CLOCKBOUND_VMCLOCK_MARKER / 8];
static __u64 *const generation = &vmclock[CLOCKBOUND_VMCLOCK_GENERATION / 8];
static __u64 registered[512];
static struct clockbound_model model;
static struct clockbound_reading reading;

static int setup(void **state)
{
	(void)state;
	fake_counter_reads = 0;
	fake_counter_rdtscp_reads = 0;
	at_counter = NULL;
	*marker = 7;
	*generation = 70;
	registered[CLOCKBOUND_VMCLOCK_MARKER / 8] = 0;
	model = (struct clockbound_model){
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.flags = CLOCKBOUND_MODEL_VMCLOCK,
		.earliest = 100,
		.latest = 200,
		.valid_ticks = 1ULL << 40,
		.synchronized_ticks = 1ULL << 62,
		.disruption_marker = 7,
		.vm_generation = 70,
	};
	memset(&page, 0, sizeof(page));
	write_page(&page, &model);
	return 0;
}

static int setup_ordered(void **state)
{
	setup(state);
	page.features = CLOCKBOUND_FEATURE_RDTSCP;
	return 0;
}

static void assert_unlimited(void)
{
	assert_true(reading.earliest == CLOCKBOUND_TIME_MIN);
	assert_true(reading.latest == CLOCKBOUND_TIME_MAX);
}

static void nothing_happens(void **state)
{
	(void)state;
	assert_int_equal(clockbound_page_read(&page, vmclock, registered, &reading),
			 CLOCKBOUND_READ_OK);
	assert_int_equal(reading.earliest, 100);
	assert_int_equal(reading.latest, 200);
	assert_int_equal(reading.counter_value, 1000);
	assert_int_equal(fake_counter_reads, 1);
	assert_int_equal(fake_counter_rdtscp_reads, !!page.features);
}

static void change_marker(void)
{
	*marker = 8;
}

static void change_generation(void)
{
	*generation = 71;
}

/* The counter is from after the change, so the model is not for it. */
static void disruption(void **state)
{
	(void)state;
	at_counter = change_marker;
	assert_int_equal(clockbound_page_read(&page, vmclock, registered, &reading),
			 CLOCKBOUND_READ_STALE);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_DISRUPTED);
	assert_unlimited();
}

static void new_generation(void **state)
{
	(void)state;
	at_counter = change_generation;
	assert_int_equal(clockbound_page_read(&page, vmclock, registered, &reading),
			 CLOCKBOUND_READ_STALE);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_DISRUPTED);
	assert_unlimited();
}

static void change_registered(void)
{
	registered[CLOCKBOUND_VMCLOCK_MARKER / 8] = 9;
}

static void disruption_of_the_registered_page(void **state)
{
	(void)state;
	model.flags |= CLOCKBOUND_MODEL_REGISTERED;
	write_page(&page, &model);
	at_counter = change_registered;
	assert_int_equal(clockbound_page_read(&page, vmclock, registered, &reading),
			 CLOCKBOUND_READ_STALE);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_DISRUPTED);
	assert_unlimited();
}

/* What is mapped in its place looks like its marker. */
static void unregister(void)
{
	at_counter = NULL;
	model.flags = CLOCKBOUND_MODEL_VMCLOCK;
	model.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	write_page(&page, &model);
	registered[CLOCKBOUND_VMCLOCK_MARKER / 8] = 0;
}

static void unregistered_meanwhile(void **state)
{
	(void)state;
	registered[CLOCKBOUND_VMCLOCK_MARKER / 8] = 0;
	model.flags |= CLOCKBOUND_MODEL_REGISTERED;
	write_page(&page, &model);
	at_counter = unregister;
	assert_int_equal(clockbound_page_read_any(&page, vmclock, registered, &reading),
			 CLOCKBOUND_READ_OK);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_int_equal(fake_counter_reads, 2);
}

static void publish_once(void)
{
	at_counter = NULL;
	model.earliest = 300;
	model.latest = 400;
	write_page(&page, &model);
}

static void publication(void **state)
{
	(void)state;
	at_counter = publish_once;
	assert_int_equal(clockbound_page_read(&page, vmclock, registered, &reading),
			 CLOCKBOUND_READ_OK);
	assert_int_equal(reading.earliest, 300);
	assert_int_equal(reading.latest, 400);
	assert_int_equal(fake_counter_reads, 2);
}

static void publish(void)
{
	write_page(&page, &model);
}

static void assert_gives_up(void)
{
	assert_int_equal(clockbound_page_read(&page, vmclock, registered, &reading),
			 CLOCKBOUND_READ_BUSY);
	assert_int_equal(reading.status, CLOCKBOUND_STATUS_UNKNOWN);
	assert_unlimited();
	assert_in_range(fake_counter_reads, 1, CLOCKBOUND_READ_TRIES + 2);
}

static void publications_without_end(void **state)
{
	(void)state;
	at_counter = publish;
	assert_gives_up();
}

static void writer_stopped_in_the_middle(void **state)
{
	(void)state;
	page.model.seq |= 1;
	assert_gives_up();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_happens, setup),
		cmocka_unit_test_setup(disruption, setup),
		cmocka_unit_test_setup(new_generation, setup),
		cmocka_unit_test_setup(disruption_of_the_registered_page, setup),
		cmocka_unit_test_setup(unregistered_meanwhile, setup),
		cmocka_unit_test_setup(publication, setup),
		cmocka_unit_test_setup(publications_without_end, setup),
		cmocka_unit_test_setup(writer_stopped_in_the_middle, setup),
		cmocka_unit_test_setup(nothing_happens, setup_ordered),
		cmocka_unit_test_setup(disruption, setup_ordered),
		cmocka_unit_test_setup(new_generation, setup_ordered),
		cmocka_unit_test_setup(publication, setup_ordered),
		cmocka_unit_test_setup(publications_without_end, setup_ordered),
		cmocka_unit_test_setup(writer_stopped_in_the_middle, setup_ordered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
