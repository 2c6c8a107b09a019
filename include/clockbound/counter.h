/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The counter: all that depends on the architecture in a reading.
 */
#ifndef CLOCKBOUND_COUNTER_H
#define CLOCKBOUND_COUNTER_H

#include <linux/clockbound.h>

#if defined(__x86_64__)

#define CLOCKBOUND_COUNTER_NATIVE	CLOCKBOUND_COUNTER_X86_TSC

/**
 * clockbound_counter() - read the counter, in order
 *
 * LFENCE keeps the RDTSC behind every earlier load: behind those of the model,
 * and behind whatever told the caller that it is time to ask. What comes later
 * is ordered by clockbound_after_counter().
 *
 * Return: the counter value, in ticks.
 */
static inline __u64 clockbound_counter(void)
{
	__u32 low, high;

	__asm__ __volatile__("lfence; rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (__u64)high << 32 | low;
}

/**
 * clockbound_after_counter() - order loads through a pointer after the counter
 * @pointer: the pointer to load through
 * @counter: what clockbound_counter() returned
 *
 * RDTSC may be executed later than a load that stands after it. A load whose
 * address depends on the counter's value cannot be executed earlier; that costs
 * a tenth of a second LFENCE. (arm64's kernel orders its counter in the same
 * way: arch_counter_enforce_ordering.)
 *
 * Return: @pointer.
 */
static inline const void *clockbound_after_counter(const void *pointer, __u64 counter)
{
	__asm__ __volatile__("and $0, %0" : "+r" (counter) : : "cc", "memory");
	return (const char *)pointer + counter;
}

/**
 * clockbound_counter_relax() - tell the CPU that this is a wait loop
 */
static inline void clockbound_counter_relax(void)
{
	__asm__ __volatile__("pause" : : : "memory");
}

#endif /* __x86_64__ */

#endif /* CLOCKBOUND_COUNTER_H */
