// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether somebody else has set or tuned the clock: a machine with a chronyd, and what may
 * happen to it between two exchanges.
 */
#include "test.h"

#include <linux/clockbound.h>
#include <math.h>
#include <string.h>

#include "continuity.h"
#include "random.h"

/* Exact to a small part of a nanosecond in a thousand seconds. */
typedef long double real_t;

#define SECOND	1000000000LL
#define MS	1000000LL
#define US	1000LL
#define DAY	(86400 * SECOND)
/* Noon of some day */
#define TIME	(19000 * DAY + DAY / 2)

/**
 * struct world - the clocks, and what chronyd thinks of them
 * @raw: CLOCK_MONOTONIC_RAW, ns
 * @cooked: chronyd's clock then, ns after TIME
 * @frequency: the clock runs so fast without corrections, by chronyd, ppm
 * @tuned: and so much faster by somebody else, ppm
 * @correction: what is still to be slewed, s
 * @offset: of the last measurement, s
 * @interval: from the one before to it, s
 * @ref_time: of it, ns
 * @bounded: chronyd is synchronized, and states
 * @bound: this, s
 * @leap: and this
 * @looks: the error of a look at the clocks, ns
 */
struct world {
	__u64 raw;
	real_t cooked;
	double frequency;
	double tuned;
	double correction;
	double offset;
	double interval;
	__s64 ref_time;
	bool bounded;
	double bound;
	__u16 leap;
	__u64 looks;
};

static struct world world;
static struct continuity continuity;
static struct estimate estimate;

FIXTURE(setup)
{
	memset(&continuity, 0, sizeof(continuity));
	world = (struct world){
		.raw = 5000 * SECOND,
		.frequency = 20,
		.interval = 64,
		.offset = 0.000001,
		.ref_time = TIME - SECOND,
		.bounded = true,
		.bound = 0.001,
		.looks = 50,
	};
	return 0;
}

static void pass(__s64 ns)
{
	world.raw += ns;
	world.cooked += ns * (1 - world.frequency * 0.000001L + world.tuned * 0.000001L);
}

/* chronyd measures: its clock was ahead by this, and the frequency is another one. */
static void measure(double offset, double frequency, double interval)
{
	world.cooked -= offset * 1e9L;
	world.correction -= offset;
	world.offset = offset;
	world.frequency = frequency;
	world.interval = interval;
	world.ref_time = TIME + (__s64)world.cooked - 10 * MS;
}

static struct chrony_float wire(double value)
{
	int exponent;

	if (!value)
		return (struct chrony_float){ 0, -25 };
	frexp(value, &exponent);
	exponent -= 24;
	return (struct chrony_float){ (__s32)round(ldexp(value, -exponent)), exponent };
}

static bool exchange(void)
{
	struct look look = {
		.raw = world.raw,
		.realtime = TIME + (__s64)floorl(world.cooked - world.correction * 1e9L),
		.error = world.looks,
		.tick = 10000,
	};
	struct exchange exchange = {
		.sent = look,
		.received = look,
		.said = {
			.ref_id = 1,
			.leap = world.leap,
			.ref_time = world.ref_time,
			.current_correction = wire(world.correction),
			.last_offset = wire(world.offset),
			.last_update_interval = wire(world.interval),
			.frequency = wire(world.frequency),
			.root_dispersion = wire(world.bound),
		},
	};

	exchange.sent.raw -= 10 * US;
	exchange.sent.realtime -= 10 * US;
	assert_true(estimate_chrony(&exchange, 1000, &estimate));
	return continuity_judge(&continuity, &exchange, &estimate, world.bounded);
}

TEST_WITH(nothing_happens, setup, NULL)
{
	__u64 bound;
	int i;

	assert_true(exchange());
	bound = estimate.bound;
	for (i = 0; i < 60; i++) {
		pass(SECOND);
		assert_true(exchange());
		/* What is off is the rounding */
		assert_in_range(estimate.bound, bound, bound + 5);
		assert_int_equal(estimate.max_drift, 1001);
	}
	/* However long nobody has asked, and however slowly it is slewed */
	pass(1000 * SECOND);
	world.correction = 0.001;
	assert_true(exchange());
	assert_in_range(estimate.bound, bound, bound + 5);
}

