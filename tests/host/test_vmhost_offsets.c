// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log of the handshakes: what the offset was around a counter value.
 */
#include "test.h"

#include "offsets.h"

static struct offsets offsets;

FIXTURE(setup)
{
	offsets.added = 0;
	offsets.lost = false;
	return 0;
}

static void add(__u64 first, __s64 min, __s64 max)
{
	const struct measurement measurement = {
		.offset = { .min = min, .max = max, .rounds = 1 },
		.first = first,
		.last = first + 10,
	};

	offsets_add(&offsets, &measurement);
}

static void assert_around(__u64 counter, int sides, __s64 min, __s64 max)
{
	struct offset hull;

	assert_int_equal(offsets_around(&offsets, counter, &hull), sides);
	if (!sides)
		return;
	assert_int_equal(hull.min, min);
	assert_int_equal(hull.max, max);
}

TEST_WITH(a_moment_is_dated_by_both_sides, setup, NULL)
{
	assert_around(100, 0, 0, 0);
	add(1000, 5, 7);
	add(2000, 6, 9);
	add(3000, 50, 52);
	assert_around(999, 0, 0, 0);
	assert_around(1000, 2, 5, 7);
	assert_around(1010, 2, 5, 7);
	assert_around(1011, 2, 5, 9);
	assert_around(1999, 2, 5, 9);
	assert_around(2005, 2, 6, 9);
	assert_around(2500, 2, 6, 52);
	assert_around(3010, 2, 50, 52);
	assert_around(3011, 1, 50, 52);
	assert_around(~0ULL >> 2, 1, 50, 52);
}

TEST_WITH(counters_wrap, setup, NULL)
{
	add(-20ULL, 1, 2);
	add(1000, 3, 4);
	assert_around(-30ULL, 0, 0, 0);
	assert_around(5, 2, 1, 4);
	assert_around(2000, 1, 3, 4);
}

TEST_WITH(the_oldest_are_forgotten, setup, NULL)
{
	for (int i = 0; i <= OFFSETS_KEPT; i++)
		add(1000 * i, i, i);
	assert_around(500, 0, 0, 0);
	assert_around(1500, 2, 1, 2);
	assert_around(1000 * OFFSETS_KEPT - 1, 2, OFFSETS_KEPT - 1, OFFSETS_KEPT);
	assert_around(1000 * OFFSETS_KEPT + 11, 1, OFFSETS_KEPT, OFFSETS_KEPT);
}

TEST_WITH(the_same_again_takes_no_room, setup, NULL)
{
	for (int i = 0; i < 3 * OFFSETS_KEPT; i++)
		add(1000 * i, 5, 7);
	assert_int_equal(offsets.added, 1);
	assert_around(0, 2, 5, 7);
	assert_around(1500, 2, 5, 7);
	assert_around(3000 * OFFSETS_KEPT, 1, 5, 7);
	add(4000 * OFFSETS_KEPT, 5, 8);
	assert_around(3500 * OFFSETS_KEPT, 2, 5, 8);
}

TEST_WITH(nothing_is_dated_across_a_loss, setup, NULL)
{
	offsets_lost(&offsets);
	add(1000, 5, 7);
	add(2000, 6, 9);
	offsets_lost(&offsets);
	assert_around(1500, 2, 5, 9);
	assert_around(2005, 2, 6, 9);
	assert_around(2011, 0, 0, 0);
	add(3000, -50, -48);
	assert_around(1500, 2, 5, 9);
	assert_around(2500, 0, 0, 0);
	assert_around(3005, 2, -50, -48);
	assert_around(4000, 1, -50, -48);
	/* Also if it happens to be the same one */
	offsets_lost(&offsets);
	offsets_lost(&offsets);
	add(5000, -50, -48);
	assert_around(4000, 0, 0, 0);
	assert_around(1500, 2, 5, 9);
}

TEST_WITH(what_comes_twice_is_dated_once, setup, NULL)
{
	add(1000, 5, 7);
	add(2000, 6, 9);
	offsets_lost(&offsets);
	add(1500, -50, -48);
	assert_around(1200, 0, 0, 0);
	assert_around(1505, 2, -50, -48);
	assert_around(1800, 1, -50, -48);
	add(2500, -51, -48);
	assert_around(1800, 2, -51, -48);
}

TEST_MAIN(NULL, NULL)
