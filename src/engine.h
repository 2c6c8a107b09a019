/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine: takes samples and reports, has them decided, publishes, answers.
 */
#ifndef CB_ENGINE_H
#define CB_ENGINE_H

#include <linux/clockbound.h>
#include <linux/mm_types.h>

#include "bound.h"
#include "shm0.h"

/**
 * struct cb_quiet - what an update of the timekeeper is compared with
 * @page: the VMClock page, or a page of zeros
 * @marker: what was seen of it
 * @generation: see there
 * @deadline: counter from which on there is something to be done
 * @seq_count: what was seen of the page
 */
extern struct cb_quiet {
	const struct vmclock_page *page;
	u64 marker;
	u64 generation;
	u64 deadline;
	u32 seq_count;
} cb_quiet;

/**
 * cb_engine_quiet() - whether there is nothing to be done
 * @counter: the counter at this update of the timekeeper, which says nothing new
 *
 * Without the lock: what changes in this moment is seen by the next update, or by
 * whoever changes it. A counter that is found to be unstable ceases to be the
 * clocksource, which is news. Without a branch where it can be: as a rule, nothing
 * has moved. In the timekeeping notifier only.
 *
 * Return: true if cb_engine_tick() need not be called.
 */
static inline bool cb_engine_quiet(u64 counter)
{
	const struct vmclock_page *page = READ_ONCE(cb_quiet.page);
	u64 moved = (le32_to_cpu(READ_ONCE(page->seq_count)) ^ READ_ONCE(cb_quiet.seq_count)) |
		    (le64_to_cpu(READ_ONCE(page->disruption_marker)) ^
		     READ_ONCE(cb_quiet.marker)) |
		    (le64_to_cpu(READ_ONCE(page->vm_generation_counter)) ^
		     READ_ONCE(cb_quiet.generation));

	return !moved && (s64)(counter - READ_ONCE(cb_quiet.deadline)) < 0;
}

int cb_engine_init(const struct vmclock_page *vmclock, bool vmclock_mappable, u8 allowed);
void cb_engine_exit(void);
void cb_engine_register(const struct vmclock_page *page);
void cb_engine_unregister(void);
void cb_engine_tick(const struct cb_clock *clock, bool was_set);
void cb_engine_refresh(void);
int cb_engine_report(const struct clockbound_report *report);
void cb_engine_disrupt(bool force);
void cb_engine_read(struct clockbound_reading *reading);
int cb_engine_at(struct clockbound_reading *reading);
bool cb_engine_too_wide(const struct clockbound_reading *reading);
u64 cb_engine_disruptions(void);
void cb_engine_state(struct cb_state *state);
u64 cb_engine_publications(void);
u64 cb_engine_features(void);
struct page *cb_engine_page(void);
void cb_engine_shm0_get(void);
void cb_engine_shm0_put(void);
struct page *cb_engine_shm0_page(void);
void cb_engine_shm0(struct shm0_segment *segment);

#endif /* CB_ENGINE_H */
