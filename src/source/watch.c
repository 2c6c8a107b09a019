// SPDX-License-Identifier: GPL-2.0-only
/* Looking at a VMClock page, and only if there may be something new. */
#include <linux/ktime.h>

#include "counter.h"
#include "watch.h"

/*
 * A hypervisor may be off its CPU in the middle of an update for a while, and
 * the model that it gave before stays true. After this long it counts as dead.
 */
#define BUSY_MAX_NS	NSEC_PER_SEC

/**
 * cb_watch_moved() - whether there may be something new since a look was last remembered
 * @watch: the page
 * Context: any; without the caller's lock, another page may be watched meanwhile.
 * Return: true if there may be; not of a page that was of no use then, and still is.
 */
bool cb_watch_moved(const struct cb_watch *watch)
{
	/* Once: another page may be watched, or none, if the caller holds no lock. */
	const struct vmclock_page *page = READ_ONCE(watch->page);
	bool counted;

	if (!page)
		return false;
	if (!watch->sampled || cb_counter_id() != watch->counter_id)
		return true;
	if (watch->verdict == CB_VERDICT_FOREIGN)
		return !cb_vmclock_foreign(page);
	counted = le32_to_cpu(READ_ONCE(page->seq_count)) != watch->seq_count;
	/* In the middle of an update, the rest says nothing. */
	if (watch->verdict == CB_VERDICT_BUSY)
		return counted;
	return counted || le64_to_cpu(READ_ONCE(page->disruption_marker)) != watch->marker ||
	       le64_to_cpu(READ_ONCE(page->vm_generation_counter)) != watch->generation;
}

/* Is the model to be kept, because the hypervisor is just writing a new one? */
static bool still_busy(struct cb_watch *watch, enum cb_verdict verdict)
{
	u64 now;

	if (verdict != CB_VERDICT_BUSY) {
		watch->busy_since = 0;
		return false;
	}
	now = ktime_get_raw_fast_ns();
	if (!watch->busy_since)
		watch->busy_since = now;
	return now - watch->busy_since < BUSY_MAX_NS;
}

/**
 * cb_watch_look() - look at a page
 * @watch: the page
 * @look: what was seen
 * Context: any but NMI; the caller's lock is held.
 */
void cb_watch_look(struct cb_watch *watch, struct cb_look *look)
{
	look->moved = cb_watch_moved(watch);
	look->busy = false;
	if (!look->moved) {
		/* What was begun has been taken back; one that is stuck stays so. */
		if (watch->verdict != CB_VERDICT_BUSY)
			watch->busy_since = 0;
		return;
	}
	/* Before the rest: if it moves on meanwhile, that is seen the next time. */
	look->seq_count = le32_to_cpu(READ_ONCE(watch->page->seq_count));
	look->verdict = cb_vmclock_sample(watch->page, &look->sample);
	look->sample.taken_at = clockbound_counter();
	look->busy = still_busy(watch, look->verdict);
}

/**
 * cb_watch_remember() - a look has been taken in
 * @watch: the page
 * @look: the look; it has moved and is not busy
 * @counter_id: CLOCKBOUND_COUNTER_* that readers read, as of before the look
 * Context: any; the caller's lock is held.
 */
void cb_watch_remember(struct cb_watch *watch, const struct cb_look *look, u8 counter_id)
{
	watch->sampled = true;
	watch->verdict = look->verdict;
	watch->counter_id = counter_id;
	if (look->verdict == CB_VERDICT_FULL) {
		watch->seq_count = look->sample.seq_count;
		watch->marker = look->sample.disruption_marker;
		watch->generation = look->sample.vm_generation;
	} else if (look->verdict == CB_VERDICT_BUSY) {
		/* Odd, and so not the count of a page that is in order. */
		watch->seq_count = look->seq_count | 1;
	} else if (look->verdict == CB_VERDICT_GONE) {
		/* It is not looked at any more. */
		watch->page = NULL;
	}
}
