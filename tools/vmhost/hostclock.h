/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's clock: samples of it, and who vouches for it.
 */
#ifndef VMHOST_HOSTCLOCK_H
#define VMHOST_HOSTCLOCK_H

#include <linux/types.h>
#include <stdbool.h>

#include "claim.h"

/**
 * struct hostclock - where the bound comes from
 * @stated: the caller vouches for @stated_maxerror
 * @stated_maxerror: ns
 */
struct hostclock {
	bool stated;
	__u64 stated_maxerror;
};

/* Why nobody vouches for the clock, or NULL. */
const char *hostclock_trouble(const struct hostclock *clock);

/* Takes the best of a few looks at the clock. */
void hostclock_sample(const struct hostclock *clock, struct sample *sample);

/*
 * TAI - UTC, s. It was 10 in 1972, and less is what a kernel that nobody has told counts
 * by itself: 0, and one more at each leap second.
 */
#define TAI_MIN	10
#define TAI_MAX	255

/* TAI - UTC as the kernel knows it, s; @otherwise if it does not. */
__u8 hostclock_tai(__u8 otherwise);

/* leap_indicator of a VMClock page */
__u8 hostclock_leap(void);

/* Warns if the counter is not what vmhost needs. */
void hostclock_check_counter(void);

#endif /* VMHOST_HOSTCLOCK_H */
