// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a VMClock page to a claim: vectors, hazards, and random pages
 * against the exact reference.
 */
#include <clockbound/eval.h>
#include <kunit/test.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>

#include "exact.h"
#include "lines.h"

/* Fewer where the processor is emulated. */
static unsigned int random_cases = 1000000;
module_param(random_cases, uint, 0444);
MODULE_PARM_DESC(random_cases, "how many random pages of each kind are tested");

#define NATIVE		VMCLOCK_ID_X86_TSC

/* 1 ns as a period: 0x89705F4136B4A597 * 2^-(64 + 29) s. */
#define PERIOD_1NS	0x89705F4136B4A597ULL
#define SHIFT_1NS	29

#define ALL_VALID	(VMCLOCK_TAI_OFFSET_VALID | VMCLOCK_PERIOD_ESTERROR_VALID | \
			 VMCLOCK_PERIOD_MAXERROR_VALID | VMCLOCK_TIME_ESTERROR_VALID | \
			 VMCLOCK_TIME_MAXERROR_VALID | VMCLOCK_VM_GEN_PRESENT)

/* 2026-11-21 00:00:37 TAI and a 1 GHz counter, +-1000 ns and 1 ppm. */
static struct cb_sample good_sample(void)
{
	return (struct cb_sample) {
		.seq_count = 2,
		.size = PAGE_SIZE,
		.version = VMCLOCK_PAGE_VERSION,
		.counter_id = NATIVE,
		.time_type = VMCLOCK_TYPE_TAI,
		.disruption_marker = 5,
		.flags = ALL_VALID,
		.clock_status = VMCLOCK_CLOCK_SYNCHRONIZED,
		.counter_period_shift = SHIFT_1NS,
		.tai_offset_sec = -37,
		.counter_value = 1000000,
		.period = PERIOD_1NS,
		.period_maxerror = PERIOD_1NS / 1000000,
		.time_sec = 1795219200 + 37,
		.time_maxerror_nanosec = 1000,
		.vm_generation = 6,
	};
}

static struct vmclock_page good_page(void)
{
	struct cb_sample s = good_sample();

	return (struct vmclock_page) {
		.magic = cpu_to_le32(VMCLOCK_PAGE_MAGIC),
		.size = cpu_to_le32(s.size),
		.version = cpu_to_le16(s.version),
		.counter_id = s.counter_id,
		.time_type = s.time_type,
		.seq_count = cpu_to_le32(s.seq_count),
		.disruption_marker = cpu_to_le64(s.disruption_marker),
		.flags = cpu_to_le64(s.flags),
		.clock_status = s.clock_status,
		.tai_offset_sec = cpu_to_le16(s.tai_offset_sec),
		.leap_indicator = s.leap_indicator,
		.counter_period_shift = s.counter_period_shift,
		.counter_value = cpu_to_le64(s.counter_value),
		.counter_period_frac_sec = cpu_to_le64(s.period),
		.counter_period_maxerror_rate_frac_sec = cpu_to_le64(s.period_maxerror),
		.time_sec = cpu_to_le64(s.time_sec),
		.time_frac_sec = cpu_to_le64(s.time_frac_sec),
		.time_maxerror_nanosec = cpu_to_le64(s.time_maxerror_nanosec),
		.vm_generation_counter = cpu_to_le64(s.vm_generation),
	};
}

static void expect_verdict(struct kunit *test, const struct cb_sample *sample,
			   enum cb_verdict verdict)
{
	struct cb_claim claim;

	KUNIT_EXPECT_EQ(test, cb_vmclock_claim(sample, NATIVE, &claim), verdict);
	/* Without a claim it answers nowhere. */
	KUNIT_EXPECT_EQ(test, !!claim.latest_rate, verdict == CB_VERDICT_FULL);
}

