/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking at a VMClock page, and only if there may be something new. */
#ifndef CB_WATCH_H
#define CB_WATCH_H

#include "vmclock.h"

/* A VMClock page that is looked at, and what was seen of it when that was last remembered. */
struct cb_watch {
	const struct vmclock_page *page;	/* NULL if there is none */
	bool sampled;				/* something is remembered */
	enum cb_verdict verdict;
	u64 busy_since;		/* when an update was first met, CLOCK_MONOTONIC_RAW, ns; or 0 */
	u32 seq_count;
	u64 marker;
	u64 generation;
	u8 counter_id;		/* CLOCKBOUND_COUNTER_* that readers read then */
};

/* What a look at a page gave. */
struct cb_look {
	bool moved;			/* there is something new; without it, that is all */
	bool busy;			/* there will be: keep what was seen last until then */
	u32 seq_count;			/* just before the rest */
	enum cb_verdict verdict;	/* as of cb_vmclock_sample(), like the sample */
	struct cb_sample sample;
};

bool cb_watch_moved(const struct cb_watch *watch);
void cb_watch_look(struct cb_watch *watch, struct cb_look *look);
void cb_watch_remember(struct cb_watch *watch, const struct cb_look *look, u8 counter_id);

#endif /* CB_WATCH_H */
