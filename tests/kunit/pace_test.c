// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two clocks that go on together, or do not.
 */
#include <kunit/test.h>
#include <linux/math64.h>
#include <linux/prandom.h>
#include <linux/time64.h>

#include "../../src/source/pace.h"

#define KHZ	2000000ULL
#define TICK	(4 * NSEC_PER_MSEC)

struct clocks {
	u64 counter;
	u64 raw;
	s64 ppm;		/* how much faster the counter is than the kernel believes */
};

static void pass(struct clocks *c, u64 ns)
{
	c->raw += ns;
	c->counter += 2 * ns + div_s64(2 * (s64)ns * c->ppm, 1000000);
}

/* That takes @width ticks in front of the clock's value, and behind it. */
static struct cb_pair pair_of(const struct clocks *c, u64 width)
{
	return (struct cb_pair) {
		.before = c->counter - width,
		.raw = c->raw,
		.after = c->counter + width,
	};
}

static bool step(struct cb_pace *pace, struct clocks *c, u64 ns, u64 width)
{
	struct cb_pair pair;
	bool keeps;

	pass(c, ns);
	pair = pair_of(c, width);
	keeps = cb_pace_keeps(pace, &pair);
	if (keeps)
		cb_pace_follow(pace, &pair);
	return keeps;
}

static void start(struct cb_pace *pace, const struct clocks *c)
{
	struct cb_pair pair = pair_of(c, 100);

	cb_pace_start(pace, &pair, KHZ);
}

/* A wrong calibration, long pauses between the pairs, slow reads: no alarm. */
static void pace_no_false_alarm(struct kunit *test)
{
	struct rnd_state rnd;
	struct cb_pace pace;
	int ppm, i;

	prandom_seed_state(&rnd, 20261121);
	for (ppm = -12000; ppm <= 12000; ppm += 4000) {
		struct clocks c = { .counter = -NSEC_PER_SEC, .raw = 1, .ppm = ppm };

		start(&pace, &c);
		for (i = 0; i < 20000; i++) {
			u64 ns = prandom_u32_state(&rnd) % (i % 100 ? TICK : 5 * NSEC_PER_SEC);
			u64 width = prandom_u32_state(&rnd) % (i % 50 ? 20000 : 20000000);

			/* A host disciplines its clock. */
			c.ppm = ppm + (s64)(prandom_u32_state(&rnd) % 401) - 200;
			KUNIT_ASSERT_TRUE(test, step(&pace, &c, ns, width));
		}
		KUNIT_EXPECT_EQ(test, pace.doubt, 10U);
	}
}

/* As long as nothing was measured, what is a jump is one of a few ms. */
static void pace_jump(struct kunit *test)
{
	static const s64 jumps[] = { 100000, NSEC_PER_MSEC, NSEC_PER_SEC,
				     28LL * 3600 * NSEC_PER_SEC };
	unsigned int i, measured;

	for (i = 0; i < ARRAY_SIZE(jumps); i++)
		for (measured = 0; measured < 2; measured++) {
			struct clocks c = { .counter = 1000 * NSEC_PER_SEC, .ppm = 3000 };
			struct cb_pace pace;
			unsigned int ticks;

			c.raw = c.counter;
			start(&pace, &c);
			for (ticks = 0; ticks < (measured ? 1000 : 2); ticks++)
				KUNIT_ASSERT_TRUE(test, step(&pace, &c, TICK, 2000));

			/* The clock stands still, the counter goes on. */
			c.counter += 2 * jumps[i];
			KUNIT_EXPECT_EQ(test, step(&pace, &c, TICK, 2000),
					!measured && jumps[i] <= 100000);
			/* And the other way round: for good, until it begins anew. */
			start(&pace, &c);
			for (ticks = 0; ticks < (measured ? 1000 : 2); ticks++)
				KUNIT_ASSERT_TRUE(test, step(&pace, &c, TICK, 2000));
			c.raw += jumps[i];
			KUNIT_EXPECT_EQ(test, step(&pace, &c, TICK, 2000),
					!measured && jumps[i] <= 100000);
		}
}

/* The counter begins anew, and the clock goes on. */
static void pace_counter_restarts(struct kunit *test)
{
	struct clocks c = { .counter = 1000 * NSEC_PER_SEC, .raw = 5 };
	struct cb_pace pace;

	start(&pace, &c);
	KUNIT_ASSERT_TRUE(test, step(&pace, &c, TICK, 100));
	c.counter = 5000;
	KUNIT_EXPECT_FALSE(test, step(&pace, &c, TICK, 100));
}

/* A reader on another CPU has taken its pair before the last one was. */
static void pace_earlier_pair(struct kunit *test)
{
	struct clocks c = { .counter = 1000, .raw = 5 };
	struct cb_pair earlier;
	struct cb_pace pace;

	start(&pace, &c);
	earlier = pair_of(&c, 100);
	KUNIT_ASSERT_TRUE(test, step(&pace, &c, TICK, 100));
	KUNIT_EXPECT_TRUE(test, cb_pace_keeps(&pace, &earlier));
	earlier.before += 2 * NSEC_PER_SEC;
	earlier.after = earlier.before;
	KUNIT_EXPECT_FALSE(test, cb_pace_keeps(&pace, &earlier));
}

/* Nobody knows how fast the counter is: nothing is compared. */
static void pace_unknown(struct kunit *test)
{
	struct clocks c = { .counter = 1000, .raw = 5 };
	struct cb_pair pair = pair_of(&c, 100);
	struct cb_pace pace;

	cb_pace_start(&pace, &pair, 0);
	c.counter += NSEC_PER_SEC;
	KUNIT_EXPECT_TRUE(test, step(&pace, &c, NSEC_PER_SEC * 2, 100));
	KUNIT_EXPECT_TRUE(test, step(&pace, &c, 0, 100));
}

static struct kunit_case pace_cases[] = {
	KUNIT_CASE(pace_no_false_alarm),
	KUNIT_CASE(pace_jump),
	KUNIT_CASE(pace_counter_restarts),
	KUNIT_CASE(pace_earlier_pair),
	KUNIT_CASE(pace_unknown),
	{ }
};

static struct kunit_suite pace_suite = {
	.name = "clockbound_pace",
	.test_cases = pace_cases,
};

kunit_test_suite(pace_suite);
