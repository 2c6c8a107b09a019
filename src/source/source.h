/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VMClock page as a source of time, through all that it says: pure functions on a
 * structure that the caller owns.
 */
#ifndef CB_SOURCE_H
#define CB_SOURCE_H

#include "vmclock.h"

/**
 * struct cb_source - a VMClock page, a hypervisor's or a registered one
 * @verdict: what it was good for when it was last looked at
 * @sampled: @sample was there once
 * @sample: its last consistent copy
 * @outdated: the counter was disturbed, and it has not noticed: what it claims counts
 *	for nothing until its marker changes, too
 * @stale: the counter may have begun anew: what the page claims counts for nothing until it
 *	has moved to a counter value from after that, or to a new marker
 * @since: the counter after that
 * @doubted: it contradicted itself, and has measured nothing since: @history contains all
 *	that it has said
 * @claim: what it claims, if it claims anything
 * @history: what it and all its predecessors have claimed, line by line
 */
struct cb_source {
	enum cb_verdict verdict;
	bool sampled;
	struct cb_sample sample;
	bool outdated;
	bool stale;
	__u64 since;
	bool doubted;
	struct cb_claim claim;
	struct cb_claim history;
};

void cb_source_init(struct cb_source *source, enum cb_verdict verdict);
void cb_source_forget(struct cb_source *source);
__u32 cb_source_sample(struct cb_source *source, enum cb_verdict verdict,
		       const struct cb_sample *sample, __u8 counter_id);
void cb_source_end_epoch(struct cb_source *source, __u64 counter);
bool cb_source_vouches(const struct cb_source *source);
bool cb_source_past(const struct cb_source *source, __u64 counter, struct cb_bound *bound);
bool cb_source_decide(struct cb_source *source, __u64 counter, struct cb_bound *bound,
		      bool *agree);

#endif /* CB_SOURCE_H */