static void vmclock_one_nanosecond(struct kunit *test)
{
	struct cb_sample sample = good_sample();
	struct cb_claim claim;
	s64 start = 1795219200LL * NSEC_PER_SEC;
	s64 earliest, latest;

	sample.period_maxerror = 0;
	KUNIT_ASSERT_EQ(test, cb_vmclock_claim(&sample, NATIVE, &claim), CB_VERDICT_FULL);
	KUNIT_EXPECT_EQ(test, claim.tai_offset, 37);

	KUNIT_ASSERT_EQ(test, 1, claim_eval(&claim, 1000000, &earliest, &latest));
	KUNIT_EXPECT_EQ(test, earliest, start - 1000);
	KUNIT_EXPECT_EQ(test, latest, start + 1000);

	/* The constant is 1 ns rounded: a second later it is a second, to 1 ns. */
	KUNIT_ASSERT_EQ(test, 1, claim_eval(&claim, 1001000000, &earliest, &latest));
	KUNIT_EXPECT_LE(test, earliest, start + NSEC_PER_SEC - 1000);
	KUNIT_EXPECT_GE(test, earliest, start + NSEC_PER_SEC - 1001);
	KUNIT_EXPECT_GE(test, latest, start + NSEC_PER_SEC + 1000);
	KUNIT_EXPECT_LE(test, latest, start + NSEC_PER_SEC + 1001);
}

/* 1 ppm over 1 s is 1 us, on either side of the reference. */
static void vmclock_error_grows_both_ways(struct kunit *test)
{
	struct cb_sample sample = good_sample();
	struct cb_claim claim;
	s64 start = 1795219200LL * NSEC_PER_SEC;
	s64 earliest, latest;

	sample.counter_value = 5 * NSEC_PER_SEC;
	KUNIT_ASSERT_EQ(test, cb_vmclock_claim(&sample, NATIVE, &claim), CB_VERDICT_FULL);
	KUNIT_ASSERT_EQ(test, 1, claim_eval(&claim, 6 * NSEC_PER_SEC, &earliest, &latest));
	KUNIT_EXPECT_EQ(test, DIV_ROUND_CLOSEST(latest - earliest, 10), 400);
	KUNIT_EXPECT_EQ(test, (earliest + latest) / 2, start + NSEC_PER_SEC);
	KUNIT_ASSERT_EQ(test, 1, claim_eval(&claim, 4 * NSEC_PER_SEC, &earliest, &latest));
	KUNIT_EXPECT_EQ(test, DIV_ROUND_CLOSEST(latest - earliest, 10), 400);
	KUNIT_EXPECT_EQ(test, (earliest + latest) / 2, start - NSEC_PER_SEC);
}

static void vmclock_both_signs_of_tai_offset(struct kunit *test)
{
	struct cb_sample sample = good_sample();
	struct cb_claim minus, plus;

	KUNIT_ASSERT_EQ(test, cb_vmclock_claim(&sample, NATIVE, &minus), CB_VERDICT_FULL);
	sample.tai_offset_sec = 37;
	KUNIT_ASSERT_EQ(test, cb_vmclock_claim(&sample, NATIVE, &plus), CB_VERDICT_FULL);
	KUNIT_EXPECT_MEMEQ(test, &minus, &plus, sizeof(plus));

	sample.tai_offset_sec = S16_MIN;
	KUNIT_ASSERT_EQ(test, cb_vmclock_claim(&sample, NATIVE, &plus), CB_VERDICT_FULL);
	KUNIT_EXPECT_EQ(test, plus.tai_offset, 32768);
	KUNIT_EXPECT_EQ(test, plus.earliest, minus.earliest - (32768 - 37) * NSEC_PER_SEC);
}

static void vmclock_time_types(struct kunit *test)
{
	struct cb_sample sample = good_sample();
	struct cb_claim claim;
	int type;

	sample.time_type = VMCLOCK_TYPE_UTC;
	sample.time_sec -= 37;
	KUNIT_ASSERT_EQ(test, cb_vmclock_claim(&sample, NATIVE, &claim), CB_VERDICT_FULL);
	KUNIT_EXPECT_EQ(test, claim.earliest, 1795219200LL * NSEC_PER_SEC - 1000);
	KUNIT_EXPECT_EQ(test, claim.tai_offset, 37);

	sample.flags &= ~VMCLOCK_TAI_OFFSET_VALID;
	KUNIT_ASSERT_EQ(test, cb_vmclock_claim(&sample, NATIVE, &claim), CB_VERDICT_FULL);
	KUNIT_EXPECT_EQ(test, claim.tai_offset, CB_TAI_UNKNOWN);
	sample.time_type = VMCLOCK_TYPE_TAI;
	expect_verdict(test, &sample, CB_VERDICT_NO_TAI_OFFSET);

	sample = good_sample();
	for (type = VMCLOCK_TYPE_MONOTONIC; type <= U8_MAX; type++) {
		sample.time_type = type;
		expect_verdict(test, &sample, CB_VERDICT_TIME_TYPE);
	}
}

