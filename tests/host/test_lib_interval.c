// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be said for certain about readings, around leap seconds and where 64
 * bits end as well.
 */
#include "test.h"

#include <clockbound.h>

#define S	1000000000LL
#define DAY	(86400 * S)

static struct clockbound_reading reading_of(__s64 earliest, __s64 latest)
{
	return (struct clockbound_reading) {
		.earliest = earliest,
		.latest = latest,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
	};
}

static struct clockbound_reading with_tai(__s64 earliest, __s64 latest, __s32 offset)
{
	struct clockbound_reading reading = reading_of(earliest, latest);

	reading.flags = CLOCKBOUND_MODEL_TAI;
	reading.tai_offset = offset;
	return reading;
}

static const struct clockbound_reading unbounded = {
	.earliest = CLOCKBOUND_TIME_MIN,
	.latest = CLOCKBOUND_TIME_MAX,
};

/* In both directions. */
static void assert_order(struct clockbound_reading first, struct clockbound_reading second,
			 enum clockbound_order order)
{
	assert_int_equal(clockbound_reading_compare(&first, &second), order);
	assert_int_equal(clockbound_reading_compare(&second, &first), -(int)order);
}

TEST(bounded)
{
	struct clockbound_reading reading = { 0 };

	assert_int_equal(clockbound_reading_bounded(&reading), 0);
	reading.status = CLOCKBOUND_STATUS_SYNCHRONIZED;
	assert_int_equal(clockbound_reading_bounded(&reading), 1);
	reading.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	assert_int_equal(clockbound_reading_bounded(&reading), 1);
	reading.status = CLOCKBOUND_STATUS_DISRUPTED;
	assert_int_equal(clockbound_reading_bounded(&reading), 0);
}

TEST(width)
{
	const struct clockbound_reading point = reading_of(-5, -5), wide = reading_of(-5, 6);
	const struct clockbound_reading widest = reading_of(CLOCKBOUND_TIME_MIN + 1,
							    CLOCKBOUND_TIME_MAX);

	assert_true(clockbound_reading_width(&point) == 0);
	assert_true(clockbound_reading_width(&wide) == 11);
	assert_true(clockbound_reading_width(&widest) == UINT64_MAX - 1);
	assert_true(clockbound_reading_width(&unbounded) == UINT64_MAX);
}

TEST(against_a_time)
{
	const struct clockbound_reading reading = reading_of(100, 200);

	assert_int_equal(clockbound_reading_before(&reading, 201), 1);
	assert_int_equal(clockbound_reading_before(&reading, 200), 0);
	assert_int_equal(clockbound_reading_before(&reading, 99), 0);
	assert_int_equal(clockbound_reading_after(&reading, 99), 1);
	assert_int_equal(clockbound_reading_after(&reading, 100), 0);
	assert_int_equal(clockbound_reading_after(&reading, 201), 0);
}

TEST(unbounded_is_before_nothing)
{
	static const __s64 times[] = { CLOCKBOUND_TIME_MIN, -1, 0, 1, CLOCKBOUND_TIME_MAX };
	size_t i;

	for (i = 0; i < COUNT(times); i++) {
		assert_int_equal(clockbound_reading_before(&unbounded, times[i]), 0);
		assert_int_equal(clockbound_reading_after(&unbounded, times[i]), 0);
		assert_order(unbounded, reading_of(times[i], times[i]),
			     CLOCKBOUND_ORDER_UNDECIDED);
		assert_order(unbounded, with_tai(times[i], times[i], 37),
			     CLOCKBOUND_ORDER_UNDECIDED);
	}
	assert_order(unbounded, unbounded, CLOCKBOUND_ORDER_UNDECIDED);
}

TEST(two_readings)
{
	assert_order(reading_of(100, 200), reading_of(201, 300), CLOCKBOUND_ORDER_BEFORE);
	assert_order(reading_of(100, 200), reading_of(200, 300), CLOCKBOUND_ORDER_UNDECIDED);
	assert_order(reading_of(100, 400), reading_of(200, 300), CLOCKBOUND_ORDER_UNDECIDED);
	assert_order(reading_of(100, 100), reading_of(100, 100), CLOCKBOUND_ORDER_UNDECIDED);
	assert_order(reading_of(-3 * S, -2 * S), reading_of(1 - 2 * S, 5), CLOCKBOUND_ORDER_BEFORE);
	assert_order(with_tai(100, 200, 37), with_tai(201, 300, 37), CLOCKBOUND_ORDER_BEFORE);
	assert_order(with_tai(100, 200, 37), with_tai(200, 300, 37),
		     CLOCKBOUND_ORDER_UNDECIDED);
	assert_order(reading_of(CLOCKBOUND_TIME_MIN, CLOCKBOUND_TIME_MIN),
		     reading_of(CLOCKBOUND_TIME_MAX, CLOCKBOUND_TIME_MAX),
		     CLOCKBOUND_ORDER_BEFORE);
}

