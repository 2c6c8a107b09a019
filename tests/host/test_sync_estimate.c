// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the true time is by one exchange: vectors, and random machines whose true time is
 * known.
 */
#include "test.h"

#include <linux/clockbound.h>
#include <math.h>
#include <string.h>

#include "estimate.h"
#include "random.h"

/* Exact to a small part of a nanosecond in a thousand seconds. */
typedef long double real_t;

#define SECOND	1000000000LL
#define RAW	(5000 * SECOND)
#define TIME	(1700000000 * SECOND)

static struct chrony_float number(__s32 coefficient, __s32 exponent)
{
	return (struct chrony_float){ coefficient, exponent };
}

/* Both looks at the same moment, and without any error. */
static struct exchange exact(void)
{
	return (struct exchange){
		.sent = { .raw = RAW, .realtime = TIME, .tick = 10000 },
		.received = { .raw = RAW, .realtime = TIME, .tick = 10000 },
	};
}

static struct estimate of(const struct exchange *exchange)
{
	struct estimate estimate;

	assert_true(estimate_chrony(exchange, 1000, &estimate));
	return estimate;
}

TEST(nothing)
{
	struct exchange exchange = exact();
	struct estimate estimate = of(&exchange);

	assert_int_equal(estimate.raw, RAW);
	assert_int_equal(estimate.time, TIME);
	assert_int_equal(estimate.error, 0);
	assert_int_equal(estimate.bound, 0);
	assert_int_equal(estimate.frequency, 0);
	assert_int_equal(estimate.max_drift, 1000);
	assert_int_equal(estimate.leap, 0);
}

/* The system clock is 2^-9 s slow: chronyd's clock is ahead of it. */
TEST(correction)
{
	struct exchange exchange = exact();

	exchange.said.current_correction = number(1 << 22, -31);
	assert_int_equal(of(&exchange).time, TIME + 1953125);
	/* The last place is half a nanosecond, and what is rounded down one at most */
	assert_int_equal(of(&exchange).bound, 2);
	exchange.said.current_correction = number(-(1 << 22), -31);
	assert_int_equal(of(&exchange).time, TIME - 1953125);
	/* Rounded down, also below zero */
	exchange.said.current_correction = number(-1, -60);
	assert_int_equal(of(&exchange).time, TIME - 1);
	exchange.said.current_correction = number(1, -60);
	assert_int_equal(of(&exchange).time, TIME);
}

TEST(stated_errors)
{
	struct exchange exchange = exact();

	/* 2 s, of which one counts, and a quarter of one; and 1.5 last places of 2^-22 s */
	exchange.said.root_delay = number(1 << 23, -22);
	exchange.said.root_dispersion = number(1 << 20, -22);
	assert_int_equal(of(&exchange).bound, 1250000000 + 358);
	/* Less than zero is nonsense, and no smaller than it would be without the sign */
	exchange.said.root_delay = number(-(1 << 23), -22);
	exchange.said.root_dispersion = number(-(1 << 20), -22);
	assert_int_equal(of(&exchange).bound, 1250000000 + 358);
}

TEST(looks)
{
	struct exchange exchange = exact();

	exchange.sent.error = 10;
	exchange.received.error = 200;
	assert_int_equal(of(&exchange).error, 410);
	assert_int_equal(of(&exchange).bound, 410);
	/* Slewed by 100 us in 1 ms, and max_drift makes 1 ns of it */
	exchange.sent.raw -= 1000000;
	exchange.sent.realtime -= 1100000;
	assert_int_equal(of(&exchange).error, 100410);
	assert_int_equal(of(&exchange).bound, 100411);
	exchange.sent.realtime += 200000;
	assert_int_equal(of(&exchange).bound, 100411);
}

TEST(frequencies)
{
	struct exchange exchange = exact();

	/* The clock runs 2 ppm fast: the true time advances less */
	exchange.said.frequency = number(1 << 23, -22);
	assert_int_equal(of(&exchange).frequency, -2000000);
	assert_int_equal(of(&exchange).max_drift, 1001);
	exchange.said.frequency = number(-(1 << 23), -22);
	assert_int_equal(of(&exchange).frequency, 2000000);
	exchange.said.skew = number(1 << 23, -22);
	assert_int_equal(of(&exchange).max_drift, 3001);
	exchange.said.residual = number(-(1 << 23), -23);
	assert_int_equal(of(&exchange).max_drift, 4001);
	/* 1 ms before: 2 ppm are 2 ns, and 4 ppm are 4, rounded up */
	exchange.sent.raw -= 1000000;
	exchange.sent.realtime -= 1000000;
	assert_int_equal(of(&exchange).error, 2);
	assert_int_equal(of(&exchange).bound, 2 + 5);
}