static void vmclock_every_status(struct kunit *test)
{
	struct cb_sample sample = good_sample();
	int status;

	for (status = 0; status <= U8_MAX; status++) {
		sample.clock_status = status;
		expect_verdict(test, &sample, status == VMCLOCK_CLOCK_SYNCHRONIZED ||
			       status == VMCLOCK_CLOCK_FREERUNNING ?
			       CB_VERDICT_FULL : CB_VERDICT_UNTRUSTED);
	}
}

static void vmclock_counters(struct kunit *test)
{
	struct cb_sample sample = good_sample();
	struct cb_claim claim;

	sample.counter_id = VMCLOCK_ID_INVALID;
	expect_verdict(test, &sample, CB_VERDICT_NO_CLOCK);
	sample.counter_id = VMCLOCK_ID_ARM_VCNT;
	expect_verdict(test, &sample, CB_VERDICT_OTHER_COUNTER);
	sample.counter_id = NATIVE;
	KUNIT_EXPECT_EQ(test, cb_vmclock_claim(&sample, CLOCKBOUND_COUNTER_NONE, &claim),
			CB_VERDICT_OTHER_COUNTER);
}

static void vmclock_maxerrors_missing(struct kunit *test)
{
	struct cb_sample sample = good_sample();

	sample.flags = ALL_VALID & ~VMCLOCK_TIME_MAXERROR_VALID;
	expect_verdict(test, &sample, CB_VERDICT_NO_MAXERROR);
	sample.flags = ALL_VALID & ~VMCLOCK_PERIOD_MAXERROR_VALID;
	expect_verdict(test, &sample, CB_VERDICT_NO_MAXERROR);
	/* Estimates are not bounds, and unknown bits mean nothing. */
	sample.flags = ALL_VALID & ~(VMCLOCK_TIME_ESTERROR_VALID | VMCLOCK_PERIOD_ESTERROR_VALID);
	expect_verdict(test, &sample, CB_VERDICT_FULL);
	sample.flags = ~0ULL;
	expect_verdict(test, &sample, CB_VERDICT_FULL);
}

static void vmclock_out_of_range(struct kunit *test)
{
	struct cb_sample sample = good_sample();

	sample.time_sec = CB_TIME_SEC_MAX;
	sample.time_maxerror_nanosec = CB_MAXERROR_MAX;
	expect_verdict(test, &sample, CB_VERDICT_FULL);
	sample.time_sec++;
	expect_verdict(test, &sample, CB_VERDICT_RANGE);
	sample.time_sec = U64_MAX;
	expect_verdict(test, &sample, CB_VERDICT_RANGE);

	sample = good_sample();
	sample.time_maxerror_nanosec = CB_MAXERROR_MAX + 1;
	expect_verdict(test, &sample, CB_VERDICT_RANGE);
	sample.time_maxerror_nanosec = U64_MAX;
	expect_verdict(test, &sample, CB_VERDICT_RANGE);

	sample = good_sample();
	sample.period = 0;
	sample.period_maxerror = 0;
	expect_verdict(test, &sample, CB_VERDICT_RANGE);

	sample = good_sample();
	sample.period_maxerror = sample.period;
	expect_verdict(test, &sample, CB_VERDICT_FULL);
	sample.period_maxerror++;
	expect_verdict(test, &sample, CB_VERDICT_RANGE);

	/* Periods of seconds and more. */
	sample = good_sample();
	sample.counter_period_shift = 0;
	expect_verdict(test, &sample, CB_VERDICT_FULL);
	sample.period = U64_MAX;
	sample.period_maxerror = U64_MAX;
	expect_verdict(test, &sample, CB_VERDICT_FULL);
}

