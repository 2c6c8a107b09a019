/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking at a VMClock page, and only if there may be something new.
 */
#ifndef CB_WATCH_H
#define CB_WATCH_H

#include "vmclock.h"

/**
 * struct cb_watch - a VMClock page that is looked at, and what was last seen of it
 * @page: the page; NULL if there is none
 * @sampled: it is not new
 * @verdict: what the look gave that was last remembered
 * @busy_since: since when the hypervisor writes it, CLOCK_MONOTONIC_RAW, ns; 0 if it
 *	does not
 * @seq_count: what was seen, like the next two
 * @marker: disruption marker
 * @generation: VM generation counter
 * @counter_id: CLOCKBOUND_COUNTER_* that readers read then
 */
struct cb_watch {
	const struct vmclock_page *page;
	bool sampled;
	enum cb_verdict verdict;
	u64 busy_since;
	u32 seq_count;
	u64 marker;
	u64 generation;
	u8 counter_id;
};

/**
 * struct cb_look - what a look at a page gave
 * @moved: there is something new; without it, the rest says nothing
 * @busy: there will be: what was seen last is to be kept until then
 * @seq_count: of the page, just before
 * @verdict: as of cb_vmclock_sample()
 * @sample: see there
 */
struct cb_look {
	bool moved;
	bool busy;
	u32 seq_count;
	enum cb_verdict verdict;
	struct cb_sample sample;
};

bool cb_watch_moved(const struct cb_watch *watch);
void cb_watch_look(struct cb_watch *watch, struct cb_look *look);
void cb_watch_remember(struct cb_watch *watch, const struct cb_look *look, u8 counter_id);

#endif /* CB_WATCH_H */
