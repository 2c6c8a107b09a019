// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages: a bound contains its claim, nesting is what exact arithmetic says it
 * is, and the fields are where the specification has them.
 */
#include "test.h"

#include <endian.h>
#include <string.h>

#include "page.h"
#include "random.h"

#define NOW	((s128)1795000000 << 64)

/* Exact numbers: 384 bits, two's complement. */
#define LIMBS	6

struct big {
	__u64 limb[LIMBS];
};

static struct big big_from(s128 value)
{
	struct big big;

	memset(&big, value < 0 ? 0xff : 0, sizeof(big));
	big.limb[0] = (__u64)value;
	big.limb[1] = (__u64)(value >> 64);
	return big;
}

static struct big big_add(struct big a, struct big b)
{
	unsigned __int128 carry = 0;

	for (int i = 0; i < LIMBS; i++) {
		carry += (unsigned __int128)a.limb[i] + b.limb[i];
		a.limb[i] = (__u64)carry;
		carry >>= 64;
	}
	return a;
}

static struct big big_negate(struct big a)
{
	for (int i = 0; i < LIMBS; i++)
		a.limb[i] = ~a.limb[i];
	return big_add(a, big_from(1));
}

static bool big_is_negative(struct big a)
{
	return a.limb[LIMBS - 1] >> 63;
}

static struct big big_multiply(struct big a, __u64 b)
{
	unsigned __int128 carry = 0;
	bool negative = big_is_negative(a);

	if (negative)
		a = big_negate(a);
	for (int i = 0; i < LIMBS; i++) {
		carry += (unsigned __int128)a.limb[i] * b;
		a.limb[i] = (__u64)carry;
		carry >>= 64;
	}
	return negative ? big_negate(a) : a;
}

static struct big big_shift(struct big a, int bits)
{
	while (bits-- > 0)
		a = big_multiply(a, 2);
	return a;
}

static bool big_less(struct big a, struct big b)
{
	return big_is_negative(big_add(a, big_negate(b)));
}

/* An end of the interval at @counter, in 2^-(64 + shift) ns; @side -1 or 1. */
static struct big edge(const struct bound *bound, __u64 counter, int side)
{
	__s64 ticks = counter - bound->counter;
	__u64 distance = ticks < 0 ? -(__u64)ticks : (__u64)ticks;
	struct big centre = big_multiply(big_from(bound->period), distance);
	struct big error = big_multiply(big_from(bound->period_maxerror),
					distance);
	struct big sum = big_shift(big_from(bound->time), bound->shift);

	sum = big_add(sum, ticks < 0 ? big_negate(centre) : centre);
	sum = big_add(sum, side < 0 ? big_negate(error) : error);
	sum = big_multiply(sum, NSEC_PER_SEC);
	error = big_shift(big_from(bound->maxerror), 64 + bound->shift);
	return big_add(sum, side < 0 ? big_negate(error) : error);
}

static bool inside_at(const struct bound *inner, const struct bound *outer,
		      __u64 counter)
{
	return !big_less(edge(inner, counter, -1), edge(outer, counter, -1)) &&
	       !big_less(edge(outer, counter, 1), edge(inner, counter, 1));
}

/* What bound_nests() must say, from exact arithmetic at the corners. */
static bool inside_from(const struct bound *inner, const struct bound *outer,
			__u64 from)
{
	if (inner->period - inner->period_maxerror <
	    outer->period - outer->period_maxerror ||
	    inner->period + inner->period_maxerror >
	    outer->period + outer->period_maxerror)
		return false;
	return inside_at(inner, outer, from) &&
	       ((__s64)(inner->counter - from) <= 0 ||
		inside_at(inner, outer, inner->counter)) &&
	       ((__s64)(outer->counter - from) <= 0 ||
		inside_at(inner, outer, outer->counter));
}

static struct bound random_bound(void)
{
	struct bound bound = {
		.counter = random_below(1ULL << 42),
		.time = NOW + random_next(),
		.maxerror = random_below(1000000),
		.shift = 29,
	};

	bound.period = (1ULL << 62) + random_below(1ULL << 61);
	bound.period_maxerror = random_below(bound.period / 10000);
	return bound;
}

/* A page that continues @earlier, and may or may not nest in it by a hair. */
static struct bound random_successor(const struct bound *earlier)
{
	struct bound later = *earlier;
	__s64 ticks = random_around(1LL << 33);
	s128 widening;