static void vmclock_every_shift(struct kunit *test)
{
	struct cb_sample sample = good_sample();
	struct cb_claim claim;
	struct exact_loss loss;
	s64 earliest, latest;
	u64 ticks;
	int shift;

	for (shift = 0; shift <= U8_MAX; shift++) {
		sample.counter_period_shift = shift;
		KUNIT_ASSERT_EQ(test, cb_vmclock_claim(&sample, NATIVE, &claim),
				CB_VERDICT_FULL);
		for (ticks = 1; ticks < claim_ticks(&claim); ticks *= 2) {
			u64 counter = sample.counter_value + ticks;

			KUNIT_ASSERT_EQ(test, 1, claim_eval(&claim, counter, &earliest,
							    &latest));
			exact_compare(&sample, counter, earliest, latest, &loss);
			KUNIT_ASSERT_FALSE(test, loss.inside);
			KUNIT_ASSERT_LE(test, loss.floor_ns, 1);
			KUNIT_ASSERT_LE(test, loss.ceil_ns, 1);
		}
		KUNIT_ASSERT_EQ(test, 0, claim_eval(&claim, sample.counter_value + ticks,
						    &earliest, &latest));
	}
}

/* What the page says of a leap second is in the claim, and the lines run on. */
static void vmclock_leap_announced(struct kunit *test)
{
	static const struct {
		u8 indicator;
		s8 leap;
		s64 leap_day;
		int ahead;	/* s that the lines are ahead of the page's time */
	} cases[] = {
		{ VMCLOCK_LEAP_IND_NONE, 0, 1793491200 / 86400, 0 },	/* 2026-11-01 */
		{ VMCLOCK_LEAP_IND_PRE_POS, 1, 1796083200 / 86400, 0 },	/* 2026-12-01 */
		{ VMCLOCK_LEAP_IND_PRE_NEG, -1, 1796083200 / 86400, 0 },
		{ VMCLOCK_LEAP_IND_POST_POS, 1, 1793491200 / 86400, 1 },
		{ VMCLOCK_LEAP_IND_POST_NEG, -1, 1793491200 / 86400, -1 },
	};
	struct cb_sample sample = good_sample();
	struct cb_claim claim;
	s64 earliest;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		sample.leap_indicator = cases[i].indicator;
		KUNIT_ASSERT_EQ(test, cb_vmclock_claim(&sample, NATIVE, &claim),
				CB_VERDICT_FULL);
		KUNIT_EXPECT_EQ(test, claim.leap, cases[i].leap);
		KUNIT_EXPECT_EQ(test, (s64)claim.leap_day, cases[i].leap_day);
		KUNIT_EXPECT_EQ(test, claim.tai_offset, 37 - cases[i].ahead);
		if (!i)
			earliest = claim.earliest;
		KUNIT_EXPECT_EQ(test, claim.earliest,
				earliest + cases[i].ahead * NSEC_PER_SEC);
	}

	sample.leap_indicator = VMCLOCK_LEAP_IND_POS;
	expect_verdict(test, &sample, CB_VERDICT_LEAP_SECOND);
	sample.leap_indicator = VMCLOCK_LEAP_IND_POST_NEG + 1;
	expect_verdict(test, &sample, CB_VERDICT_RANGE);

	/* A time before 1970 has no day. */
	sample = good_sample();
	sample.time_sec = 0;
	KUNIT_ASSERT_EQ(test, cb_vmclock_claim(&sample, NATIVE, &claim), CB_VERDICT_FULL);
	KUNIT_EXPECT_EQ(test, (int)claim.leap_day, 0);
}

static void vmclock_sample_copies(struct kunit *test)
{
	struct vmclock_page page = good_page();
	struct cb_sample expected = good_sample(), sample;

	KUNIT_EXPECT_EQ(test, cb_vmclock_sample(&page, &sample), CB_VERDICT_FULL);
	KUNIT_EXPECT_MEMEQ(test, &sample, &expected, sizeof(sample));

	/* A first page with a sequence count of 0 is legal. */
	page.seq_count = 0;
	KUNIT_EXPECT_EQ(test, cb_vmclock_sample(&page, &sample), CB_VERDICT_FULL);

	/* The generation counter counts only if it lies within the region. */
	page.size = cpu_to_le32(104);
	KUNIT_EXPECT_EQ(test, cb_vmclock_sample(&page, &sample), CB_VERDICT_FULL);
	KUNIT_EXPECT_EQ(test, sample.flags & VMCLOCK_VM_GEN_PRESENT, 0);
}

static void expect_foreign(struct kunit *test, const struct vmclock_page *page)
{
	struct cb_sample sample;

	KUNIT_EXPECT_EQ(test, cb_vmclock_sample(page, &sample), CB_VERDICT_FOREIGN);
	KUNIT_EXPECT_TRUE(test, cb_vmclock_foreign(page));
}

