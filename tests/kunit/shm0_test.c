// SPDX-License-Identifier: GPL-2.0-only
/*
 * ClockBound's segment: what a client makes of it has to contain what the model and
 * the report say.
 */
#include <clockbound/eval.h>
#include <kunit/test.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../../src/publish/state.h"
#include "../../src/publish/shm0.h"
#include "lines.h"

static unsigned int random_segments = 200000;
module_param(random_segments, uint, 0444);
MODULE_PARM_DESC(random_segments, "how many random segments are tested");

#define SECOND		((s64)NSEC_PER_SEC)
#define MS		(SECOND / 1000)
#define LAG		(100 * MS)
#define START		(1795219200LL * SECOND)
#define UPTIME		(1000 * SECOND)
#define SHIFT		24

/* What a client says, from the protocol's description. */
struct answer {
	s64 earliest;
	s64 latest;
	s32 status;
};

static s64 ns(s64 sec, s64 nsec)
{
	return sec * SECOND + nsec;
}

static struct answer ask(struct kunit *test, const struct shm0_segment *s, s64 realtime,
			 s64 coarse)
{
	s64 as_of = ns(s->as_of_sec, s->as_of_nsec);
	s64 void_after = ns(s->void_after_sec, s->void_after_nsec);
	s64 elapsed = coarse - as_of, width;

	KUNIT_ASSERT_GE(test, elapsed, 0LL);
	/* The client computes with floating point: it may lose one more. */
	width = s->bound + elapsed / SECOND * s->max_drift +
		elapsed % SECOND * s->max_drift / SECOND - 1;
	return (struct answer) {
		.earliest = realtime - width,
		.latest = realtime + width,
		.status = s->clock_status == CLOCKBOUND_STATUS_UNKNOWN ||
			  s->clock_status == CLOCKBOUND_STATUS_DISRUPTED ||
			  coarse < as_of + 5 * SECOND ? s->clock_status :
			  coarse < void_after ? CLOCKBOUND_STATUS_FREE_RUNNING :
						CLOCKBOUND_STATUS_UNKNOWN,
	};
}

static bool trusted(s32 status)
{
	return status == CLOCKBOUND_STATUS_SYNCHRONIZED ||
	       status == CLOCKBOUND_STATUS_FREE_RUNNING;
}

/* A machine whose counter counts ns, and its segment. */
struct machine {
	struct cb_state state;
	struct cb_shm0 shm0;
	struct shm0_segment segment;
	s64 coarse;
};

static struct machine *boot(struct kunit *test)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	cb_state_init(&m->state, CB_SOURCE_ALL, CLOCKBOUND_COUNTER_X86_TSC);
	m->state.clock = (struct cb_clock) {
		.usable = true,
		.source = 1,
		.mask = U64_MAX,
		.realtime = START,
		.monotonic = UPTIME,
		.raw = UPTIME,
		.mult = 1U << SHIFT,
		.shift = SHIFT,
		.raw_mult = 1U << SHIFT,
		.raw_shift = SHIFT,
	};
	cb_shm0_init(&m->shm0, &m->segment);
	return m;
}

/* @before and @after: ns from the clock to the lines; @ppb: how fast they widen. */
static void set_lines(struct machine *m, s64 before, s64 after, u32 ppb)
{
	u64 rate = 1ULL << 63, drift = (rate / NSEC_PER_SEC + 1) * ppb;

	m->state.decided = (struct cb_bound) {
		.claim = {
			.earliest = START - before,
			.latest = START + after,
			.earliest_rate = rate - drift,
			.latest_rate = rate + drift,
			.shift = 1,
		},
		.ticks = 1ULL << 60,
		.synchronized_ticks = CB_TICKS_NO_END,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
	};
	m->state.facts.vmclock.sampled = true;
	m->state.facts.vmclock.sample.disruption_marker = 7;
	m->state.status = CLOCKBOUND_STATUS_SYNCHRONIZED;
	m->state.facts.sources = CB_SOURCE_VMCLOCK;
}

