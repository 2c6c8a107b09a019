/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time for deadlines and nothing else.
 */
#ifndef VMHOST_MONOTONIC_H
#define VMHOST_MONOTONIC_H

#include <linux/types.h>
#include <time.h>

static inline __s64 monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

#endif /* VMHOST_MONOTONIC_H */