/* Not by much: chronyd's bound is a thousand times of that. */
TEST_WITH(steps, setup, NULL)
{
	static const __s64 sizes[] = { 20 * US, MS, 5 * SECOND, 3600 * SECOND };
	size_t i;

	for (i = 0; i < 4; i++) {
		setup(NULL);
		assert_true(exchange());
		pass(SECOND);
		world.cooked += sizes[i];
		assert_false(exchange());
		pass(SECOND);
		assert_true(exchange());
		pass(SECOND);
		world.cooked -= sizes[i];
		assert_false(exchange());
		/* A measurement does not explain it */
		pass(SECOND);
		assert_true(exchange());
		pass(SECOND);
		world.cooked += sizes[i];
		measure(0.000002, 20, 64);
		assert_false(exchange());
	}
}

TEST_WITH(tuned, setup, NULL)
{
	static const double rates[] = { 100, -100, 20, -20 };
	size_t i;

	for (i = 0; i < 4; i++) {
		setup(NULL);
		assert_true(exchange());
		world.tuned = rates[i];
		pass(SECOND);
		assert_false(exchange());
		pass(100 * MS);
		/* It is off by 10 or 2 us then */
		assert_false(exchange());
		pass(SECOND);
		assert_false(exchange());
	}
}

/* From one question to the next it is less than the looks may be wrong. */
TEST_WITH(tuned_among_questions, setup, NULL)
{
	int i;

	(void)state;
	world.looks = 5 * US;
	assert_true(exchange());
	for (i = 0; i < 10; i++) {
		pass(100 * MS);
		assert_true(exchange());
	}
	world.tuned = 100;
	i = 0;
	do {
		pass(100 * MS);
		i++;
	} while (exchange() && i < 100);
	assert_in_range(i, 2, 10);
}

/*
 * As little as a compensation of temperature: nobody can tell, so all of it is counted, at
 * any time.
 */
TEST_WITH(tuned_a_little, setup, NULL)
{
	real_t off;
	int i;

	assert_true(exchange());
	world.tuned = 5;
	for (i = 1; i < 100; i++) {
		pass(SECOND);
		assert_true(exchange());
		off = i * 5000;
		assert_in_range(estimate.bound, MS + off, MS + off + US);
		/* The rate is wrong by that, less what the looks are */
		assert_in_range(estimate.max_drift, 1000 + 4600, 1001 + 5001);
	}
	/* What it measures next contains what was before; the rate is still wrong */
	pass(SECOND);
	measure(0.000500, 20, 100);
	assert_true(exchange());
	/* When it was measured, nobody knows: of this second, all is counted once more */
	assert_in_range(estimate.bound, MS + 5 * US, MS + 6 * US);
	assert_in_range(estimate.max_drift, 1000 + 4600, 1001 + 5001);
	world.tuned = 0;
	pass(SECOND);
	assert_true(exchange());
}

TEST_WITH(measurements, setup, NULL)
{
	static const struct {
		__s64 before;
		double offset, frequency;
		__s64 after, set;
		bool good;
	} table[] = {
		{ SECOND, 0.003, 20, 0, 0, true },
		{ SECOND, -0.003, 20, 0, 0, true },
		/* Nobody says at which moment the frequency became another one */
		{ SECOND / 2, 0.001, 50, SECOND / 2, 0, true },
		{ SECOND, 0.001, -50, 0, 0, true },
		/* 40 ms at once: a slew begins too late by a part of a millisecond */
		{ SECOND, -0.040, -50, 0, 30 * US, true },
		/* And not by 50 ms of 8 % */
		{ SECOND, 0.040, -50, 0, 4 * MS, false },
	};
	size_t i;

	assert_true(exchange());
	for (i = 0; i < COUNT(table); i++) {
		pass(table[i].before);
		measure(table[i].offset, table[i].frequency, 64);
		pass(table[i].after);
		world.cooked += table[i].set;
		assert_int_equal(exchange(), table[i].good);
	}
}

