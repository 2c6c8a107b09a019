// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims: whatever is true of a simulated clock, the claims made from samples of
 * it contain.
 */
#include "test.h"

#include "claim.h"
#include "random.h"

#define NOW	1795000000000000000LL

/*
 * A counter with a period of period / 2^93 s, whose value was start at NOW; the
 * host's clock is error ns ahead of the true time.
 */
struct world {
	__u64 start;
	__u64 period;
	__s64 error;
	__s64 offset;
};

/* The true time at host counter value @counter, 2^-64 s */
static s128 true_time(const struct world *world, __u64 counter)
{
	return fixed_from_ns_floor(NOW) +
		shift_floor((s128)world->period * (__s64)(counter - world->start),
			    29);
}

static struct world random_world(void)
{
	return (struct world) {
		.start = random_next() >> 20,
		.period = (1ULL << 62) + random_below(1ULL << 62),
		.error = random_around(1000000),
		.offset = random_around(1LL << 40),
	};
}

static struct sample look(const struct world *world, __u64 counter)
{
	__u64 read_at = counter + random_below(300);
	s128 ns = fixed_to_ns_floor(true_time(world, read_at));

	return (struct sample) {
		.before = counter,
		.after = read_at + random_below(300),
		.realtime = ns + world->error,
		.maxerror = world->error < 0 ? -world->error : world->error,
	};
}

static struct offset random_offset(const struct world *world)
{
	return (struct offset) {
		.min = world->offset - random_below(1000),
		.max = world->offset + random_below(1000),
		.rounds = 1,
	};
}

static void assert_true_claim(const struct world *world,
			      const struct claim *claim)
{
	s128 time = true_time(world, claim->counter - world->offset);

	assert_true(claim->earliest <= time);
	assert_true(claim->latest >= time);
}

static bool measure(const struct world *world, struct rate *rate, __u64 ticks)
{
	struct sample first = look(world, world->start);
	struct sample last = look(world, world->start + ticks);

	return rate_measure(rate, &first, &last);
}

TEST(rate_contains_the_period)
{
	for (int i = 0; i < 50000; i++) {
		struct world world = random_world();
		struct rate rate;
		__u64 period;

		assert_true(measure(&world, &rate, 1ULL << (20 + i % 20)));
		assert_in_range(rate.shift, 20, 32);
		assert_true(rate.max < 1ULL << 63);
		period = rate.shift >= 29 ? world.period << (rate.shift - 29) :
					    world.period >> (29 - rate.shift);
		assert_in_range(period, rate.min - 1, rate.max + 1);
	}
}

TEST(rate_of_no_use_is_refused)
{
	const struct sample first = { 1000, 1100, NOW, 0 };
	const struct sample lasts[] = {
		{ 1100, 1200, NOW + 1000000, 0 },
		{ 900, 950, NOW + 1000000, 0 },
		{ 2000000, 2000100, NOW, 0 },
		{ 2000000, 2000100, NOW - 5, 0 },
		{ 1101, 1200, NOW + 2 * NSEC_PER_SEC, 0 },
		{ 1ULL << 60, 1ULL << 60, NOW + 1000, 0 },
	};
	struct rate rate;

	for (size_t i = 0; i < COUNT(lasts); i++)
		assert_false(rate_measure(&rate, &first, &lasts[i]));
}

TEST(widening_is_symmetric_and_outwards)
{
	struct rate rate = { .min = 1000000001, .max = 1000000001, .shift = 5 };

	rate_widen(&rate, 50000);
	assert_int_equal(rate.min, 1000000001 - 50001);
	assert_int_equal(rate.max, 1000000001 + 50001);
}

TEST(claims_contain_the_truth)
{
	for (int i = 0; i < 50000; i++) {
		struct world world = random_world();
		struct offset offset = random_offset(&world);
		struct sample sample;
		struct claim claim;
		struct rate rate;

		assert_true(measure(&world, &rate, 1ULL << 31));
		sample = look(&world, world.start + random_below(1ULL << 40));
		claim_make(&claim, &sample, &offset, &rate, 0, sample.maxerror);
		assert_true_claim(&world, &claim);
		claim_age(&claim, claim.counter + random_around(1LL << 40));
		assert_true_claim(&world, &claim);
	}
}

TEST(a_claim_is_as_tight_as_its_sample)
{
	const struct sample sample = { 1000, 1100, NOW, 0 };
	const struct offset offset = { .min = 50, .max = 150, .rounds = 1 };
	const struct rate rate = {	/* 1 ns, as in the specification */
		.min = 0x89705F4136B4A597, .max = 0x89705F4136B4A597, .shift = 29
	};
	struct claim claim;

	claim_make(&claim, &sample, &offset, &rate, 0, 500);
	/* The counter was 1050 to 1250 when the clock said NOW. */
	assert_int_equal(claim.counter, 1150);
	assert_int_equal(fixed_to_ns_ceil(claim.earliest), NOW - 500 - 100);
	assert_int_equal(fixed_to_ns_floor(claim.latest), NOW + 1 + 500 + 100);
	claim_make(&claim, &sample, &offset, &rate, 7000, 0);
	assert_int_equal(fixed_to_ns_ceil(claim.earliest), NOW + 7000 - 100);
}

TEST(intersections_stay_true)
{
	for (int i = 0; i < 5000; i++) {
		struct world world = random_world();
		struct offset offset = random_offset(&world);
		__u64 counter = world.start + (1ULL << 32);
		struct claim claim, fresh;
		struct sample sample;
		struct rate rate;

		assert_true(measure(&world, &rate, 1ULL << 31));
		sample = look(&world, counter);
		claim_make(&claim, &sample, &offset, &rate, 0, sample.maxerror);
		for (int j = 0; j < 20; j++) {
			counter += random_below(1ULL << 32);
			world.error = random_around(1000000);
			sample = look(&world, counter);
			claim_make(&fresh, &sample, &offset, &rate, 0,
				   sample.maxerror);
			claim_age(&claim, fresh.counter);
			assert_true(claim_intersect(&claim, &fresh));
			assert_true_claim(&world, &claim);
		}
	}
}

TEST(contradictions_are_told)
{
	const struct claim one = { .earliest = 10, .latest = 20 };
	const struct claim two = { .earliest = 21, .latest = 30 };
	const struct claim three = { .earliest = 20, .latest = 30 };
	struct claim claim = one;

	assert_false(claim_intersect(&claim, &two));
	assert_true(claim.earliest == 10 && claim.latest == 20);
	assert_true(claim_intersect(&claim, &three));
	assert_true(claim.earliest == 20 && claim.latest == 20);
}

TEST_MAIN(NULL, NULL)
