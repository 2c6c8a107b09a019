/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of vmhost have in common.
 */
#ifndef VMHOST_TEST_H
#define VMHOST_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>
#include <linux/types.h>

/* The same numbers every time: xorshift64* */
static inline __u64 random_next(void)
{
	static __u64 state = 0x9e3779b97f4a7c15ULL;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

/* 0 to @limit - 1 */
static inline __u64 random_below(__u64 limit)
{
	return random_next() % limit;
}

/* -@limit to @limit */
static inline __s64 random_around(__s64 limit)
{
	return (__s64)random_below(2 * (__u64)limit + 1) - limit;
}

#endif /* VMHOST_TEST_H */