/* The last offset does not tell of the one before: the bounds do. */
TEST_WITH(several_measurements, setup, NULL)
{
	assert_true(exchange());
	pass(SECOND / 2);
	measure(0.000900, 20, 64);
	pass(SECOND / 2);
	measure(0.000001, 20, 0.5);
	assert_true(exchange());
	pass(SECOND / 2);
	measure(0.003, 20, 0.5);
	pass(SECOND / 2);
	measure(0.000001, 20, 0.5);
	assert_false(exchange());
	/* There was one only, if the one before is from before the last exchange */
	pass(SECOND);
	assert_true(exchange());
	pass(SECOND);
	world.cooked += 900 * US;
	measure(0.000001, 20, 1.1);
	assert_false(exchange());
	/* The first one has no interval */
	pass(SECOND);
	measure(0.000001, 20, 0);
	world.cooked += 900 * US;
	assert_false(exchange());
}

/* It is not synchronized, measures, and is. */
TEST_WITH(first_measurement, setup, NULL)
{
	world.bounded = false;
	world.ref_time = 0;
	assert_true(exchange());
	pass(100 * MS);
	assert_true(exchange());
	pass(100 * MS);
	world.bounded = true;
	measure(0.3, 20, 0);
	assert_true(exchange());
	pass(100 * MS);
	measure(0.001, 20, 0.25);
	assert_true(exchange());
}

/* Another chronyd: the correction is forgotten. */
TEST_WITH(restarted, setup, NULL)
{
	measure(0.030, 20, 64);
	assert_true(exchange());
	pass(SECOND);
	assert_true(exchange());
	pass(SECOND);
	world.cooked += 30 * MS;
	world.correction = 0;
	world.offset = 0;
	world.interval = 0;
	world.ref_time = 0;
	world.bounded = false;
	assert_false(exchange());
}

/* What is announced, how long before midnight, by what the clock is set in the next second. */
TEST_WITH(leap_seconds, setup, NULL)
{
	static const struct {
		__u16 leap;
		__s64 before, set;
		bool good;
	} table[] = {
		{ CHRONY_LEAP_INSERT, SECOND / 2, -SECOND, true },
		{ CHRONY_LEAP_DELETE, 3 * SECOND / 2, SECOND, true },
		/* Nothing happens, later or not at all */
		{ CHRONY_LEAP_INSERT, SECOND / 2, 0, true },
		/* Another second than that */
		{ CHRONY_LEAP_INSERT, SECOND / 2, SECOND, false },
		{ CHRONY_LEAP_NORMAL, SECOND / 2, -SECOND, false },
		{ CHRONY_LEAP_INSERT, 3600 * SECOND, -SECOND, false },
	};
	size_t i;

	for (i = 0; i < COUNT(table); i++) {
		setup(NULL);
		world.leap = table[i].leap;
		world.cooked = DAY / 2 - table[i].before;
		world.ref_time += DAY / 2;
		assert_true(exchange());
		pass(SECOND);
		world.cooked += table[i].set;
		if (table[i].set < 0)
			world.leap = CHRONY_LEAP_NORMAL;
		assert_int_equal(exchange(), table[i].good);
	}
}

/* When the clock is set back, a measurement looks younger than it is. */
TEST_WITH(ages, setup, NULL)
{
	assert_true(exchange());
	assert_int_equal(continuity_age(&continuity, 30 * SECOND), 30 * SECOND);
	pass(SECOND);
	world.cooked -= 28 * SECOND;
	assert_false(exchange());
	assert_int_equal(continuity_age(&continuity, 3 * SECOND), 3 * SECOND);
	pass(SECOND);
	exchange();
	assert_int_equal(continuity_age(&continuity, 4 * SECOND), 4 * SECOND);
	/* One that was seen once does not become younger, nor older by the rounding */
	pass(SECOND);
	exchange();
	assert_int_equal(continuity_age(&continuity, 2 * SECOND), 5 * SECOND);
	assert_int_equal(continuity_age(&continuity, 6 * SECOND), 6 * SECOND);
	assert_int_equal(continuity_age(&continuity, 5 * SECOND), 6 * SECOND);
	pass(SECOND);
	measure(0.000001, 20, 64);
	exchange();
	assert_int_equal(continuity_age(&continuity, SECOND), SECOND);
}

