/* SPDX-License-Identifier: GPL-2.0-only */
/* The hook into the kernel's timekeeping core. */
#ifndef CB_TIMEKEEPING_H
#define CB_TIMEKEEPING_H

#include <clockbound/vmclock_abi.h>

#include "clock.h"
#include "pace.h"

/* What makes the hook call for a decision. */
struct cb_quiet {
	/* If one of the next three moves; without a page, they are 0. */
	const struct vmclock_page *page;
	u64 marker;
	u64 generation;
	u32 seq_count;
	/*
	 * If the clock's mult is another one, but for the unit by which the core changes it
	 * all the time to keep a rate between two; 0: whatever it is.
	 */
	u32 mult;
	u64 deadline;		/* counter from which on it calls at each update; 0: always */
	/*
	 * Then nothing does: an interrupt to oneself just before the machine sleeps is lost,
	 * and nobody's irq_work runs on that CPU any more.
	 */
	bool asleep;
};

int cb_timekeeping_init(struct clockbound_realtime *realtime, void (*decide)(void));
void cb_timekeeping_exit(void);
void cb_timekeeping_read(struct cb_timeline *timeline);
void cb_timekeeping_pair(struct cb_pair *pair);
void cb_timekeeping_set_quiet(const struct cb_quiet *quiet);

#endif /* CB_TIMEKEEPING_H */
