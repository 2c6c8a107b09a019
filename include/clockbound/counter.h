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
 * struct clockbound_ticks - a counter value as the CPU gives it
 * @low: the lower 32 bits
 * @high: the upper 32 bits
 *
 * What needs one half only need not wait until both are put together.
 */
struct clockbound_ticks {
	__u64 low;
	__u64 high;
};

/**
 * clockbound_ticks_fenced() - read the counter, in order
 *
 * LFENCE keeps the RDTSC behind every earlier load: behind those of the model,
 * and behind whatever told the caller that it is time to ask. What comes later
 * is ordered by clockbound_after_counter().
 *
 * Return: the counter value.
 */
static inline struct clockbound_ticks clockbound_ticks_fenced(void)
{
	struct clockbound_ticks now;

	/* The upper halves of RAX and RDX are cleared. */
	__asm__ __volatile__("lfence; rdtsc" : "=a" (now.low), "=d" (now.high) : : "memory");
	return now;
}

/**
 * clockbound_ticks_rdtscp() - the same by one instruction, which some CPUs do faster
 *
 * RDTSCP waits until all earlier instructions have been executed and all earlier
 * loads are globally visible (Intel's manual, volume 2) or retired (AMD's,
 * volume 3), so it needs no fence. It is not ordered against what comes later,
 * no more than RDTSC. Only where the CPU has it: CLOCKBOUND_FEATURE_RDTSCP.
 *
 * Return: the counter value.
 */
static inline struct clockbound_ticks clockbound_ticks_rdtscp(void)
{
	struct clockbound_ticks now;

	__asm__ __volatile__("rdtscp" : "=a" (now.low), "=d" (now.high) : : "rcx", "memory");
	return now;
}

/**
 * clockbound_ticks_value() - a counter value as a number
 * @now: the counter value
 *
 * Return: the number.
 */
static inline __u64 clockbound_ticks_value(struct clockbound_ticks now)
{
	return now.high << 32 | now.low;
}

/**
 * clockbound_ticks_since() - how far a counter value is from another one
 * @now: the counter value
 * @start: the other one
 *
 * The same as clockbound_ticks_value(@now) - @start, but shift and subtraction are done
 * at the same time.
 *
 * Return: the ticks.
 */
static inline __u64 clockbound_ticks_since(struct clockbound_ticks now, __u64 start)
{
	return (now.high << 32) + (now.low - start);
}

/**
 * clockbound_counter() - clockbound_ticks_fenced() as a number
 *
 * Return: the number.
 */
static inline __u64 clockbound_counter(void)
{
	return clockbound_ticks_value(clockbound_ticks_fenced());
}

/**
 * clockbound_after_counter() - order loads after the counter
 * @now: a counter value that has just been read
 *
 * The counter may be read later than a load that stands after it. A load whose
 * address depends on the counter's value cannot be executed earlier: AND does not
 * break the dependency as XOR and SUB of a register with itself do. That costs a
 * tenth of a second LFENCE. (arm64's kernel orders its counter in the same way:
 * arch_counter_enforce_ordering.)
 *
 * Return: 0, to be added to the address of what is to be loaded.
 */
static inline __u64 clockbound_after_counter(struct clockbound_ticks now)
{
	__u64 zero = now.low;

	__asm__ __volatile__("and $0, %k0" : "+r" (zero) : : "cc", "memory");
	return zero;
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