/* A chronyd that has just started: 10^6 ppm. */
TEST(frequency_unknown)
{
	struct exchange exchange = exact();

	exchange.said.skew = number(1000000, 0);
	exchange.said.residual = number(1000000, 0);
	assert_int_equal(of(&exchange).max_drift, CLOCKBOUND_DRIFT_LIMIT_PPB - 1);
}

TEST(leaps)
{
	struct exchange exchange = exact();

	exchange.said.leap = CHRONY_LEAP_INSERT;
	assert_int_equal(of(&exchange).leap, 1);
	exchange.said.leap = CHRONY_LEAP_DELETE;
	assert_int_equal(of(&exchange).leap, -1);
	exchange.said.leap = CHRONY_LEAP_UNSYNCHRONISED;
	assert_int_equal(of(&exchange).leap, 0);
}

TEST(absurd)
{
	static const __s32 coefficients[] = { 0xffffff, -(1 << 24) };
	struct chrony_tracking *said;
	struct chrony_float *fields[6];
	struct exchange exchange;
	struct estimate estimate;
	size_t i, j;

	said = &exchange.said;
	fields[0] = &said->current_correction;
	fields[1] = &said->root_delay;
	fields[2] = &said->root_dispersion;
	fields[3] = &said->frequency;
	fields[4] = &said->residual;
	fields[5] = &said->skew;
	for (i = 0; i < 6; i++) {
		for (j = 0; j < 2; j++) {
			exchange = exact();
			*fields[i] = number(coefficients[j], 38);
			assert_false(estimate_chrony(&exchange, 1000, &estimate));
		}
		/* 2^21 s are less than 2^60 ns, 2^17 ppm more than 10 % and less than one */
		exchange = exact();
		*fields[i] = number(1 << 23, i < 3 ? -2 : -6);
		assert_int_equal(estimate_chrony(&exchange, 1000, &estimate), i != 3);
		*fields[i] = number(1 << 23, i < 3 ? 8 : -3);
		assert_false(estimate_chrony(&exchange, 1000, &estimate));
	}
	exchange = exact();
	assert_true(estimate_chrony(&exchange, 0, &estimate));
	assert_false(estimate_add(&estimate, CLOCKBOUND_BOUND_LIMIT_NS));
	assert_true(estimate_add(&estimate, CLOCKBOUND_BOUND_LIMIT_NS - 1));
	assert_false(estimate_add(&estimate, 1));
}

TEST(what_counts)
{
	struct exchange exchange = exact();

	exchange.sent.raw -= EXCHANGE_TIME;
	exchange.sent.error = LOOK_ERROR;
	exchange.received.error = LOOK_ERROR;
	assert_true(exchange_counts(&exchange));
	exchange.sent.raw--;
	assert_false(exchange_counts(&exchange));
	exchange.sent.raw++;
	exchange.sent.error++;
	assert_false(exchange_counts(&exchange));
	exchange.sent.error--;
	exchange.received.error++;
	assert_false(exchange_counts(&exchange));
	exchange.received.error--;
	exchange.sent.tick++;
	assert_false(exchange_counts(&exchange));
	exchange.sent.tick--;
	exchange.received.frequency--;
	assert_false(exchange_counts(&exchange));
}

TEST(going_on)
{
	struct estimate estimate = { .raw = RAW, .time = TIME, .frequency = 2000000 };

	assert_int_equal(estimate_at(&estimate, RAW), TIME);
	assert_int_equal(estimate_at(&estimate, RAW + SECOND), TIME + SECOND + 2000);
	estimate.frequency = -2000001;
	assert_int_equal(estimate_at(&estimate, RAW + SECOND), TIME + SECOND - 2001);
	assert_int_equal(estimate_at(&estimate, RAW + 1), TIME);
}

TEST(adjtimex_estimates)
{
	struct look look = { .raw = RAW, .realtime = TIME, .error = 7, .tick = 10000 };
	struct timex timex = { .tick = 10000, .offset = -3, .status = STA_PLL };
	struct estimate estimate;

	assert_true(estimate_adjtimex(&look, &timex, 100, 1000, &estimate));
	assert_int_equal(estimate.raw, RAW);
	assert_int_equal(estimate.time, TIME - 3000);
	assert_int_equal(estimate.bound, 107);
	assert_int_equal(estimate.frequency, 0);
	assert_int_equal(estimate.max_drift, 1001);
	timex.status |= STA_NANO;
	timex.offset = 3;
	timex.freq = 20 << 16;
	timex.tick = 10001;
	timex.tolerance = 500 << 16;
	assert_true(estimate_adjtimex(&look, &timex, 100, 1000, &estimate));
	assert_int_equal(estimate.time, TIME + 3);
	assert_int_equal(estimate.frequency, 120000000);
	assert_int_equal(estimate.max_drift, 1001);
	/* Nobody vouches for the frequency */
	timex.status = STA_NANO;
	assert_true(estimate_adjtimex(&look, &timex, 100, 1000, &estimate));
	assert_int_equal(estimate.max_drift, 501002);
	timex.tick = 11001;
	assert_false(estimate_adjtimex(&look, &timex, 100, 1000, &estimate));
	timex.tick = 10000;
	timex.offset = CLOCKBOUND_TIME_MAX;
	assert_false(estimate_adjtimex(&look, &timex, 100, 1000, &estimate));
}

