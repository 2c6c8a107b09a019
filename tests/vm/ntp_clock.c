// SPDX-License-Identifier: GPL-2.0-only
/*
 * A clock that knows nothing of the system clock: CLOCK_MONOTONIC_RAW, which nobody sets
 * or slews, 200 ppm too slow: more than chronyd says its frequency may be wrong.
 */
#include "ntp_clock.h"

#include <time.h>

#define PPM		200
#define MILLION		1000000

/**
 * ntp_clock_raw() - what the clock is made of
 *
 * Return: CLOCK_MONOTONIC_RAW, ns.
 */
__s64 ntp_clock_raw(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/**
 * ntp_clock_truth() - the true time
 * @base: what it was when CLOCK_MONOTONIC_RAW was 0, ns since 1970
 * @raw: CLOCK_MONOTONIC_RAW, ns
 *
 * Return: ns since 1970.
 */
__s64 ntp_clock_truth(__s64 base, __s64 raw)
{
	return base + raw + raw / MILLION * PPM + raw % MILLION * PPM / MILLION;
}