static void vmclock_sample_refuses(struct kunit *test)
{
	struct cb_sample sample;
	struct vmclock_page page;

	page = good_page();
	page.seq_count = cpu_to_le32(U32_MAX);
	KUNIT_EXPECT_EQ(test, cb_vmclock_sample(&page, &sample), CB_VERDICT_BUSY);
	KUNIT_EXPECT_FALSE(test, cb_vmclock_foreign(&page));

	page = good_page();
	page.magic = 0;
	expect_foreign(test, &page);
	page = good_page();
	page.version = cpu_to_le16(2);
	expect_foreign(test, &page);
	page = good_page();
	page.size = cpu_to_le32(103);
	expect_foreign(test, &page);

	memset(&page, 0xff, sizeof(page));
	expect_foreign(test, &page);
	memset(&page, 0, sizeof(page));
	expect_foreign(test, &page);
}

static void vmclock_verdicts_have_texts(struct kunit *test)
{
	int verdict;

	for (verdict = 0; verdict < CB_VERDICTS; verdict++)
		KUNIT_EXPECT_NOT_NULL(test, cb_verdict_text(verdict));
	KUNIT_EXPECT_STREQ(test, cb_verdict_text(CB_VERDICTS), "invalid");
}

/* A number whose magnitude is random, too: 0 to 64 bits, sometimes all ones. */
static u64 random_u64(struct rnd_state *rnd)
{
	u64 value = (u64)prandom_u32_state(rnd) << 32 | prandom_u32_state(rnd);
	u32 bits = prandom_u32_state(rnd) % 66;

	if (bits == 65)
		return U64_MAX;
	return bits ? value >> (64 - min(bits, 64U)) : 0;
}

static struct cb_sample random_sample(struct rnd_state *rnd)
{
	struct cb_sample sample = good_sample();
	u32 choice = prandom_u32_state(rnd);

	sample.time_frac_sec = random_u64(rnd);
	sample.counter_value = random_u64(rnd);
	sample.tai_offset_sec = random_u64(rnd);
	sample.counter_period_shift = choice >> 8;
	sample.period = random_u64(rnd);
	sample.period_maxerror = choice & 1 ? random_u64(rnd) : sample.period >> (choice & 31);
	sample.time_sec = random_u64(rnd) & (choice & 2 ? U64_MAX : U32_MAX);
	sample.time_maxerror_nanosec = random_u64(rnd);
	sample.time_type = choice & 4 ? VMCLOCK_TYPE_UTC : VMCLOCK_TYPE_TAI;
	sample.clock_status = choice & 8 ? VMCLOCK_CLOCK_SYNCHRONIZED : VMCLOCK_CLOCK_FREERUNNING;
	if (!(choice & 0x70))
		sample.leap_indicator = choice >> 16;
	return sample;
}

/* A counter from 1 MHz to 10 GHz, as machines have them, with a sane error. */
static struct cb_sample plausible_sample(struct rnd_state *rnd, u64 *ticks_1000s)
{
	struct cb_sample sample = good_sample();
	u32 megahertz = 1 + prandom_u32_state(rnd) % 10000;

	*ticks_1000s = megahertz * 1000000000ULL;
	/* 1 us in the unit of shift 19 is 2^83 / 10^6. */
	sample.period = 0x8637BD05AF6C69B5ULL / megahertz;
	sample.counter_period_shift = 19;
	sample.period_maxerror = sample.period >> (10 + prandom_u32_state(rnd) % 20);
	sample.counter_value = (u64)prandom_u32_state(rnd) << 20;
	sample.time_frac_sec = random_u64(rnd);
	sample.time_maxerror_nanosec = prandom_u32_state(rnd);
	sample.tai_offset_sec = prandom_u32_state(rnd) & 1 ? 37 : -37;
	return sample;
}

static void check_random_counter(struct kunit *test, struct rnd_state *rnd,
				 const struct cb_sample *sample,
				 const struct cb_claim *claim, u64 distance_max,
				 bool strict)
{
	u64 distance = min(random_u64(rnd), distance_max);
	u64 counter = prandom_u32_state(rnd) & 1 ? sample->counter_value + distance :
						   sample->counter_value - distance;
	struct exact_loss loss;
	s64 earliest, latest;

	KUNIT_ASSERT_EQ(test, 1, claim_eval(claim, counter, &earliest, &latest));
	/* After a leap second, the lines count as before it and the page does not. */
	if (sample->leap_indicator >= VMCLOCK_LEAP_IND_POST_POS) {
		earliest -= claim->leap * NSEC_PER_SEC;
		latest -= claim->leap * NSEC_PER_SEC;
	}
	exact_compare(sample, counter, earliest, latest, &loss);
	KUNIT_ASSERT_FALSE(test, loss.inside);
	KUNIT_ASSERT_LE(test, loss.floor_ns, 1);
	KUNIT_ASSERT_LE(test, loss.ceil_ns, 1);
	if (strict)
		KUNIT_ASSERT_TRUE(test, loss.within_2ns);
}

