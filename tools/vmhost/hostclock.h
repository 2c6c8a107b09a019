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

/* TAI - UTC as the kernel knows it, s; 0 if nobody told it. */
int hostclock_tai(void);

/* leap_indicator of a VMClock page */
__u8 hostclock_leap(void);

/* Warns if the counter is not what vmhost needs. */
void hostclock_check_counter(void);

#endif /* VMHOST_HOSTCLOCK_H */
