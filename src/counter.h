/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the counter can be used: the kernel's side of <clockbound/counter.h>.
 */
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
 * A TSC that the kernel has found to be unstable is none. Any context.
 *
 * Return: CLOCKBOUND_COUNTER_*.
 */
static inline u8 cb_counter_id(void)
{
	if (!boot_cpu_has(X86_FEATURE_TSC) || check_tsc_unstable())
		return CLOCKBOUND_COUNTER_NONE;
	return CLOCKBOUND_COUNTER_X86_TSC;
}

/**
 * cb_counter_features() - what the clock page says about the counter
 *
 * Return: CLOCKBOUND_FEATURE_*; constant.
 */
static inline u64 cb_counter_features(void)
{
	return boot_cpu_has(X86_FEATURE_RDTSCP) ? CLOCKBOUND_FEATURE_ORDERED_COUNTER : 0;
}

/**
 * cb_counter_khz() - how fast the counter runs, about
 */
static inline u64 cb_counter_khz(void)
{
	return tsc_khz;
}

/**
 * cb_counter_is_clocksource() - whether the system clock runs on the counter
 * @clocksource: the timekeeper's clocksource
 */
static inline bool cb_counter_is_clocksource(const struct clocksource *clocksource)
{
	return clocksource->vdso_clock_mode == VDSO_CLOCKMODE_TSC;
}
#else
#error "clockbound: no counter for this architecture yet"
#endif

#endif /* CB_COUNTER_H */
