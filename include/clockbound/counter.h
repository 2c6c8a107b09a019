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
 * clockbound_counter_rdtscp() - the same by one instruction, which some CPUs do faster
 *
 * RDTSCP waits until all earlier instructions have been executed and all earlier
 * loads are globally visible (Intel's manual, volume 2) or retired (AMD's,
 * volume 3), so it needs no fence. It is not ordered against what comes later,
 * no more than RDTSC. Only where the CPU has it: CLOCKBOUND_FEATURE_RDTSCP.
 *
 * Return: the counter value, in ticks.
 */
static inline __u64 clockbound_counter_rdtscp(void)
{
	__u64 low, high;

	/* The upper halves of RAX and RDX are cleared. */
	__asm__ __volatile__("rdtscp" : "=a" (low), "=d" (high) : : "rcx", "memory");
	return high << 32 | low;
}

/**
 * clockbound_after_counter() - order loads after the counter
 * @counter: what clockbound_counter() or clockbound_counter_rdtscp() returned
 *
 * The counter may be read later than a load that stands after it. A load whose
 * address depends on the counter's value cannot be executed earlier: AND does not
 * break the dependency as XOR and SUB of a register with itself do. That costs a
 * tenth of a second LFENCE. (arm64's kernel orders its counter in the same way:
 * arch_counter_enforce_ordering.)
 *
 * Return: 0, to be added to the address of what is to be loaded.
 */
static inline __u64 clockbound_after_counter(__u64 counter)
{
	__asm__ __volatile__("and $0, %k0" : "+r" (counter) : : "cc", "memory");
	return counter;
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
