// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log: the truth of any counter value in it, through steps of the clock,
 * changes of its rate, jumps, and after the ring has been round.
 */
#include "vmhost_test.h"

#include "history.h"

#define NOW	1795000000000000000LL
#define STEP	20000000	/* ticks between samples; 2 ticks are 1 ns */

static struct history history;

static int setup(void **state)
{
	(void)state;
	return history_init(&history, 256) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	history_free(&history);
	return 0;
}

/* The clock of a test, as a function of the counter, exact in half ns. */
typedef __s64 (*clock_function)(__u64 counter);

static __s64 steady(__u64 counter)
{
	return NOW + counter / 2;
}

/* From counter 50 STEP on 400 ppm faster. */
static __s64 slewed(__u64 counter)
{
	const __u64 bend = 50 * STEP + 12345;

	return steady(counter) +
		(counter > bend ? (counter - bend) / 5000 : 0);
}

/* A second forward somewhere between two samples. */
static __s64 stepped(__u64 counter)
{
	return steady(counter) +
		(counter > 50 * STEP + STEP / 2 ? NSEC_PER_SEC : 0);
}

static __s64 stepped_back(__u64 counter)
{
	return steady(counter) -
		(counter > 50 * STEP + STEP / 2 ? NSEC_PER_SEC : 0);
}

static void fill(clock_function clock, int count)
{
	for (int i = 0; i < count; i++) {
		__u64 before = (__u64)STEP * i;
		__u64 read_at = before + random_below(200);
		const struct sample sample = {
			.before = before,
			.after = read_at + random_below(200),
			.realtime = clock(read_at),
		};

		history_add(&history, &sample);
	}
}

/* Asks for values between sample @first and @last; no wider than @width. */
static void assert_truth(clock_function clock, int first, int last, __s64 width)
{
	for (int i = 0; i < 20000; i++) {
		__u64 counter = (__u64)first * STEP +
				random_below((__u64)(last - first) * STEP);
		__s64 earliest, latest;

		assert_true(history_truth(&history, counter, counter, JUMPS_ALL,
					  &earliest, &latest));
		assert_true(earliest <= clock(counter));
		assert_true(latest >= clock(counter));
		assert_true(latest - earliest <= width);
	}
}

static void truth_of_a_steady_clock(void **state)
{
	(void)state;
	fill(steady, 100);
	/* The brackets are up to 400 ticks. */
	assert_truth(steady, 0, 99, 1000);
}

/* Two looks right after each other say little about the rate. */
static void truth_between_samples_in_pairs(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		__u64 before = (__u64)STEP * (i / 2) + (i % 2) * 2000;
		const struct sample sample = {
			.before = before,
			.after = before + 400,
			.realtime = steady(before + random_below(400)),
		};

		history_add(&history, &sample);
	}
	assert_truth(steady, 0, 99, 1500);
}

static void truth_of_a_slewed_clock(void **state)
{
	(void)state;
	fill(slewed, 100);
	assert_truth(slewed, 0, 99, 6000);
	assert_truth(slewed, 53, 99, 1000);
}

static void truth_of_a_clock_that_was_set(void **state)
{
	(void)state;
	fill(stepped, 100);
	assert_truth(stepped, 0, 99, 3 * NSEC_PER_SEC);
	assert_truth(stepped, 0, 48, 1000);
	assert_truth(stepped, 53, 99, 1000);
	history.added = 0;
	fill(stepped_back, 100);
	assert_truth(stepped_back, 0, 99, 3 * NSEC_PER_SEC);
	assert_truth(stepped_back, 53, 99, 1000);
}

static void what_is_not_logged_is_not_known(void **state)
{
	__s64 earliest, latest;

	(void)state;
	assert_false(history_truth(&history, 0, 0, 0, &earliest, &latest));
	fill(steady, 1);
	assert_false(history_truth(&history, 1, 1, 0, &earliest, &latest));
	history.added = 0;
	fill(steady, 1000);	/* the last 256 are kept */
	assert_false(history_truth(&history, 743ULL * STEP, 743ULL * STEP, 0,
				   &earliest, &latest));
	assert_false(history_truth(&history, 999ULL * STEP + 500,
				   999ULL * STEP + 500, 0, &earliest, &latest));
	assert_false(history_truth(&history, ~0ULL, 5, 0, &earliest, &latest));
	assert_truth(steady, 744, 999, 1000);
}

