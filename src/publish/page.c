// SPDX-License-Identifier: GPL-2.0-only
/* The form that a bound has in the ABI, and the clock page that it is written to. */
#include "page.h"

/**
 * cb_model_set_lines() - give a model its lines
 * @model: the model; its markers stay, and its flags but for CLOCKBOUND_MODEL_TAI
 * @bound: what they are to say
 */
void cb_model_set_lines(struct clockbound_model *model, const struct cb_bound *bound)
{
	const struct cb_claim *claim = &bound->claim;

	model->status = bound->status;
	model->counter_shift = claim->shift;
	model->leap = claim->leap;
	model->leap_day = claim->leap_day;
	if (claim->tai_offset != CB_TAI_UNKNOWN) {
		model->flags |= CLOCKBOUND_MODEL_TAI;
		model->tai_offset = claim->tai_offset;
	}
	model->counter_value = claim->counter;
	model->earliest = claim->earliest;
	model->earliest_frac = claim->earliest_frac;
	/* Plus 1 ns - 2^-64 ns: the most that takes no whole ns further. */
	model->latest = claim->latest + !!claim->latest_frac;
	model->latest_frac = claim->latest_frac - 1;
	model->earliest_rate = claim->earliest_rate;
	model->latest_rate = claim->latest_rate;
	model->valid_ticks = bound->ticks;
	model->synchronized_ticks = bound->synchronized_ticks;
}

/**
 * cb_page_format() - fill in what is constant in a clock page
 * @page: the page, zeroed, not mapped by anybody yet; its model is "unknown"
 * @counter_id: CLOCKBOUND_COUNTER_*
 * @features: CLOCKBOUND_FEATURE_*
 */
void cb_page_format(struct clockbound_page *page, __u8 counter_id, __u64 features)
{
	page->magic = CLOCKBOUND_PAGE_MAGIC;
	page->version = CLOCKBOUND_PAGE_VERSION;
	page->counter_id = counter_id;
	page->size = sizeof(*page);
	page->features = features;
}

/**
 * cb_page_begin() - make readers wait for another model
 * @page: the clock page
 *
 * A reader that still uses the last model has read its counter before this returns.
 * Context: any with interrupts off, so that cb_page_end() follows at once; the caller holds
 * the lock of the page.
 */
void cb_page_begin(struct clockbound_page *page)
{
	WRITE_ONCE(page->model.seq, page->model.seq + 1);
	/*
	 * A full barrier: the counter that the new model starts at is read after this.
	 * As a write barrier it pairs with the acquire fence at the end of a reading.
	 */
	smp_mb();
}

/* How far a model can be read the straight way. */
static __u64 straight_ticks(const struct clockbound_model *model)
{
	if (model->counter_shift ||
	    (model->flags & ~(CLOCKBOUND_MODEL_VMCLOCK | CLOCKBOUND_MODEL_TAI)))
		return 0;
	if (model->status == CLOCKBOUND_STATUS_FREE_RUNNING)
		return model->valid_ticks;
	return min(model->valid_ticks, model->synchronized_ticks);
}

/**
 * cb_page_end() - publish a model
 * @page: the clock page, after cb_page_begin()
 * @model: the model; its seq is ignored
 *
 * Wait-free. Context: as cb_page_begin().
 */
void cb_page_end(struct clockbound_page *page, const struct clockbound_model *model)
{
	struct clockbound_model *shared = &page->model;

	WRITE_ONCE(shared->leap, model->leap);
	WRITE_ONCE(shared->leap_day, model->leap_day);
	WRITE_ONCE(shared->head, model->head);
	WRITE_ONCE(shared->counter_value, model->counter_value);
	WRITE_ONCE(shared->earliest, model->earliest);
	WRITE_ONCE(shared->latest, model->latest);
	WRITE_ONCE(shared->earliest_rate, model->earliest_rate);
	WRITE_ONCE(shared->latest_rate, model->latest_rate);
	WRITE_ONCE(shared->valid_ticks, model->valid_ticks);
	WRITE_ONCE(shared->disruption_marker, model->disruption_marker);
	WRITE_ONCE(shared->earliest_frac, model->earliest_frac);
	WRITE_ONCE(shared->latest_frac, model->latest_frac);
	WRITE_ONCE(shared->vm_generation, model->vm_generation);
	WRITE_ONCE(shared->synchronized_ticks, model->synchronized_ticks);
	WRITE_ONCE(shared->registered_marker, model->registered_marker);
	WRITE_ONCE(shared->registered_generation, model->registered_generation);
	WRITE_ONCE(shared->straight_ticks, straight_ticks(model));

	/* Pairs with the load-acquire at the start of a reading. */
	smp_wmb();
	WRITE_ONCE(shared->seq, shared->seq + 1);

	WRITE_ONCE(page->publications, page->publications + 1);
}