/* I2, I3, I7: whatever the page says. */
static void vmclock_random_pages(struct kunit *test)
{
	struct cb_claim claim;
	struct rnd_state rnd;
	unsigned int i, full = 0;

	prandom_seed_state(&rnd, 20261121);
	for (i = 0; i < random_cases; i++) {
		struct cb_sample sample = random_sample(&rnd);
		enum cb_verdict verdict = cb_vmclock_claim(&sample, NATIVE, &claim);

		if (verdict != CB_VERDICT_FULL) {
			KUNIT_ASSERT_EQ(test, claim.latest_rate, 0);
			continue;
		}
		full++;
		check_random_counter(test, &rnd, &sample, &claim, claim_ticks(&claim) - 1, false);
	}
	/* Enough of them must have been worth checking. */
	KUNIT_EXPECT_GT(test, full, random_cases / 5);
}

/* I2: on real machines' counters, up to 1000 s from the reference. */
static void vmclock_plausible_pages(struct kunit *test)
{
	struct cb_claim claim;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 20261122);
	for (i = 0; i < random_cases; i++) {
		u64 ticks_1000s;
		struct cb_sample sample = plausible_sample(&rnd, &ticks_1000s);

		KUNIT_ASSERT_EQ(test, cb_vmclock_claim(&sample, NATIVE, &claim),
				CB_VERDICT_FULL);
		check_random_counter(test, &rnd, &sample, &claim, ticks_1000s, true);
	}
}

/* I7: bytes. */
static void vmclock_random_bytes(struct kunit *test)
{
	struct cb_claim claim;
	struct cb_sample sample;
	struct vmclock_page page;
	struct rnd_state rnd;
	s64 earliest, latest;
	unsigned int i;
	int j;

	prandom_seed_state(&rnd, 20261123);
	for (i = 0; i < random_cases; i++) {
		page = good_page();
		/* Some bytes of a good page, so that some pages get through. */
		for (j = prandom_u32_state(&rnd) % 8; j >= 0; j--)
			((u8 *)&page)[prandom_u32_state(&rnd) % sizeof(page)] =
				prandom_u32_state(&rnd);
		if (cb_vmclock_sample(&page, &sample) != CB_VERDICT_FULL ||
		    cb_vmclock_claim(&sample, NATIVE, &claim) != CB_VERDICT_FULL)
			continue;
		if (claim_eval(&claim, random_u64(&rnd), &earliest, &latest))
			KUNIT_ASSERT_LE(test, earliest, latest);
	}
}

static struct kunit_case vmclock_cases[] = {
	KUNIT_CASE(vmclock_one_nanosecond),
	KUNIT_CASE(vmclock_error_grows_both_ways),
	KUNIT_CASE(vmclock_both_signs_of_tai_offset),
	KUNIT_CASE(vmclock_time_types),
	KUNIT_CASE(vmclock_every_status),
	KUNIT_CASE(vmclock_counters),
	KUNIT_CASE(vmclock_maxerrors_missing),
	KUNIT_CASE(vmclock_out_of_range),
	KUNIT_CASE(vmclock_every_shift),
	KUNIT_CASE(vmclock_leap_announced),
	KUNIT_CASE(vmclock_sample_copies),
	KUNIT_CASE(vmclock_sample_refuses),
	KUNIT_CASE(vmclock_verdicts_have_texts),
	KUNIT_CASE_SLOW(vmclock_random_pages),
	KUNIT_CASE_SLOW(vmclock_plausible_pages),
	KUNIT_CASE_SLOW(vmclock_random_bytes),
	{ }
};

static struct kunit_suite vmclock_suite = {
	.name = "clockbound_vmclock",
	.test_cases = vmclock_cases,
};

kunit_test_suite(vmclock_suite);