	later.counter += ticks;
	later.time += shift_floor((s128)earlier->period * ticks, earlier->shift);
	later.time += random_around(1LL << 40);
	widening = shift_floor((s128)earlier->period_maxerror * ticks,
			       earlier->shift);
	later.maxerror += fixed_to_ns_floor(widening) + random_around(2);
	if (ticks < 0 && (__s64)later.maxerror < 0)
		later.maxerror = 0;
	if (!random_below(4))
		later.period_maxerror -= random_below(later.period_maxerror + 1);
	if (!random_below(8))
		later.period += random_around(1000);
	return later;
}

TEST(nests_as_exact_arithmetic_says)
{
	size_t nested = 0, total = 200000;

	for (size_t i = 0; i < total; i++) {
		struct bound earlier = random_bound();
		struct bound later = random_successor(&earlier);
		__u64 from = earlier.counter + random_around(1LL << 34);
		bool nests = bound_nests(&later, &earlier, from);

		assert_int_equal(nests, inside_from(&later, &earlier, from));
		nested += nests;
		for (int j = 0; nests && j < 4; j++)
			assert_true(inside_at(&later, &earlier, from +
					      (random_next() >> (2 + j * 15))));
	}
	/* The pages are made so that both answers are common. */
	assert_in_range(nested, total / 20, total * 19 / 20);
}

TEST(nests_in_itself_only_in_the_same_units)
{
	struct bound bound = random_bound(), other = bound;

	assert_true(bound_nests(&bound, &bound, bound.counter));
	other.shift++;
	assert_false(bound_nests(&other, &bound, bound.counter));
}

/* Half a thousandth of a billionth of a nanosecond is too much. */
TEST(nests_to_the_last_bit)
{
	struct bound earlier = {
		.counter = 1000, .time = NOW, .maxerror = 5,
		.period = (1ULL << 62) + 1, .shift = 29,
	};
	struct bound later = earlier;

	/* At 1001 the earlier page is at this, and one unit of 2^-93 s more. */
	later.counter = 1001;
	later.time += 1LL << 33;
	assert_false(bound_nests(&later, &earlier, 1001));
	assert_false(bound_nests(&earlier, &later, 1001));
	earlier.period--;
	later.period--;
	assert_true(bound_nests(&later, &earlier, 1001));
	assert_true(bound_nests(&earlier, &later, 1001));
}

TEST(nothing_wild_nests)
{
	for (int i = 0; i < 100000; i++) {
		struct bound earlier = random_bound(), later = earlier;

		later.time = (s128)random_next() << random_below(63);
		later.counter = random_next();
		later.maxerror = random_next() >> random_below(64);
		later.shift = random_below(256);
		earlier.shift = random_below(2) ? later.shift : 29;
		if (bound_nests(&later, &earlier, earlier.counter))
			assert_true(inside_from(&later, &earlier,
						earlier.counter));
	}
}

static struct claim random_claim(void)
{
	struct claim claim = {
		.counter = random_below(1ULL << 42),
		.earliest = NOW + random_next(),
		.rate = { .shift = 29 },
	};

	claim.latest = claim.earliest + (s128)random_next() * 4;
	claim.rate.min = (1ULL << 62) + random_below(1ULL << 61);
	claim.rate.max = claim.rate.min + random_below(claim.rate.min / 5000);
	return claim;
}

/* A time in the units of edge() */
static struct big exactly(s128 time, __u8 shift)
{
	return big_multiply(big_shift(big_from(time), shift), NSEC_PER_SEC);
}

TEST(bound_contains_its_claim)
{
	for (int i = 0; i < 100000; i++) {
		struct claim claim = random_claim(), aged = claim;
		struct bound bound;
		__s64 earliest, latest;

		bound_from_claim(&bound, &claim);
		claim_age(&aged, claim.counter + random_around(1LL << 40));
		bound_interval(&bound, aged.counter, &earliest, &latest);
		assert_true(fixed_from_ns_floor(earliest) <= aged.earliest);
		assert_true(fixed_from_ns_ceil(latest) >= aged.latest);
		assert_false(big_less(exactly(claim.earliest, bound.shift),
				      edge(&bound, claim.counter, -1)));
		assert_false(big_less(edge(&bound, claim.counter, 1),
				      exactly(claim.latest, bound.shift)));
		/* And is not wider than it must be: here at C1 */
		bound_interval(&bound, claim.counter, &earliest, &latest);
		assert_true(latest - earliest <=
			    fixed_to_ns_ceil(claim.latest - claim.earliest) + 4);
	}
}

/*
 * The argument in page.c, from 20 ms between two reference points on: whatever
 * the clock says, an intersected claim gives a page that nests.
 */
