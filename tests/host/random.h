/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers for tests, the same ones every time.
 */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <linux/types.h>

/* Any number but 0. */
static __u64 random_state = 0x9e3779b97f4a7c15ULL;

/* xorshift64* */
static inline __u64 random_next(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dULL;
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

#endif /* TESTS_RANDOM_H */
