/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VMClock page as a source of time, through all that it says: pure functions on a
 * structure that the caller owns.
 */
#ifndef CB_SOURCE_H
#define CB_SOURCE_H

#include "vmclock.h"

/* A VMClock page, a hypervisor's or a registered one. */
struct cb_source {
	enum cb_verdict verdict;	/* what it was good for when it was last looked at */
	bool sampled;			/* there is a sample, its last consistent copy */
	struct cb_sample sample;
	/*
	 * What it claims counts for nothing: the counter was disturbed, and it has not noticed;
	 * until its marker changes, too.
	 */
	bool outdated;
	/*
	 * Nor does it if the counter may have begun anew; until the page has moved to a
	 * counter value from after that, or to a new marker.
	 */
	bool stale;
	__u64 since;			/* the counter after that */
	/* It has contradicted itself, and measured nothing since: history contains all. */
	bool doubted;
	struct cb_claim claim;		/* if it claims anything */
	struct cb_claim history;	/* of all that it claimed, line by line */
};

void cb_source_init(struct cb_source *source, enum cb_verdict verdict);
void cb_source_forget(struct cb_source *source);
__u32 cb_source_sample(struct cb_source *source, enum cb_verdict verdict,
		       const struct cb_sample *sample, __u8 counter_id);
void cb_source_end_epoch(struct cb_source *source, __u64 counter);
bool cb_source_past(const struct cb_source *source, __u64 counter, struct cb_bound *bound);
bool cb_source_decide(struct cb_source *source, __u64 counter, struct cb_bound *bound,
		      bool *agree);

#endif /* CB_SOURCE_H */