static void the_sample_before(void **state)
{
	(void)state;
	assert_null(history_last(&history));
	assert_null(history_before(&history, ~0ULL));
	fill(steady, 1000);
	assert_int_equal(history_last(&history)->before, 999ULL * STEP);
	assert_int_equal(history_before(&history, ~0ULL)->before, 999ULL * STEP);
	assert_int_equal(history_before(&history, 800ULL * STEP - 1)->before,
			 799ULL * STEP);
	/* Begun, but not complete */
	assert_int_equal(history_before(&history, 800ULL * STEP)->after >
			 800ULL * STEP, 0);
	assert_null(history_before(&history, 744ULL * STEP - 1));
}

static void jumps_count_from_their_window_on(void **state)
{
	const struct jump forward = { 20ULL * STEP, 20ULL * STEP + 1000, 5000000 };
	const struct jump marker = { 30ULL * STEP, 30ULL * STEP + 1000, 0 };
	const struct jump back = { 40ULL * STEP, 40ULL * STEP + 1000, -7000000 };
	__s64 earliest, latest;
	__u64 counter;

	(void)state;
	fill(steady, 100);
	assert_true(history_add_jump(&history, &forward));
	assert_true(history_add_jump(&history, &marker));
	assert_true(history_add_jump(&history, &back));

	counter = forward.before - 1;
	assert_true(history_truth(&history, counter, counter, JUMPS_ALL,
				  &earliest, &latest));
	assert_in_range(latest - steady(counter), 0, 1000);

	/* In the window both are allowed, */
	counter = forward.before + 500;
	assert_true(history_truth(&history, counter, counter, JUMPS_ALL,
				  &earliest, &latest));
	assert_true(earliest <= steady(counter));
	assert_true(latest >= steady(counter) + 5000000);

	/* just as for a range that ends in it or begins in it, */
	assert_true(history_truth(&history, forward.before - 500, counter,
				  JUMPS_ALL, &earliest, &latest));
	assert_true(latest >= steady(counter) + 5000000);
	assert_true(history_truth(&history, counter, forward.after + 500,
				  JUMPS_ALL, &earliest, &latest));
	assert_true(earliest <= steady(counter));

	/* after it only the new one, */
	counter = forward.after + 1;
	assert_true(history_truth(&history, counter, counter, JUMPS_ALL,
				  &earliest, &latest));
	assert_in_range(earliest - steady(counter), 5000000 - 1000, 5000000);
	assert_in_range(latest - steady(counter), 5000000, 5000000 + 1000);

	/* and after the last one the sum. */
	counter = back.after + 1;
	assert_true(history_truth(&history, counter, counter, JUMPS_ALL,
				  &earliest, &latest));
	assert_in_range(latest - steady(counter) + 2000000, 0, 1000);

	/* As if only the first had happened */
	assert_true(history_truth(&history, counter, counter, 1, &earliest,
				  &latest));
	assert_in_range(latest - steady(counter), 5000000, 5000000 + 1000);
}

static void there_is_an_end_to_jumps(void **state)
{
	const struct jump jump = { 0 };

	(void)state;
	for (int i = 0; i < HISTORY_JUMPS; i++)
		assert_true(history_add_jump(&history, &jump));
	assert_false(history_add_jump(&history, &jump));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(truth_of_a_steady_clock, setup,
						teardown),
		cmocka_unit_test_setup_teardown(truth_between_samples_in_pairs,
						setup, teardown),
		cmocka_unit_test_setup_teardown(truth_of_a_slewed_clock, setup,
						teardown),
		cmocka_unit_test_setup_teardown(truth_of_a_clock_that_was_set,
						setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_logged_is_not_known,
						setup, teardown),
		cmocka_unit_test_setup_teardown(the_sample_before, setup,
						teardown),
		cmocka_unit_test_setup_teardown(jumps_count_from_their_window_on,
						setup, teardown),
		cmocka_unit_test_setup_teardown(there_is_an_end_to_jumps, setup,
						teardown),
	};

	return cmocka_run_group_tests_name("vmhost history", tests, NULL, NULL);
}
