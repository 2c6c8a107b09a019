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

struct clockbound_ticks {
	__u64 value;
};

static inline struct clockbound_ticks clockbound_ticks_fenced(void)
{
	fake_counter_reads++;
	if (at_counter)
		at_counter();
	return (struct clockbound_ticks){ fake_counter };
}

static inline struct clockbound_ticks clockbound_ticks_rdtscp(void)
{
	fake_counter_rdtscp_reads++;
	return clockbound_ticks_fenced();
}

static inline __u64 clockbound_ticks_value(struct clockbound_ticks now)
{
	return now.value;
}

static inline __u64 clockbound_ticks_since(struct clockbound_ticks now, __u64 start)
{
	return now.value - start;
}

static inline __u64 clockbound_counter(void)
{
	return clockbound_ticks_value(clockbound_ticks_fenced());
}

static inline __u64 clockbound_after_counter(struct clockbound_ticks now)
{
	(void)now;
	return 0;
}

static inline void clockbound_counter_relax(void)
{
}

#endif /* FAKE_COUNTER_H */