TEST(updates_nest)
{
	for (int i = 0; i < 2000; i++) {
		struct claim claim = random_claim(), fresh;
		__u64 published = claim.counter + (40 << 20);
		struct bound earlier, later;

		bound_from_claim(&earlier, &claim);
		for (int j = 0; j < 50; j++) {
			fresh = claim;
			claim_age(&fresh, published);
			claim = fresh;
			fresh.earliest += random_around(1LL << 50);
			fresh.latest += random_around(1LL << 50);
			if (fresh.earliest > fresh.latest)
				fresh.earliest = fresh.latest;
			if (!claim_intersect(&claim, &fresh))
				continue;
			bound_from_claim(&later, &claim);
			assert_true(bound_nests(&later, &earlier, published));
			assert_true(inside_from(&later, &earlier, published));
			earlier = later;
			published += (40 << 20) + random_below(1ULL << 32);
		}
	}
}

TEST(fields_are_where_they_belong)
{
	const struct identity identity = {
		.marker = 0x1122334455667788, .generation = 7,
		.counter_id = VMCLOCK_ID_X86_TSC,
		.status = VMCLOCK_CLOCK_SYNCHRONIZED,
		.leap = VMCLOCK_LEAP_IND_PRE_POS,
		.time_type = VMCLOCK_TYPE_TAI, .tai_offset = 37,
	};
	const struct bound bound = {
		.counter = 0x0102030405060708, .time = ((s128)1000 << 64) | 5,
		.maxerror = 99, .period = 11, .period_maxerror = 12, .shift = 13,
	};
	__u8 bytes[sizeof(struct vmclock_page)];
	__s16 tai;
	__u64 word;

	assert_int_equal(sizeof(bytes), 112);
	page_fill((struct vmclock_page *)bytes, 4096, &identity, &bound);
	assert_memory_equal(bytes, "VCLK\0\x10\0\0\1\0\1\1", 12);
	assert_memory_equal(bytes + 0x10, "\x88\x77\x66\x55\x44\x33\x22\x11", 8);
	memcpy(&word, bytes + 0x18, 8);
	assert_int_equal(le64toh(word), 1 << 0 | 1 << 4 | 1 << 6 | 1 << 8);
	assert_int_equal(bytes[0x22], 2);
	assert_int_equal(bytes[0x23], 0);
	memcpy(&tai, bytes + 0x24, 2);
	assert_int_equal(tai, -37);
	assert_int_equal(bytes[0x26], 1);
	assert_int_equal(bytes[0x27], 13);
	assert_memory_equal(bytes + 0x28, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
	assert_int_equal(bytes[0x30], 11);
	assert_int_equal(bytes[0x40], 12);
	memcpy(&word, bytes + 0x48, 8);
	assert_int_equal(le64toh(word), 1037);
	assert_int_equal(bytes[0x50], 5);
	assert_int_equal(bytes[0x60], 99);
	assert_int_equal(bytes[0x68], 7);
}

/* Readers subtract no offset then, whether there is one or not. */
TEST(utc_needs_no_offset)
{
	struct identity identity = { .time_type = VMCLOCK_TYPE_UTC };
	const struct bound bound = { .time = (s128)1000 << 64 };
	struct vmclock_page page;

	page_fill(&page, 4096, &identity, &bound);
	assert_int_equal(page.time_type, VMCLOCK_TYPE_UTC);
	assert_int_equal(le64toh(page.time_sec), 1000);
	assert_int_equal(page.tai_offset_sec, 0);
	assert_false(le64toh(page.flags) & VMCLOCK_TAI_OFFSET_VALID);
	identity.tai_offset = 37;
	page_fill(&page, 4096, &identity, &bound);
	assert_int_equal(le64toh(page.time_sec), 1000);
	assert_int_equal((__s16)le16toh(page.tai_offset_sec), -37);
	assert_true(le64toh(page.flags) & VMCLOCK_TAI_OFFSET_VALID);
}

TEST(without_a_bound_nothing_is_valid)
{
	const struct identity identity = {
		.marker = 3, .generation = 4, .counter_id = VMCLOCK_ID_INVALID,
		.status = VMCLOCK_CLOCK_UNKNOWN, .tai_offset = 37,
	};
	struct vmclock_page page;
	const __u8 *bytes = (const __u8 *)&page;

	page_fill(&page, 4096, &identity, NULL);
	assert_int_equal(le64toh(page.flags), VMCLOCK_VM_GEN_PRESENT);
	assert_int_equal(page.counter_id, 0xff);
	for (size_t i = 0x20; i < 0x68; i++)
		assert_int_equal(bytes[i], 0);
}

TEST_MAIN(NULL, NULL)