static void assert_tai(struct clockbound_reading reading, __s64 earliest, __s64 latest)
{
	__s64 e, l;

	assert_int_equal(clockbound_reading_tai(&reading, &e, &l), 1);
	assert_true(e == earliest);
	assert_true(l == latest);
}

TEST(tai)
{
	struct clockbound_reading reading = reading_of(100, 200);
	__s64 e = 1, l = 1;

	assert_tai(with_tai(100, 200, 37), 37 * S + 100, 37 * S + 200);
	assert_tai(with_tai(100, 200, -1), -S + 100, -S + 200);

	assert_int_equal(clockbound_reading_tai(&reading, &e, &l), 0);
	assert_true(e == CLOCKBOUND_TIME_MIN && l == CLOCKBOUND_TIME_MAX);
	e = 1;
	l = 1;
	assert_int_equal(clockbound_reading_tai(&unbounded, &e, &l), 0);
	assert_true(e == CLOCKBOUND_TIME_MIN && l == CLOCKBOUND_TIME_MAX);
}

TEST(tai_where_64_bits_end)
{
	assert_tai(with_tai(CLOCKBOUND_TIME_MAX - 5, CLOCKBOUND_TIME_MAX - 1, 37),
		   CLOCKBOUND_TIME_MAX, CLOCKBOUND_TIME_MAX);
	assert_tai(with_tai(CLOCKBOUND_TIME_MIN, CLOCKBOUND_TIME_MIN + 1, INT32_MIN),
		   CLOCKBOUND_TIME_MIN, CLOCKBOUND_TIME_MIN);
	assert_tai(with_tai(0, 0, INT32_MAX), INT32_MAX * S, INT32_MAX * S);
}

TEST(tai_in_a_leap_second)
{
	struct clockbound_reading reading = with_tai(DAY - S, DAY, 37);

	reading.flags |= CLOCKBOUND_MODEL_LEAP;
	reading.leap_earliest = DAY - 10;
	reading.leap_latest = DAY + 20;
	assert_tai(reading, DAY + 37 * S - 10, DAY + 37 * S + 20);
}

/*
 * An inserted leap second repeats UTC's last second of the day: the moments in it
 * are ordered by TAI only.
 */
TEST(across_a_leap_second)
{
	const __s64 first_pass = 3 * DAY - 100, second_pass = 3 * DAY - 500;
	struct clockbound_reading within = with_tai(3 * DAY - S, 3 * DAY, 37);

	assert_order(with_tai(first_pass, first_pass + 1, 37),
		     with_tai(second_pass, second_pass + 1, 38), CLOCKBOUND_ORDER_BEFORE);
	assert_order(reading_of(first_pass, first_pass + 1),
		     reading_of(second_pass, second_pass + 1), CLOCKBOUND_ORDER_UNDECIDED);
	assert_order(with_tai(first_pass, first_pass + 1, 37),
		     reading_of(second_pass, second_pass + 1), CLOCKBOUND_ORDER_UNDECIDED);

	within.flags |= CLOCKBOUND_MODEL_LEAP;
	within.leap_earliest = 3 * DAY - 10;
	within.leap_latest = 3 * DAY + 10;
	assert_order(with_tai(first_pass, first_pass + 1, 37), within,
		     CLOCKBOUND_ORDER_BEFORE);
	assert_order(within, with_tai(second_pass, second_pass + 1, 38),
		     CLOCKBOUND_ORDER_BEFORE);
	/* Its UTC contains both passes. */
	within.flags = 0;
	assert_order(reading_of(first_pass, first_pass + 1), within,
		     CLOCKBOUND_ORDER_UNDECIDED);
	assert_order(reading_of(second_pass, second_pass + 1), within,
		     CLOCKBOUND_ORDER_UNDECIDED);
}

/* Without TAI: the last second of a UTC day, and nothing else, is not decided. */
TEST(last_second_of_the_day)
{
	static const __s64 midnights[] = { 0, DAY, -DAY, 20000 * DAY };
	size_t i;

	for (i = 0; i < COUNT(midnights); i++) {
		__s64 m = midnights[i];

		assert_order(reading_of(m - S, m - S), reading_of(m - 1, m - 1),
			     CLOCKBOUND_ORDER_UNDECIDED);
		assert_order(reading_of(m - S - 1, m - S - 1), reading_of(m - S, m - S),
			     CLOCKBOUND_ORDER_BEFORE);
		assert_order(reading_of(m - 1, m - 1), reading_of(m, m),
			     CLOCKBOUND_ORDER_BEFORE);
		assert_order(reading_of(m, m), reading_of(m + 1, m + 1),
			     CLOCKBOUND_ORDER_BEFORE);
		assert_order(with_tai(m - S, m - S, 37), with_tai(m - 1, m - 1, 37),
			     CLOCKBOUND_ORDER_BEFORE);
	}
}

TEST_MAIN(NULL, NULL)
