/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine: takes samples, decides, publishes, answers.
 */
#ifndef CB_ENGINE_H
#define CB_ENGINE_H

#include <linux/clockbound.h>
#include <linux/mm_types.h>

#include "vmclock.h"

/**
 * struct cb_state - what the engine knows, for people and monitoring
 * @verdict: what the VMClock page was good for when it was last looked at
 * @sample: the page's last consistent copy
 * @counter_id: CLOCKBOUND_COUNTER_*, as it is now
 * @disrupted: a disruption that no source has vouched for since
 * @publications: models published
 * @disruptions: changes of the marker or the generation seen
 */
struct cb_state {
	enum cb_verdict verdict;
	struct cb_sample sample;
	u8 counter_id;
	bool disrupted;
	u64 publications;
	u64 disruptions;
};

int cb_engine_init(const struct vmclock_page *vmclock, bool vmclock_mappable);
void cb_engine_exit(void);
void cb_engine_tick(void);
void cb_engine_refresh(void);
void cb_engine_read(struct clockbound_reading *reading);
void cb_engine_state(struct cb_state *state);
u64 cb_engine_features(void);
struct page *cb_engine_page(void);

#endif /* CB_ENGINE_H */
