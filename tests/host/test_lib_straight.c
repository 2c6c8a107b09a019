// SPDX-License-Identifier: GPL-2.0-only
/*
 * The straight way of a reading and the long one: whatever the page holds, they say
 * the same to the last bit, or the straight one says nothing.
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

#define ROUNDS		2000000
/* So many of them must be readings with a bound, taken the straight way. */
#define STRAIGHT_MIN	(ROUNDS / 20)

static struct clockbound_page page = { .features = CLOCKBOUND_FEATURE_RDTSCP };
static __u64 vmclock[512];
static __u64 random_state = 88172645463325252ULL;

/* xorshift64: the same numbers each time. */
static __u64 random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* One in @n. */
static int sometimes(unsigned int n)
{
	return random64() % n == 0;
}

/* Of any magnitude, and often at an end of the range. */
static __u64 wide(void)
{
	if (sometimes(8))
		return sometimes(2) ? 0 : ~0ULL;
	return random64() >> random64() % 64;
}

static __u64 ticks(void)
{
	return sometimes(8) ? wide() : 1ULL << random64() % 63;
}

/* All that clockbound_eval() takes: a distance shifted stays below 2^63. */
static void random_model(struct clockbound_model *model)
{
	*model = (struct clockbound_model) {
		.status = random64() % 4,
		.counter_shift = sometimes(8) ? random64() % 32 : 0,
		.leap = sometimes(8) ? (sometimes(2) ? 1 : -1) : 0,
		.leap_day = (__u16)random64(),
		.flags = sometimes(8) ? random64() & 0x1f : random64() & 0x3,
		.tai_offset = (__s32)random64(),
		.counter_value = wide(),
		.earliest = (__s64)wide(),
		.latest = (__s64)wide(),
		.earliest_rate = wide(),
		.latest_rate = wide(),
		.valid_ticks = ticks(),
		.disruption_marker = sometimes(2),
		.vm_generation = sometimes(2),
		.earliest_frac = wide(),
		.latest_frac = wide(),
		.synchronized_ticks = ticks(),
	};
	if (model->synchronized_ticks > INT64_MAX)
		model->synchronized_ticks = INT64_MAX;
	if (model->valid_ticks > 1ULL << 61 >> model->counter_shift)
		model->valid_ticks = 1ULL << 61 >> model->counter_shift;
}

/* What is not valid counts as well: both leave it as it is. */
static void the_same_or_nothing(void **state)
{
	unsigned long straight = 0;
	int round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		struct clockbound_model model;
		struct clockbound_reading quick, thorough;
		const void *mapped = sometimes(8) ? NULL : vmclock;

		random_model(&model);
		write_page(&page, &model);
		vmclock[CLOCKBOUND_VMCLOCK_MARKER / 8] = sometimes(4);
		vmclock[CLOCKBOUND_VMCLOCK_GENERATION / 8] = sometimes(4);
		fake_counter = model.counter_value + (sometimes(8) ? wide() : ticks() / 2);

		memset(&quick, 0xa5, sizeof(quick));
		memset(&thorough, 0xa5, sizeof(thorough));
		if (!clockbound_page_read_straight(&page, mapped, &quick))
			continue;
		straight++;
		assert_int_equal(clockbound_page_read_any(&page, mapped, NULL, &thorough),
				 CLOCKBOUND_READ_OK);
		assert_memory_equal(&quick, &thorough, sizeof(quick));
	}
	assert_in_range(straight, STRAIGHT_MIN, ROUNDS);
}

/* What the straight way is for is not left to the long one. */
static void taken_where_it_can_be(void **state)
{
	struct clockbound_model model = {
		.status = CLOCKBOUND_STATUS_FREE_RUNNING,
		.valid_ticks = 2,
		.disruption_marker = 7,
		.vm_generation = 8,
	};
	const int straight_flags = CLOCKBOUND_MODEL_VMCLOCK | CLOCKBOUND_MODEL_TAI;
	struct clockbound_reading reading;
	int flags;

	(void)state;
	fake_counter = 1;
	for (flags = 0; flags < 1 << 16; flags++) {
		model.flags = (__u16)flags;
		write_page(&page, &model);
		vmclock[CLOCKBOUND_VMCLOCK_MARKER / 8] = 7;
		vmclock[CLOCKBOUND_VMCLOCK_GENERATION / 8] = 8;
		assert_int_equal(clockbound_page_read_straight(&page, vmclock, &reading),
				 !(flags & ~straight_flags));
		assert_int_equal(clockbound_page_read_straight(&page, NULL, &reading),
				 !(flags & ~straight_flags) && !(flags & CLOCKBOUND_MODEL_VMCLOCK));
		vmclock[CLOCKBOUND_VMCLOCK_GENERATION / 8] = 9;
		assert_int_equal(clockbound_page_read_straight(&page, vmclock, &reading),
				 !(flags & ~straight_flags) && !(flags & CLOCKBOUND_MODEL_VMCLOCK));
	}
}

/* How many ticks after the model's start readings are taken the straight way. */
static __u64 straight_for(const struct clockbound_model *model)
{
	struct clockbound_reading reading;
	__u64 ticks = 0;

	write_page(&page, model);
	for (fake_counter = model->counter_value;
	     clockbound_page_read_straight(&page, NULL, &reading); fake_counter++)
		ticks++;
	return ticks;
}

static void as_long_as_it_can_be(void **state)
{
	struct clockbound_model model = {
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.counter_value = 1000,
		.valid_ticks = 20,
		.synchronized_ticks = 10,
	};

	(void)state;
	assert_int_equal(straight_for(&model), 10);
	model.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	assert_int_equal(straight_for(&model), 20);
	model.counter_shift = 1;
	assert_int_equal(straight_for(&model), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_long_as_it_can_be),
		cmocka_unit_test(the_same_or_nothing),
		cmocka_unit_test(taken_where_it_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
