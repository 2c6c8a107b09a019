/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A counter in place of <clockbound/counter.h>, to be included before any other
 * header of clockbound: it says what the test wants, and at the very moment that it
 * is read the test can do something.
 */
#ifndef FAKE_COUNTER_H
#define FAKE_COUNTER_H

#include <linux/clockbound.h>

#define CLOCKBOUND_COUNTER_H
#define CLOCKBOUND_COUNTER_NATIVE	CLOCKBOUND_COUNTER_NONE

static __u64 fake_counter = 1000;
static unsigned int fake_counter_reads;
static unsigned int fake_counter_rdtscp_reads;
static void (*at_counter)(void);

static inline __u64 clockbound_counter(void)
{
	fake_counter_reads++;
	if (at_counter)
		at_counter();
	return fake_counter;
}

static inline __u64 clockbound_counter_rdtscp(void)
{
	fake_counter_rdtscp_reads++;
	return clockbound_counter();
}

static inline __u64 clockbound_after_counter(__u64 counter)
{
	(void)counter;
	return 0;
}

static inline void clockbound_counter_relax(void)
{
}

#endif /* FAKE_COUNTER_H */
