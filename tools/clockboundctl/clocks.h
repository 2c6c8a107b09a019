/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clocks as nanoseconds.
 */
#ifndef CTL_CLOCKS_H
#define CTL_CLOCKS_H

#include <linux/types.h>
#include <time.h>

/**
 * clock_ns() - read a clock
 * @clock: CLOCK_*
 *
 * Return: its time, ns.
 */
static inline __s64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

#endif /* CTL_CLOCKS_H */