/* From -1 to 1, and often one of the two. */
static real_t part_of_all(void)
{
	switch (random_below(4)) {
	case 0:
		return -1;
	case 1:
		return 1;
	default:
		return (real_t)random_below(2000001) / 1000000 - 1;
	}
}

/* 10^-@to to 10^-@from, of either sign. */
static real_t random_number(int from, int to)
{
	return part_of_all() * powl(10, -from - (int)random_below((__u64)(to - from) + 1));
}

/* As chronyd does it: to the nearest, or by older ones towards zero. */
static struct chrony_float on_the_wire(real_t value)
{
	int exponent;
	real_t coefficient;

	if (value == 0)
		return number(0, -25);
	frexpl(value, &exponent);
	exponent -= 24;
	coefficient = ldexpl(value, -exponent);
	coefficient = random_below(2) ? roundl(coefficient) : truncl(coefficient);
	return number((__s32)coefficient, exponent);
}

/* How far the true time is from the estimate, as a part of what it says at most. */
static real_t error_of(const struct estimate *estimate, real_t elapsed, real_t truth)
{
	real_t time = (real_t)(estimate->time - TIME) +
		      elapsed * (real_t)estimate->frequency / 1e12L;
	real_t bound = estimate->bound + elapsed * estimate->max_drift / 1e9L;

	/* This reference is exact to less than that */
	return fabsl(truth - time) / (bound + 0.0001L);
}

/*
 * One exchange with a chronyd that keeps its promises, and a truth that goes as far as they
 * let it. Times are relative to the moment of the answer, and so are nanoseconds.
 */
static real_t random_exchange(void)
{
	real_t fast = random_number(-2, 3), skew = fabsl(random_number(-2, 3));
	real_t residual = random_number(-2, 3), delay = fabsl(random_number(0, 8));
	real_t dispersion = fabsl(random_number(0, 8)), correction = random_number(-3, 8);
	real_t slew = random_number(1, 8), rate, truth, sent, received, off;
	__u32 max_drift = (__u32)random_below(100000);
	struct exchange exchange = exact();
	struct look *look;
	struct estimate estimate;
	real_t elapsed, worst, at;
	int i;

	sent = -(real_t)random_below(EXCHANGE_TIME / 2);
	received = (real_t)random_below(EXCHANGE_TIME / 2);
	for (i = 0; i < 2; i++) {
		look = i ? &exchange.received : &exchange.sent;
		at = i ? received : sent;
		look->error = random_below(1000) + 2;
		/* It was read a little before or after */
		off = part_of_all() * (look->error / 2 - 1);
		look->raw = RAW + (__u64)(__s64)at;
		look->realtime = TIME + (__s64)floorl((at + off) * (1 + slew));
	}
	exchange.said = (struct chrony_tracking){
		.current_correction = on_the_wire(correction),
		.root_delay = on_the_wire(delay),
		.root_dispersion = on_the_wire(dispersion),
		.frequency = on_the_wire(fast),
		.residual = on_the_wire(residual),
		.skew = on_the_wire(skew),
	};
	assert_true(estimate_chrony(&exchange, max_drift, &estimate));

	truth = correction * 1e9L + part_of_all() * (delay / 2 + dispersion) * 1e9L;
	rate = 1 - fast * 0.000001L + part_of_all() * ((skew + fabsl(residual)) * 0.000001L +
						   max_drift * 0.000000001L);
	worst = error_of(&estimate, 0, truth + received * rate);
	elapsed = (real_t)random_below(1000 * SECOND);
	at = error_of(&estimate, elapsed, truth + (received + elapsed) * rate - elapsed);
	return worst > at ? worst : at;
}

TEST(random_machines)
{
	unsigned int run, close = 0;
	real_t error;

	for (run = 0; run < 1000000; run++) {
		error = random_exchange();
		if (error > 1)
			fail_msg("run %u: the truth is %.6Lf bounds away", run, error);
		close += error > 0.99L;
	}
	print_message("# nearly at the bound in %u of %u\n", close, run);
	assert_true(close > run / 20);
}

TEST_MAIN(NULL, NULL)