/* Nothing overflows, whatever is said. */
TEST_WITH(nonsense, setup, NULL)
{
	struct chrony_float absurd = { -(1 << 24), 38 };
	struct exchange said = { .received = { .raw = 1 } };
	int i;

	assert_true(exchange());
	said.said.last_offset = absurd;
	said.said.last_update_interval = absurd;
	for (i = 0; i < 2; i++)
		assert_false(continuity_judge(&continuity, &said, &estimate, true));
	estimate.raw += 1;
	estimate.time = CLOCKBOUND_TIME_MIN / 2;
	assert_false(continuity_judge(&continuity, &said, &estimate, true));
}

/* From -1 to 1 times a power of ten from 1 to 10^5. */
static double random_size(void)
{
	return ((double)random_below(2001) / 1000 - 1) * pow(10, (double)random_below(6));
}

/* What the machine's oscillator really does is what chronyd believes, but for this, ppm. */
#define CLOCK_ERROR	1
/* And how wrong a measurement is at most, ns. */
#define MEASURE_ERROR	(20 * US)

/**
 * struct game - somebody plays foul
 * @truth: the true time, ns after TIME
 * @fast: it advances so much faster than chronyd says, ppm
 * @measured: when chronyd measured, CLOCK_MONOTONIC_RAW
 * @trusted: it has measured since foul play was last seen
 * @caught: how often it was seen
 * @claims: how often the truth was looked for, and found
 */
static struct game {
	real_t truth;
	double fast;
	__u64 measured;
	bool trusted;
	unsigned int caught;
	unsigned int claims;
} game;

static void play(__s64 ns)
{
	game.truth += ns * (1 - world.frequency * 0.000001L + game.fast * 0.000001L);
	pass(ns);
}

/* chronyd corrects all that it sees, and states how wrong it may be. */
static void play_measurement(void)
{
	double error = random_size() / 100000 * MEASURE_ERROR;
	double change = random_size() / 100000;

	measure((double)(world.cooked - game.truth - error) / SECOND, world.frequency + change,
		(double)(world.raw - game.measured) / SECOND);
	/* Its frequency is another one then, the true one is not */
	game.fast += change;
	if (fabs(game.fast) > CLOCK_ERROR) {
		world.frequency -= game.fast;
		game.fast = 0;
	}
	/* Whoever tunes the clock is overruled */
	world.tuned = 0;
	game.measured = world.raw;
	game.trusted = true;
}

static void play_exchange(void)
{
	real_t error, growth = (real_t)(world.raw - game.measured) * CLOCK_ERROR / 1000000;

	world.bound = (double)(MEASURE_ERROR + growth) / SECOND;
	if (!exchange()) {
		game.trusted = false;
		game.caught++;
	}
	if (!game.trusted)
		return;
	error = fabsl(game.truth - (real_t)(estimate.time - TIME));
	if (error > estimate.bound)
		fail_msg("claim %u: %.0Lf ns off, and not %llu", game.claims, error,
			 estimate.bound);
	game.claims++;
}

/*
 * Somebody tunes the clock, by a lot or a little, and sets it, at any time; what is claimed is
 * true, or nothing is claimed until chronyd has measured again.
 */
TEST(foul_play)
{
	unsigned int run, round, stepped = 0;

	for (run = 0; run < 2000; run++) {
		setup(NULL);
		game.truth = 0;
		game.fast = 0;
		game.measured = world.raw - SECOND;
		game.trusted = true;
		play_exchange();
		for (round = 0; round < 100; round++) {
			play((__s64)random_below(SECOND / 2));
			if (!random_below(10))
				world.tuned = random_size() / 100;
			if (!random_below(50)) {
				world.cooked += random_size() * 1000;
				stepped++;
			}
			play((__s64)random_below(SECOND / 2));
			if (!random_below(5))
				play_measurement();
			play((__s64)random_below(SECOND / 10));
			play_exchange();
		}
	}
	print_message("# %u claims, all true; caught %u times, %u steps\n", game.claims,
		      game.caught, stepped);
	assert_true(game.claims > 50000 && game.caught > 5000);
}

TEST_MAIN(NULL, NULL)
