// SPDX-License-Identifier: GPL-2.0-only
/*
 * The slow exact reference.
 *
 * With S = 2^(64 + shift) and d = C - C1, both ends in units of 1/S ns:
 *
 *	((T1 - offset) * 2^64 + frac) * 2^shift * 10^9 + P * d * 10^9
 *		-+ (T_max * S + P_max * |d| * 10^9)
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "exact.h"

#define LIMBS	8

/* A signed number, two's complement, least significant limb first. */
struct wide {
	u64 limb[LIMBS];
};

static bool wide_negative(const struct wide *a)
{
	return a->limb[LIMBS - 1] >> 63;
}

static struct wide wide_from(u64 value)
{
	return (struct wide){ .limb = { value } };
}

static struct wide wide_add(struct wide a, struct wide b)
{
	unsigned __int128 sum = 0;
	int i;

	for (i = 0; i < LIMBS; i++) {
		sum += (unsigned __int128)a.limb[i] + b.limb[i];
		a.limb[i] = sum;
		sum >>= 64;
	}
	return a;
}

static struct wide wide_negate(struct wide a)
{
	int i;

	for (i = 0; i < LIMBS; i++)
		a.limb[i] = ~a.limb[i];
	return wide_add(a, wide_from(1));
}

static struct wide wide_sub(struct wide a, struct wide b)
{
	return wide_add(a, wide_negate(b));
}

/* Two's complement: right for negative numbers as well. */
static struct wide wide_multiply(struct wide a, u64 factor)
{
	unsigned __int128 sum = 0;
	int i;

	for (i = 0; i < LIMBS; i++) {
		sum += (unsigned __int128)a.limb[i] * factor;
		a.limb[i] = sum;
		sum >>= 64;
	}
	return a;
}

static struct wide wide_shift(struct wide a, unsigned int bits)
{
	for (; bits >= 64; bits -= 64) {
		memmove(&a.limb[1], &a.limb[0], sizeof(a.limb) - sizeof(a.limb[0]));
		a.limb[0] = 0;
	}
	return wide_multiply(a, 1ULL << bits);
}

/* The quotient of a non-negative number and 2^@bits, rounded down, at most S32_MAX. */
static s32 wide_shift_down(const struct wide *a, unsigned int bits)
{
	unsigned int limb = bits / 64, rest = bits % 64;
	u64 low = a->limb[limb] >> rest;
	int i;

	if (rest && limb + 1 < LIMBS) {
		low |= a->limb[limb + 1] << (64 - rest);
		if (a->limb[limb + 1] >> rest)
			return S32_MAX;
	} else if (limb + 1 < LIMBS && a->limb[limb + 1]) {
		return S32_MAX;
	}
	for (i = limb + 2; i < LIMBS; i++)
		if (a->limb[i])
			return S32_MAX;
	return min_t(u64, low, S32_MAX);
}

static struct wide wide_time(__s64 ns, unsigned int bits)
{
	if (ns >= 0)
		return wide_shift(wide_from(ns), bits);
	return wide_negate(wide_shift(wide_from(-(u64)ns), bits));
}

/**
 * exact_compare() - compare an interval with the exact one
 * @sample: a sample whose time is bounded
 * @counter: the counter value that the interval belongs to
 * @earliest: its lower end
 * @latest: its upper end
 * @loss: where the result goes
 */
void exact_compare(const struct cb_sample *sample, __u64 counter, __s64 earliest,
		   __s64 latest, struct exact_loss *loss)
{
	unsigned int bits = 64 + sample->counter_period_shift;
	bool before = (__s64)(counter - sample->counter_value) < 0;
	u64 distance = before ? sample->counter_value - counter :
				counter - sample->counter_value;
	struct wide center, advance, margin, low, high, spare;
	u64 offset = 0;

	if (sample->time_type == VMCLOCK_TYPE_TAI)
		offset = abs((int)sample->tai_offset_sec);

	center = wide_sub(wide_from(sample->time_sec), wide_from(offset));
	center = wide_add(wide_shift(center, 64), wide_from(sample->time_frac_sec));
	center = wide_multiply(wide_shift(center, sample->counter_period_shift),
			       NSEC_PER_SEC);
	advance = wide_multiply(wide_multiply(wide_from(sample->period), distance),
				NSEC_PER_SEC);
	center = before ? wide_sub(center, advance) : wide_add(center, advance);

	margin = wide_multiply(wide_multiply(wide_from(sample->period_maxerror), distance),
			       NSEC_PER_SEC);
	margin = wide_add(margin, wide_shift(wide_from(sample->time_maxerror_nanosec), bits));

	/* How far each end lies outside; negative is inside. */
	low = wide_sub(wide_sub(center, margin), wide_time(earliest, bits));
	high = wide_sub(wide_time(latest, bits), wide_add(center, margin));
	loss->inside = wide_negative(&low) || wide_negative(&high) || earliest > latest;
	if (loss->inside)
		return;

	loss->floor_ns = wide_shift_down(&low, bits);
	loss->ceil_ns = wide_shift_down(&high, bits);
	spare = wide_sub(wide_shift(wide_from(2), bits), wide_add(low, high));
	loss->within_2ns = !wide_negative(&spare);
}
