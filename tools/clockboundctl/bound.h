/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what a source of time says to a bound and a status.
 */
#ifndef CTL_BOUND_H
#define CTL_BOUND_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/timex.h>

#include "chrony_wire.h"
#include "estimate.h"

/* The poll of a source that nobody knows. */
#define BOUND_NO_POLL	(CHRONY_POLL_MIN - 1)

/**
 * struct measurement - what a source says about the true time
 * @status: UNKNOWN, SYNCHRONIZED or FREE_RUNNING
 * @bound: of the kernel's record: CLOCK_REALTIME's error at most, ns; valid with
 *	SYNCHRONIZED
 * @age: how long before @estimate the clock was last measured, at most, ns; valid with
 *	SYNCHRONIZED
 * @estimate: valid with SYNCHRONIZED
 * @interval: how soon it has to be asked again, ns
 */
struct measurement {
	__u32 status;
	__u64 bound;
	__u64 age;
	struct estimate estimate;
	__u64 interval;
};

bool bound_chrony_age(const struct chrony_tracking *tracking, __s64 realtime, __u64 *age);
__u32 bound_chrony_status(const struct chrony_tracking *tracking, __u64 age, int poll);
bool bound_adjtimex(const struct timex *timex, int state, struct measurement *measurement);

#endif /* CTL_BOUND_H */
