// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log: the truth of any counter value in it, through steps of the clock,
 * changes of its rate, jumps, and after the ring has been round.
 */
#include "test.h"

#include "history.h"
#include "random.h"

#define NOW	1795000000000000000LL
#define STEP	20000000	/* ticks between samples; 2 ticks are 1 ns */

static struct history history;

FIXTURE(setup)
{
	return history_init(&history, 256) ? 0 : -1;
}

FIXTURE(teardown)
{
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

static const struct {
	clock_function clock;
	int first, last;
	__s64 width;
} truths[] = {
	/* The brackets are up to 400 ticks. */
	{ steady, 0, 99, 1000 },
	{ slewed, 0, 99, 6000 }, { slewed, 53, 99, 1000 },
	{ stepped, 0, 99, 3 * NSEC_PER_SEC }, { stepped, 0, 48, 1000 }, { stepped, 53, 99, 1000 },
	{ stepped_back, 0, 99, 3 * NSEC_PER_SEC }, { stepped_back, 53, 99, 1000 },
};

TEST_F(truth_of_a_clock)
{
	for (size_t i = 0; i < COUNT(truths); i++) {
		history.added = 0;
		fill(truths[i].clock, 100);
		assert_truth(truths[i].clock, truths[i].first, truths[i].last, truths[i].width);
	}
}

/* Two looks right after each other say little about the rate. */
TEST_F(truth_between_samples_in_pairs)
{
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

TEST_F(what_is_not_logged_is_not_known)
{
	__s64 earliest, latest;

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

TEST_F(the_sample_before)
{
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

/* The truth from @first to @last is about that much off a steady clock. */
static void assert_jumped(__u64 first, __u64 last, size_t jumps, __s64 least, __s64 most)
{
	__s64 earliest, latest;

	assert_true(history_truth(&history, first, last, jumps, &earliest, &latest));
	assert_in_range(steady(first) + least - earliest, 0, 1000);
	assert_in_range(latest - steady(last) - most, 0, 1000);
}

TEST_F(jumps_count_from_their_window_on)
{
	const struct jump forward = { 20ULL * STEP, 20ULL * STEP + 1000, 5000000 };
	const struct jump marker = { 30ULL * STEP, 30ULL * STEP + 1000, 0 };
	const struct jump back = { 40ULL * STEP, 40ULL * STEP + 1000, -7000000 };
	const __u64 within = forward.before + 500;

	fill(steady, 100);
	assert_true(history_add_jump(&history, &forward));
	assert_true(history_add_jump(&history, &marker));
	assert_true(history_add_jump(&history, &back));

	assert_jumped(forward.before - 1, forward.before - 1, JUMPS_ALL, 0, 0);
	/* In the window both are allowed, */
	assert_jumped(within, within, JUMPS_ALL, 0, 5000000);
	/* just as for a range that ends in it or begins in it, */
	assert_jumped(forward.before - 500, within, JUMPS_ALL, 0, 5000000);
	assert_jumped(within, forward.after + 500, JUMPS_ALL, 0, 5000000);
	/* after it only the new one, */
	assert_jumped(forward.after + 1, forward.after + 1, JUMPS_ALL, 5000000, 5000000);
	/* and after the last one the sum. */
	assert_jumped(back.after + 1, back.after + 1, JUMPS_ALL, -2000000, -2000000);
	/* As if only the first had happened */
	assert_jumped(back.after + 1, back.after + 1, 1, 5000000, 5000000);
}

TEST_F(there_is_an_end_to_jumps)
{
	const struct jump jump = { 0 };

	for (int i = 0; i < HISTORY_JUMPS; i++)
		assert_true(history_add_jump(&history, &jump));
	assert_false(history_add_jump(&history, &jump));
}

TEST_MAIN(NULL, NULL)
