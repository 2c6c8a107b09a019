/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exact times: 128-bit integers in units of 2^-64 s, the unit of a VMClock page.
 *
 * A time since 1970 takes 99 bits of it, a period times a distance at most 127.
 */
#ifndef VMHOST_FIXED_H
#define VMHOST_FIXED_H

#include <linux/types.h>

typedef __int128 s128;

#define FIXED_SEC	((s128)1 << 64)
#define NSEC_PER_SEC	1000000000LL

static inline s128 div_floor(s128 n, s128 d)
{
	s128 q = n / d;

	return q - (n % d != 0 && (n % d < 0) != (d < 0));
}

static inline s128 div_ceil(s128 n, s128 d)
{
	return -div_floor(-n, d);
}

static inline s128 shift_floor(s128 n, unsigned int shift)
{
	return n >> shift;
}

static inline s128 shift_ceil(s128 n, unsigned int shift)
{
	return -(-n >> shift);
}

static inline s128 fixed_from_ns_floor(s128 ns)
{
	return div_floor(ns * FIXED_SEC, NSEC_PER_SEC);
}

static inline s128 fixed_from_ns_ceil(s128 ns)
{
	return -fixed_from_ns_floor(-ns);
}

static inline s128 fixed_to_ns_floor(s128 t)
{
	s128 sec = t >> 64;

	return sec * NSEC_PER_SEC + (((t - sec * FIXED_SEC) * NSEC_PER_SEC) >> 64);
}

static inline s128 fixed_to_ns_ceil(s128 t)
{
	return -fixed_to_ns_floor(-t);
}

#endif /* VMHOST_FIXED_H */
