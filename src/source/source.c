// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMClock page as a source of time.
 */
#include "../claim/leap.h"
#include "../claim/merge.h"
#include "../claim/model.h"
#include "source.h"

/**
 * cb_source_init() - start with nothing known
 * @source: the source
 * @verdict: what is said of it before it is looked at
 */
void cb_source_init(struct cb_source *source, enum cb_verdict verdict)
{
	memset(source, 0, sizeof(*source));
	source->verdict = verdict;
}

static bool generation_changed(const struct cb_sample *old, const struct cb_sample *new)
{
	return (old->flags & new->flags & VMCLOCK_VM_GEN_PRESENT) &&
	       old->vm_generation != new->vm_generation;
}

static __u32 note_sample(struct cb_source *source, const struct cb_sample *sample)
{
	const struct cb_sample *old = &source->sample;
	__u32 changes = 0;

	if (source->sampled) {
		if (sample->disruption_marker != old->disruption_marker)
			changes |= CLOCKBOUND_EVENT_DISRUPTION;
		if (generation_changed(old, sample))
			changes |= CLOCKBOUND_EVENT_GENERATION;
	}
	source->sampled = true;
	source->sample = *sample;
	return changes;
}

/**
 * cb_source_sample() - take in what a look at the page gave
 * @source: the source
 * @verdict: what the look gave; not CB_VERDICT_BUSY while the earlier page is to be
 *	kept
 * @sample: the sample, if @verdict is CB_VERDICT_FULL
 * @counter_id: CLOCKBOUND_COUNTER_* that readers read
 *
 * A new marker of an outdated page tells of the disruption that everybody knows of.
 *
 * Return: CLOCKBOUND_EVENT_DISRUPTION and CLOCKBOUND_EVENT_GENERATION, if the page
 * says so: then the history is for the caller to forget.
 */
__u32 cb_source_sample(struct cb_source *source, enum cb_verdict verdict,
		       const struct cb_sample *sample, __u8 counter_id)
{
	struct clockbound_model earlier = source->lines;
	__u32 changes = 0;

	cb_model_clear(&source->lines);
	if (verdict == CB_VERDICT_FULL) {
		changes = note_sample(source, sample);
		verdict = cb_vmclock_model(sample, counter_id, &source->lines);
	}
	source->verdict = verdict;
	if (source->outdated && (changes & CLOCKBOUND_EVENT_DISRUPTION)) {
		source->outdated = false;
		cb_model_clear(&source->history);
		return 0;
	}
	/* What was announced before an inserted second holds all through it. */
	if (verdict == CB_VERDICT_LEAP_SECOND && !changes && earlier.leap > 0)
		source->lines = earlier;
	else if (verdict != CB_VERDICT_FULL)
		/* Who takes its word back takes all of it back. */
		cb_model_clear(&source->history);
	return changes;
}

/**
 * cb_source_vouches() - whether the page says that the counter is in order
 * @source: the source
 */
bool cb_source_vouches(const struct cb_source *source)
{
	return source->verdict == CB_VERDICT_FULL && !source->outdated;
}

/**
 * cb_source_decide() - what the page claims together with its history
 * @source: the source
 * @counter: where the model starts
 * @model: where it goes; without lines if the page claims nothing
 *
 * If the page and its own history contradict each other, the model contains both,
 * and the newer one is the history from then on.
 *
 * Return: false if they do.
 */
bool cb_source_decide(struct cb_source *source, __u64 counter,
		      struct clockbound_model *model)
{
	struct clockbound_model *history = &source->history;
	bool agree = true;
	__u8 status;

	*model = source->lines;
	if (source->outdated || !cb_model_advance(model, counter)) {
		cb_model_clear(model);
		cb_model_clear(history);
		return true;
	}
	/* The page knows of no leap second any more. */
	if (history->leap && !model->leap && model->leap_day < history->leap_day) {
		history->leap = 0;
		history->leap_day = model->leap_day;
	}
	status = model->status;
	if (!cb_model_advance(history, counter)) {
		*history = *model;
	} else if (cb_merge_intersect(model, history)) {
		*history = *model;
		/* It is the page's to say now, whatever it has said before. */
		model->status = status;
	} else {
		*history = source->lines;
		agree = false;
	}
	cb_leap_pass(history);
	cb_leap_pass(model);
	return agree;
}
