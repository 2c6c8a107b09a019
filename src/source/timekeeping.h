/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hook into the kernel's timekeeping core.
 */
#ifndef CB_TIMEKEEPING_H
#define CB_TIMEKEEPING_H

#include "clock.h"
#include "pace.h"
#include "vmclock_abi.h"

/**
 * struct cb_quiet - what makes the hook call for a decision
 * @page: the VMClock page; NULL if there is none
 * @seq_count: what was seen of it, like the next two; 0 without a page
 * @marker: disruption marker
 * @generation: VM generation counter
 * @deadline: counter from which on there is something to be done
 * @always: there is, at each update
 * @mult: there is when the clock's mult is another one, but for the unit by which the core
 *	changes it all the time to keep a rate between two; 0: whatever it is
 * @asleep: nothing does: what interrupts itself just before the machine sleeps is lost, and
 *	then nobody's irq_work runs on that CPU any more
 */
struct cb_quiet {
	const struct vmclock_page *page;
	u32 seq_count;
	u64 marker;
	u64 generation;
	u64 deadline;
	bool always;
	u32 mult;
	bool asleep;
};

int cb_timekeeping_init(struct clockbound_realtime *realtime, void (*decide)(void));
void cb_timekeeping_exit(void);
void cb_timekeeping_read(struct cb_timeline *timeline);
void cb_timekeeping_pair(struct cb_pair *pair);
void cb_timekeeping_set_quiet(const struct cb_quiet *quiet);

#endif /* CB_TIMEKEEPING_H */
