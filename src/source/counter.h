/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the counter can be used: the kernel's side of <clockbound/counter.h>. */
#ifndef CB_COUNTER_H
#define CB_COUNTER_H

#include <clockbound/counter.h>

#ifdef CONFIG_X86_64
#include <asm/cpufeature.h>
#include <asm/tsc.h>
#include <linux/clocksource.h>

/**
 * cb_counter_id() - the counter that this machine's readings use
 *
 * A TSC that the kernel has found to be unstable is none, nor is one that cannot be read in
 * order.
 * Context: any.
 * Return: CLOCKBOUND_COUNTER_*.
 */
static inline u8 cb_counter_id(void)
{
	if (!boot_cpu_has(X86_FEATURE_TSC) || !boot_cpu_has(X86_FEATURE_LFENCE_RDTSC) ||
	    check_tsc_unstable())
		return CLOCKBOUND_COUNTER_NONE;
	return CLOCKBOUND_COUNTER_X86_TSC;
}

/**
 * cb_counter_cost() - what it costs to read the counter in one way, for comparison
 * @read: the way
 * Return: ticks: of the best of some rounds, so that an interrupt does not count.
 */
static __always_inline u64 cb_counter_cost(struct clockbound_ticks (*read)(void))
{
	u64 best = U64_MAX;
	int round, i;

	for (round = 0; round < 16; round++) {
		u64 start = clockbound_counter();

		for (i = 0; i < 32; i++)
			read();
		best = min(best, clockbound_counter() - start);
	}
	return best;
}

/**
 * cb_counter_features() - what the clock page says about the counter
 *
 * Of the two ways to read it in order, which one costs less differs from CPU to CPU, so it is
 * tried.
 * Context: any, once.
 * Return: CLOCKBOUND_FEATURE_*.
 */
static inline u64 cb_counter_features(void)
{
	if (!boot_cpu_has(X86_FEATURE_RDTSCP) ||
	    cb_counter_cost(clockbound_ticks_fenced) < cb_counter_cost(clockbound_ticks_rdtscp))
		return 0;
	return CLOCKBOUND_FEATURE_RDTSCP;
}

/**
 * cb_counter_khz() - how fast the counter runs, about
 * Return: kHz; 0 if nobody knows.
 */
static inline u64 cb_counter_khz(void)
{
	return tsc_khz;
}

/**
 * cb_counter_is_clocksource() - whether the system clock runs on the counter
 * @clocksource: the timekeeper's clocksource
 * Return: true if it does.
 */
static inline bool cb_counter_is_clocksource(const struct clocksource *clocksource)
{
	return clocksource->vdso_clock_mode == VDSO_CLOCKMODE_TSC;
}
#else
#error "clockbound: no counter for this architecture yet"
#endif

#endif /* CB_COUNTER_H */