static const struct clockbound_report good_report = {
	.size = sizeof(good_report),
	.as_of = UPTIME,
	.void_after = UPTIME + 500 * SECOND,
	.time = START,
	.bound = 10000,
	.measured = UPTIME,
	.max_drift = 1000,
	.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
};

static bool tick(struct machine *m, s64 counter)
{
	struct clockbound_model model;

	m->coarse = UPTIME + counter;
	cb_decide(&m->state, counter, &model);
	cb_decide_start(&m->state, counter, &model);
	cb_decide_started(&m->state, m->state.clock.raw);
	return cb_shm0_update(&m->shm0, &m->state, counter, m->coarse);
}

static void shm0_header(struct kunit *test)
{
	struct machine *m = boot(test);
	u8 expected[16] = { 0x4E, 0x5A, 0x4D, 0x41, 0x00, 0x02, 0x42, 0x43, 80, 0, 0, 0, 2, 0,
			    2, 0 };

	KUNIT_EXPECT_EQ(test, sizeof(m->segment), 80UL);
	KUNIT_EXPECT_TRUE(test, cb_shm0_update(&m->shm0, &m->state, 0, UPTIME));
	KUNIT_EXPECT_MEMEQ(test, (u8 *)&m->segment, expected, 16);
	KUNIT_EXPECT_EQ(test, offsetof(struct shm0_segment, bound), 48UL);
	KUNIT_EXPECT_EQ(test, offsetof(struct shm0_segment, disruption_support), 72UL);
}

static void shm0_generation(struct kunit *test)
{
	struct machine *m = boot(test);
	struct cb_shm0_record record = { };
	u16 last = 0;
	int i;

	for (i = 0; i < 70000; i++) {
		cb_shm0_write(&m->shm0, &record, 0);
		KUNIT_ASSERT_FALSE(test, m->segment.generation & 1);
		KUNIT_ASSERT_NE(test, m->segment.generation, 0);
		KUNIT_ASSERT_NE(test, m->segment.generation, last);
		last = m->segment.generation;
	}
	/* 32767 of them, and from the start. */
	KUNIT_EXPECT_EQ(test, last, (70000 % 32767) * 2);
}

/* ClockBound's growth vectors: a bound of 10000 ns that drifts by 1000 ppb. */
static void shm0_growth_vectors(struct kunit *test)
{
	static const struct {
		s64 elapsed;
		s64 width;
		s32 status;
	} vectors[] = {
		{ 2, 12000, CLOCKBOUND_STATUS_SYNCHRONIZED },
		{ 4, 14000, CLOCKBOUND_STATUS_SYNCHRONIZED },
		{ 8, 18000, CLOCKBOUND_STATUS_UNKNOWN },
	};
	struct machine *m = boot(test);
	struct clockbound_model model;
	struct answer answer;
	int i;

	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &good_report, UPTIME), 0);
	cb_decide(&m->state, 0, &model);
	cb_decide_start(&m->state, 0, &model);
	cb_decide_started(&m->state, UPTIME);
	cb_shm0_update(&m->shm0, &m->state, 0, UPTIME);
	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		s64 now = vectors[i].elapsed * SECOND, spare;

		answer = ask(test, &m->segment, START + now, UPTIME + now);
		KUNIT_EXPECT_EQ(test, answer.status, vectors[i].status);
		spare = answer.latest - (START + now) - vectors[i].width;
		KUNIT_EXPECT_GE(test, spare, 0LL);
		/* What the coarse clock may lag, and what the clock's rate may be off by. */
		KUNIT_EXPECT_LE(test, spare, LAG / 1000000 + now / 10000000 + 16);
	}
}

