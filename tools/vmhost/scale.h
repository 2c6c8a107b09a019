/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many ticks a guest's counter makes for one of the host's. All of vmhost's arithmetic is
 * in the guest's ticks: what was read from the host's counter is scaled at once, as the
 * processor does it for the guest, to the bit. Then guest = scaled host + offset.
 */
#ifndef VMHOST_SCALE_H
#define VMHOST_SCALE_H

#include <linux/types.h>
#include <stdbool.h>

/**
 * struct scale - guest = host * @ratio / 2^@frac_bits, rounded down
 * @ratio: 0 if the counter is not scaled
 * @frac_bits: less than 64
 */
struct scale {
	__u64 ratio;
	__u8 frac_bits;
};

static inline __u64 scale_counter(const struct scale *scale, __u64 counter)
{
	if (!scale->ratio)
		return counter;
	return (__uint128_t)counter * scale->ratio >> scale->frac_bits;
}

static inline bool scale_is(const struct scale *a, const struct scale *b)
{
	return a->ratio == b->ratio && a->frac_bits == b->frac_bits;
}

#endif /* VMHOST_SCALE_H */
