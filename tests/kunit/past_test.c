// SPDX-License-Identifier: GPL-2.0-only
/*
 * The models that were in force.
 */
#include <kunit/test.h>
#include <linux/prandom.h>

#include "../../src/publish/past.h"

#define STARTS	(3 * CB_PAST_KEPT)

static struct cb_past *new_past(struct kunit *test, u64 since)
{
	struct cb_past *past = kunit_kzalloc(test, sizeof(*past), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, past);
	cb_past_forget(past, since);
	return past;
}

static void add(struct cb_past *past, u64 counter)
{
	struct clockbound_model model = { .counter_value = counter };

	cb_past_add(past, &model);
}

static void past_empty(struct kunit *test)
{
	struct cb_past *past = new_past(test, 5);

	KUNIT_EXPECT_NULL(test, cb_past_find(past, 5));
	add(past, 10);
	KUNIT_EXPECT_NULL(test, cb_past_find(past, 9));
	KUNIT_ASSERT_NOT_NULL(test, cb_past_find(past, 10));
	KUNIT_ASSERT_NOT_NULL(test, cb_past_find(past, 1ULL << 62));
	cb_past_forget(past, 20);
	KUNIT_EXPECT_EQ(test, past->since, 20ULL);
	KUNIT_EXPECT_NULL(test, cb_past_find(past, 20));
}

/* Against a look at every start, round after round through the ring. */
static void past_finds_the_last_start(struct kunit *test)
{
	/* The counter wraps on the way. */
	u64 counter = -20000ULL, *start;
	struct cb_past *past = new_past(test, counter);
	struct rnd_state rnd;
	int added, i;

	start = kunit_kcalloc(test, STARTS, sizeof(*start), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, start);
	prandom_seed_state(&rnd, 20261121);
	for (added = 0; added < STARTS; added++) {
		u64 wanted = counter - prandom_u32_state(&rnd) % 30000;
		const struct clockbound_model *found;

		start[added] = counter;
		add(past, counter);
		for (i = added; i >= 0 && (s64)(start[i] - wanted) > 0; i--)
			;
		found = cb_past_find(past, wanted);
		if (i < 0 || i + CB_PAST_KEPT <= added) {
			KUNIT_ASSERT_NULL(test, found);
		} else {
			KUNIT_ASSERT_NOT_NULL(test, found);
			KUNIT_ASSERT_EQ(test, found->counter_value, start[i]);
		}
		counter += 1 + prandom_u32_state(&rnd) % 40;
	}
}

static struct kunit_case past_cases[] = {
	KUNIT_CASE(past_empty),
	KUNIT_CASE(past_finds_the_last_start),
	{ }
};

static struct kunit_suite past_suite = {
	.name = "clockbound_past",
	.test_cases = past_cases,
};

kunit_test_suite(past_suite);