/* Nobody renews the report: it widens, is free running, and then it is void. */
static void shm0_report_is_not_renewed(struct kunit *test)
{
	struct machine *m = boot(test);
	struct answer answer;
	s64 now;

	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &good_report, UPTIME), 0);
	for (now = 4 * MS; now < 600 * SECOND; now += 32 * MS) {
		s32 expected = now < 5 * SECOND - LAG ? CLOCKBOUND_STATUS_SYNCHRONIZED :
			       now < 500 * SECOND - LAG ? CLOCKBOUND_STATUS_FREE_RUNNING :
							  CLOCKBOUND_STATUS_UNKNOWN;

		tick(m, now);
		answer = ask(test, &m->segment, START + now, UPTIME + now);
		KUNIT_ASSERT_EQ(test, answer.status, expected);
		if (m->segment.clock_status == CLOCKBOUND_STATUS_UNKNOWN)
			continue;
		KUNIT_ASSERT_GE(test, answer.latest - START - now, 10000 + now / 1000000);
		KUNIT_ASSERT_LE(test, answer.latest - START - now,
				10000 + now / 1000000 + 5 * LAG / 1000000 + 16);
	}
	KUNIT_EXPECT_EQ(test, m->segment.bound, CLOCKBOUND_BOUND_LIMIT_NS);

	/* Another one. */
	m->state.reported = false;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &good_report, UPTIME), 0);
	tick(m, SECOND);
	KUNIT_EXPECT_EQ(test, m->segment.clock_status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* On another clocksource the report's lines are over CLOCK_MONOTONIC_RAW. */
static void shm0_other_clocksource(struct kunit *test)
{
	struct machine *m = boot(test);
	struct cb_shm0_record record;
	struct answer answer;

	/* What the hypervisor says does not bound such a clock. */
	set_lines(m, 3000, 5000, 1000);
	cb_shm0_make(&m->state, 0, UPTIME, &record);
	KUNIT_EXPECT_EQ(test, record.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	m->state.clock.usable = false;
	cb_shm0_make(&m->state, 0, UPTIME, &record);
	KUNIT_EXPECT_EQ(test, record.status, CLOCKBOUND_STATUS_UNKNOWN);
	m->state.facts.vmclock.sampled = false;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &good_report, UPTIME), 0);
	m->state.clock.raw += 2 * SECOND;
	m->state.clock.monotonic += 2 * SECOND;
	/* The clock has been set meanwhile, and it is 7 us off now. */
	m->state.clock.realtime += 2 * SECOND + 7000;
	tick(m, 2 * SECOND);
	answer = ask(test, &m->segment, START + 3 * SECOND + 7000, UPTIME + 3 * SECOND);
	KUNIT_EXPECT_EQ(test, answer.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_LE(test, answer.earliest, START + 3 * SECOND - 13000);
	KUNIT_EXPECT_GE(test, answer.earliest, START + 3 * SECOND - 13200);
	KUNIT_EXPECT_GE(test, answer.latest, START + 3 * SECOND + 13000);

	cb_state_disrupt(&m->state, true, m->state.clock.raw);
	KUNIT_EXPECT_TRUE(test, tick(m, 2 * SECOND));
	KUNIT_EXPECT_EQ(test, m->segment.clock_status, CLOCKBOUND_STATUS_DISRUPTED);
	KUNIT_EXPECT_EQ(test, m->segment.bound, CLOCKBOUND_BOUND_LIMIT_NS);
	cb_state_disrupt(&m->state, false, m->state.clock.raw);
	KUNIT_EXPECT_TRUE(test, tick(m, 2 * SECOND));
	KUNIT_EXPECT_EQ(test, m->segment.clock_status, CLOCKBOUND_STATUS_UNKNOWN);
}

/* as_of moves on as long as there is somebody who vouches for it. */
static void shm0_lines_are_renewed(struct kunit *test)
{
	struct machine *m = boot(test);
	s64 now;

	set_lines(m, 3000, 5000, 1000);
	for (now = 0; now < 20 * SECOND; now += 4 * MS) {
		struct answer answer;

		m->coarse = UPTIME + now;
		cb_shm0_update(&m->shm0, &m->state, now, m->coarse);
		answer = ask(test, &m->segment, START + now, m->coarse);
		KUNIT_ASSERT_EQ(test, answer.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
		KUNIT_ASSERT_GE(test, answer.latest - START - now, 5000 + now / 1000000);
		KUNIT_ASSERT_LE(test, answer.latest - START - now,
				5000 + (now + 3 * LAG) / 1000000 + 32);
	}
	KUNIT_EXPECT_EQ(test, m->segment.disruption_marker, 7ULL);
	KUNIT_EXPECT_EQ(test, m->segment.disruption_support, 1);
	/* Not at every tick: 32767 generations have to last for as long as a segment does. */
	KUNIT_EXPECT_LE(test, m->segment.generation, 2 * 201);

	/* A client that comes late does not trust it any more. */
	KUNIT_EXPECT_EQ(test, ask(test, &m->segment, START, m->coarse + 5 * SECOND).status,
			CLOCKBOUND_STATUS_UNKNOWN);
}

static void shm0_changes_are_written_at_once(struct kunit *test)
{
	struct machine *m = boot(test);

	set_lines(m, 3000, 5000, 1000);
	KUNIT_EXPECT_TRUE(test, cb_shm0_update(&m->shm0, &m->state, 0, UPTIME));
	KUNIT_EXPECT_FALSE(test, cb_shm0_update(&m->shm0, &m->state, 0, UPTIME));
	m->state.facts.vmclock.sample.disruption_marker++;
	KUNIT_EXPECT_TRUE(test, cb_shm0_update(&m->shm0, &m->state, 0, UPTIME));
	m->state.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	KUNIT_EXPECT_TRUE(test, cb_shm0_update(&m->shm0, &m->state, 0, UPTIME));
	m->state.facts.vmclock.sampled = false;
	KUNIT_EXPECT_TRUE(test, cb_shm0_update(&m->shm0, &m->state, 0, UPTIME));
	KUNIT_EXPECT_EQ(test, m->segment.disruption_support, 0);
	m->state.clock.realtime -= 100;
	KUNIT_EXPECT_TRUE(test, cb_shm0_update(&m->shm0, &m->state, 0, UPTIME));
	m->state.clock.mult++;
	KUNIT_EXPECT_TRUE(test, cb_shm0_update(&m->shm0, &m->state, 0, UPTIME));
	m->state.decided.ticks = 3 * SECOND;
	KUNIT_EXPECT_TRUE(test, cb_shm0_update(&m->shm0, &m->state, 0, UPTIME));
	KUNIT_EXPECT_FALSE(test, cb_shm0_update(&m->shm0, &m->state, 0, UPTIME + 99 * MS));
	KUNIT_EXPECT_TRUE(test, cb_shm0_update(&m->shm0, &m->state, 0, UPTIME + 100 * MS));
}

/* Lines that end soon: the client itself stops to trust them in time. */
static void shm0_lines_end(struct kunit *test)
{
	struct machine *m = boot(test);

	set_lines(m, 3000, 5000, 1000);
	m->state.decided.ticks = 3 * SECOND;
	cb_shm0_update(&m->shm0, &m->state, 0, UPTIME);
	KUNIT_EXPECT_EQ(test, ask(test, &m->segment, START, UPTIME + 2800 * MS).status,
			CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, ask(test, &m->segment, START, UPTIME + 2900 * MS).status,
			CLOCKBOUND_STATUS_UNKNOWN);
	m->state.decided.synchronized_ticks = 2 * SECOND;
	cb_shm0_update(&m->shm0, &m->state, 0, UPTIME);
	KUNIT_EXPECT_EQ(test, ask(test, &m->segment, START, UPTIME + 1800 * MS).status,
			CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, ask(test, &m->segment, START, UPTIME + 2000 * MS).status,
			CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_EQ(test, ask(test, &m->segment, START, UPTIME + 2900 * MS).status,
			CLOCKBOUND_STATUS_UNKNOWN);
	m->state.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	cb_shm0_update(&m->shm0, &m->state, 0, UPTIME);
	KUNIT_EXPECT_EQ(test, ask(test, &m->segment, START, UPTIME + 2800 * MS).status,
			CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_EQ(test, ask(test, &m->segment, START, UPTIME + 2900 * MS).status,
			CLOCKBOUND_STATUS_UNKNOWN);
	m->state.decided.ticks = 0;
	cb_shm0_update(&m->shm0, &m->state, 0, UPTIME);
	KUNIT_EXPECT_EQ(test, m->segment.clock_status, CLOCKBOUND_STATUS_UNKNOWN);
}

/* A counter of 1 GHz, as the VMClock says a bit more than that, as the clock does less. */
static void shm0_just_one_nanosecond(struct kunit *test)
{
	struct machine *m = boot(test);
	struct answer answer;

	set_lines(m, 3000, 5000, 1000);
	m->state.decided.claim.shift = 0;
	m->state.decided.claim.earliest_rate = -(2ULL << 44);
	m->state.decided.claim.latest_rate = -(1ULL << 44);
	cb_shm0_update(&m->shm0, &m->state, SECOND, UPTIME + SECOND);
	answer = ask(test, &m->segment, START + 2 * SECOND, UPTIME + 2 * SECOND);
	KUNIT_EXPECT_EQ(test, answer.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	/* 2^-19 too slow, after 2 s. */
	KUNIT_EXPECT_GE(test, answer.latest - START - 2 * SECOND, 3000LL + 2 * 1907);
	KUNIT_EXPECT_LE(test, answer.latest - START - 2 * SECOND, 3000LL + 3 * 2000);
}

/* earliest that is kept from going back is no line to extrapolate from. */
static void shm0_floor_does_not_count(struct kunit *test)
{
	struct machine *m = boot(test);

	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &good_report, UPTIME), 0);
	m->state.floor.earliest = START + 5000;
	tick(m, SECOND / 1000000);
	KUNIT_ASSERT_GT(test, m->state.floor_ticks, 0);
	KUNIT_EXPECT_EQ(test, m->state.decided.claim.earliest, START + 1000 - 10002);
	KUNIT_EXPECT_EQ(test, m->segment.clock_status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_LE(test, m->segment.max_drift, 1100);
}

/* Until 10 s after a leap second, the clock and the truth may be on either side. */
static void shm0_leap_second(struct kunit *test)
{
	static const struct {
		s64 to_leap;	/* s */
		s64 error;	/* of the clock, in whole s of the lines */
	} vectors[] = {
		{ 12, 0 }, { 9, 2 }, { 0, 2 }, { -8, 2 }, { -11, 1 },
	};
	struct machine *m = boot(test);
	s64 day = START / (86400 * SECOND);
	struct cb_shm0_record record;
	int i, leap;

	for (leap = -1; leap <= 1; leap += 2) {
		for (i = 0; i < ARRAY_SIZE(vectors); i++) {
			s64 back = START - day * 86400 * SECOND + vectors[i].to_leap * SECOND;
			s64 expected = vectors[i].error * SECOND + 5000;

			set_lines(m, 3000, 5000, 0);
			m->state.clock.realtime = START - back;
			m->state.decided.claim.earliest -= back;
			m->state.decided.claim.latest -= back;
			m->state.decided.claim.leap = leap;
			m->state.decided.claim.leap_day = day;
			cb_shm0_make(&m->state, 0, UPTIME, &record);
			KUNIT_EXPECT_GE(test, record.bound, expected - 2000);
			KUNIT_EXPECT_LE(test, record.bound, expected + 1000);
		}
	}
}

static u64 random_u64(struct rnd_state *rnd)
{
	return (u64)prandom_u32_state(rnd) << 32 | prandom_u32_state(rnd);
}

/* As wide as it comes, from nothing to 2^63. */
static u64 any(struct rnd_state *rnd)
{
	return random_u64(rnd) >> (prandom_u32_state(rnd) % 64);
}

/* Whatever is in the structures: a segment that the client accepts. */
static void shm0_garbage(struct kunit *test)
{
	struct machine *m = boot(test);
	struct rnd_state rnd;
	u32 known = 0;
	int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < random_segments; i++) {
		const struct shm0_segment *s = &m->segment;
		struct cb_state *state = &m->state;
		s64 coarse = any(&rnd) >> 2;

		set_lines(m, any(&rnd) >> 1, any(&rnd) >> 1, 0);
		if (prandom_u32_state(&rnd) % 2) {
			state->decided.claim.earliest_rate = any(&rnd);
			state->decided.claim.latest_rate = any(&rnd);
			state->decided.claim.shift = prandom_u32_state(&rnd) % 32;
		}
		state->decided.ticks = any(&rnd) >> (2 + state->decided.claim.shift);
		state->decided.synchronized_ticks = any(&rnd) >> 1;
		state->decided.claim.leap = (s8)(prandom_u32_state(&rnd) % 3) - 1;
		state->decided.claim.leap_day = prandom_u32_state(&rnd);
		state->leap = (s8)(prandom_u32_state(&rnd) % 3) - 1;
		state->leap_day = prandom_u32_state(&rnd);
		state->delete_day = any(&rnd);
		state->clock.insert_at = any(&rnd) >> 2;
		/* Near the lines, or anywhere. */
		state->clock.realtime = any(&rnd) >> 2;
		if (prandom_u32_state(&rnd) % 2)
			state->clock.realtime = START + (any(&rnd) >> 4);
		if (prandom_u32_state(&rnd) % 2) {
			state->clock.mult = any(&rnd) >> 32;
			state->clock.shift = 1 + prandom_u32_state(&rnd) % 32;
		} else {
			state->clock.mult = (1U << SHIFT) + any(&rnd) % (1U << 20);
			state->clock.shift = SHIFT;
		}
		state->clock.usable = prandom_u32_state(&rnd) % 8;
		state->clock.monotonic = coarse;
		state->reported = prandom_u32_state(&rnd) % 2;
		state->facts.reported = prandom_u32_state(&rnd) % 4;
		state->facts.sources = prandom_u32_state(&rnd) % 4;
		state->report = (struct cb_report) {
			.as_of = any(&rnd) >> 4,
			.time = any(&rnd) >> 2,
			.bound = any(&rnd) >> 4,
			.slow = any(&rnd) >> 2,
			.fast = any(&rnd) >> 2,
			.fresh_until = any(&rnd) >> 4,
			.void_after = any(&rnd) >> 4,
		};
		state->status = prandom_u32_state(&rnd) % 4;
		cb_shm0_update(&m->shm0, state, prandom_u32_state(&rnd) % 2 ? any(&rnd) :
			       prandom_u32_state(&rnd), coarse);
		known += trusted(s->clock_status);
		KUNIT_ASSERT_TRUE(test, s->clock_status >= 0 && s->clock_status <= 3);
		KUNIT_ASSERT_LT(test, s->max_drift, (u32)CLOCKBOUND_DRIFT_LIMIT_PPB);
		KUNIT_ASSERT_GE(test, s->bound, 0LL);
		KUNIT_ASSERT_LE(test, s->bound, 6 + CLOCKBOUND_BOUND_LIMIT_NS);
		KUNIT_ASSERT_TRUE(test, s->as_of_nsec >= 0 && s->as_of_nsec < SECOND &&
				  s->void_after_nsec >= 0 && s->void_after_nsec < SECOND);
		KUNIT_ASSERT_LT(test, ns(s->as_of_sec, s->as_of_nsec), coarse);
		KUNIT_ASSERT_LE(test, s->disruption_support, 1);
	}
	KUNIT_EXPECT_GT(test, known, random_segments / 100);
}

/* The clock as it goes on, with another rate. */
static void change_rate(struct machine *m, s64 counter, s32 mult)
{
	struct cb_clock *clock = &m->state.clock;
	cb_u128 way = (cb_u128)(counter - clock->counter_value) * clock->mult +
		      clock->realtime_frac;

	clock->realtime += (s64)(way >> SHIFT);
	clock->monotonic += (s64)(way >> SHIFT);
	clock->realtime_frac = way & ((1U << SHIFT) - 1);
	clock->raw += counter - clock->counter_value;
	clock->counter_value = counter;
	clock->mult = mult;
}

static s64 clock_at(const struct cb_clock *clock, s64 start, u64 counter, s32 mult)
{
	return start + (s64)(((cb_u128)(counter - clock->counter_value) * mult +
			      clock->realtime_frac) >> SHIFT);
}

/*
 * A machine with random lines and a random clock, for some ticks. At random moments a
 * client reads whatever is in the segment, with a coarse clock that lags, and with a
 * rate that dithers: what it gets contains both lines.
 */
static void shm0_contains_lines(struct kunit *test)
{
	struct machine *m = boot(test);
	struct rnd_state rnd;
	u32 answers = 0;
	int i;

	prandom_seed_state(&rnd, 2);
	for (i = 0; i < random_segments; i++) {
		struct cb_claim *lines = &m->state.decided.claim;
		u64 counter = i % 16 ? m->coarse - UPTIME : 0, later;
		s64 realtime, mono, earliest, latest, lag, exact, drift;
		struct answer answer;
		s32 mult;

		if (!(i % 16)) {
			m->state.clock.counter_value = 0;
			m->state.clock.realtime = START;
			m->state.clock.monotonic = UPTIME;
			m->state.clock.raw = UPTIME;
			m->coarse = UPTIME;
			m->segment.generation = 0;
			set_lines(m, any(&rnd) >> 32, any(&rnd) >> 32, 0);
			lines->earliest_rate -= any(&rnd) >> 8;
			lines->latest_rate += any(&rnd) >> 8;
			lines->earliest_frac = random_u64(&rnd);
			lines->latest_frac = random_u64(&rnd);
			m->state.decided.ticks = 1 + prandom_u32_state(&rnd);
		}
		counter += prandom_u32_state(&rnd) % (40 * MS);
		mult = m->state.clock.mult;
		if (prandom_u32_state(&rnd) % 2)
			mult = (1U << SHIFT) + prandom_u32_state(&rnd) % 20000 - 10000;
		change_rate(m, counter, mult);
		m->coarse = m->state.clock.monotonic;
		/* The update comes somewhat later than the clock's. */
		counter += prandom_u32_state(&rnd) % MS;
		cb_shm0_update(&m->shm0, &m->state, counter, m->coarse);

		later = counter + prandom_u32_state(&rnd) % (prandom_u32_state(&rnd) % 2 ?
							     6 * SECOND : 200 * MS);
		mult += (s32)(prandom_u32_state(&rnd) % 3) - 1;
		realtime = clock_at(&m->state.clock, m->state.clock.realtime, later, mult);
		mono = clock_at(&m->state.clock, m->state.clock.monotonic, later, mult);
		lag = prandom_u32_state(&rnd) % 2 ? LAG : prandom_u32_state(&rnd) % LAG;
		lag = min(lag, mono - m->coarse);
		answer = ask(test, &m->segment, realtime, mono - lag);
		if (!trusted(answer.status))
			continue;
		answers++;
		KUNIT_ASSERT_EQ(test, bound_eval(&m->state.decided, later, &earliest, &latest), 1);
		KUNIT_ASSERT_LE(test, answer.earliest, earliest);
		KUNIT_ASSERT_GE(test, answer.latest, latest);
		/* And not more than what it can widen in 12 s. */
		exact = max(realtime - earliest, latest - realtime);
		drift = (lines->latest_rate - lines->earliest_rate) / ((1ULL << 63) / SECOND);
		KUNIT_ASSERT_LE(test, answer.latest - realtime, exact + 12 * (drift + 620000));
	}
	KUNIT_EXPECT_GT(test, answers, random_segments / 2);
}

/* The same of reports, while the clock is slewed as fast as it goes. */
static void shm0_contains_reports(struct kunit *test)
{
	struct machine *m = boot(test);
	struct rnd_state rnd;
	u32 seen[4] = { };
	u64 counter = 0;
	int i;

	prandom_seed_state(&rnd, 3);
	for (i = 0; i < random_segments; i++) {
		struct clockbound_report report = good_report;
		const struct cb_report *taken = &m->state.report;
		s64 lag, realtime, mono, earliest, latest;
		struct answer answer;
		u64 raw, later;

		counter += prandom_u32_state(&rnd) % (40 * MS);
		change_rate(m, counter,
			    (1U << SHIFT) + prandom_u32_state(&rnd) % 2796186 - 1398093);
		raw = m->state.clock.raw;
		if (!(prandom_u32_state(&rnd) % 400)) {
			report.as_of = raw - prandom_u32_state(&rnd) % MS;
			report.measured = report.as_of;
			report.void_after = raw + (any(&rnd) >> 26);
			report.time += raw - UPTIME + (any(&rnd) >> 30);
			report.bound = any(&rnd) >> 16;
			report.frequency = prandom_u32_state(&rnd);
			report.max_drift = any(&rnd) % (CLOCKBOUND_DRIFT_LIMIT_PPB / 2);
			KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, raw), 0);
		}
		tick(m, counter);
		m->coarse = m->state.clock.monotonic;
		cb_shm0_update(&m->shm0, &m->state, counter, m->coarse);

		later = counter + prandom_u32_state(&rnd) % (50 * MS);
		raw += later - counter;
		realtime = clock_at(&m->state.clock, m->state.clock.realtime, later,
				    m->state.clock.mult);
		mono = realtime - m->state.clock.realtime + m->state.clock.monotonic;
		lag = min_t(s64, prandom_u32_state(&rnd) % LAG, mono - m->coarse);
		answer = ask(test, &m->segment, realtime, mono - lag);
		seen[answer.status]++;
		if (!trusted(answer.status))
			continue;
		KUNIT_ASSERT_LT(test, raw, taken->void_after + 60 * MS);
		if (claim_eval(&m->state.report_claim, later, &earliest, &latest)) {
			KUNIT_ASSERT_GE(test, answer.latest, latest);
			KUNIT_ASSERT_LE(test, answer.earliest, earliest);
		}
		if (answer.status == CLOCKBOUND_STATUS_SYNCHRONIZED)
			KUNIT_ASSERT_LT(test, raw, taken->fresh_until + 60 * MS);
	}
	KUNIT_EXPECT_GT(test, seen[CLOCKBOUND_STATUS_SYNCHRONIZED], random_segments / 100);
	KUNIT_EXPECT_GT(test, seen[CLOCKBOUND_STATUS_FREE_RUNNING], random_segments / 100);
	KUNIT_EXPECT_GT(test, seen[CLOCKBOUND_STATUS_UNKNOWN], 0);
}

static struct kunit_case shm0_cases[] = {
	KUNIT_CASE(shm0_header),
	KUNIT_CASE(shm0_generation),
	KUNIT_CASE(shm0_growth_vectors),
	KUNIT_CASE(shm0_report_is_not_renewed),
	KUNIT_CASE(shm0_other_clocksource),
	KUNIT_CASE(shm0_lines_are_renewed),
	KUNIT_CASE(shm0_changes_are_written_at_once),
	KUNIT_CASE(shm0_lines_end),
	KUNIT_CASE(shm0_just_one_nanosecond),
	KUNIT_CASE(shm0_floor_does_not_count),
	KUNIT_CASE(shm0_leap_second),
	KUNIT_CASE(shm0_garbage),
	KUNIT_CASE(shm0_contains_lines),
	KUNIT_CASE(shm0_contains_reports),
	{ }
};

static struct kunit_suite shm0_suite = {
	.name = "clockbound_shm0",
	.test_cases = shm0_cases,
};

kunit_test_suite(shm0_suite);
