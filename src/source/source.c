// SPDX-License-Identifier: GPL-2.0-only
/* A VMClock page as a source of time. */
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

static void forget(struct cb_claim *claim)
{
	memset(claim, 0, sizeof(*claim));
}

/**
 * cb_source_forget() - the counter was disturbed: forget the history
 * @source: the source
 */
void cb_source_forget(struct cb_source *source)
{
	forget(&source->history);
	source->doubted = false;
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

	/* Another reference: it has measured anew. */
	if (source->doubted && sample->counter_value != old->counter_value)
		cb_source_forget(source);
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
 * cb_source_end_epoch() - the counter may have begun anew
 * @source: the source
 * @counter: the counter after that
 *
 * Nothing that the page has said counts any more, nor does its next word if it has a counter
 * value from before.
 */
void cb_source_end_epoch(struct cb_source *source, __u64 counter)
{
	if (source->claim.latest_rate)
		source->verdict = CB_VERDICT_STALE;
	forget(&source->claim);
	cb_source_forget(source);
	source->stale = true;
	source->since = counter;
}

/* Whether a page says what cannot be from before the epoch. */
static bool from_epoch(const struct cb_source *source, const struct cb_sample *sample)
{
	const struct cb_sample *old = &source->sample;

	if (source->sampled && sample->disruption_marker != old->disruption_marker)
		return true;
	if (source->sampled && sample->seq_count == old->seq_count)
		return false;
	return (__s64)(sample->counter_value - source->since) >= 0 &&
	       (__s64)(sample->taken_at - sample->counter_value) >= 0;
}

/* What a consistent copy of the page claims. */
static enum cb_verdict take_claim(struct cb_source *source, const struct cb_sample *sample,
				  __u8 counter_id, bool stale)
{
	enum cb_verdict verdict = cb_vmclock_claim(sample, counter_id, &source->claim);

	if (verdict != CB_VERDICT_FULL)
		return verdict;
	source->stale = stale;
	if (!stale)
		return verdict;
	forget(&source->claim);
	return CB_VERDICT_STALE;
}

/**
 * cb_source_sample() - take in what a look at the page gave
 * @source: the source
 * @verdict: what the look gave; not CB_VERDICT_BUSY while the earlier page is to be kept
 * @sample: the sample, if @verdict is CB_VERDICT_FULL
 * @counter_id: CLOCKBOUND_COUNTER_* that readers read
 * Return: CLOCKBOUND_EVENT_DISRUPTION and CLOCKBOUND_EVENT_GENERATION, if the page says so:
 *	then the history is for the caller to forget.
 */
__u32 cb_source_sample(struct cb_source *source, enum cb_verdict verdict,
		       const struct cb_sample *sample, __u8 counter_id)
{
	struct cb_claim earlier = source->claim;
	__u32 changes = 0;

	if (verdict == CB_VERDICT_FULL) {
		bool stale = source->stale && !from_epoch(source, sample);

		changes = note_sample(source, sample);
		verdict = take_claim(source, sample, counter_id, stale);
	} else {
		forget(&source->claim);
	}
	source->verdict = verdict;
	/* A new marker of an outdated page tells of the disruption that everybody knows of. */
	if (source->outdated && (changes & CLOCKBOUND_EVENT_DISRUPTION)) {
		source->outdated = false;
		forget(&source->history);
		return 0;
	}
	/* What was announced before an inserted second holds all through it. */
	if (verdict == CB_VERDICT_LEAP_SECOND && !changes && earlier.leap > 0)
		source->claim = earlier;
	else if (verdict != CB_VERDICT_FULL)
		/* Who takes its word back takes all of it back. */
		forget(&source->history);
	return changes;
}

/* What is claimed alone, from @counter on. */
static bool start(const struct cb_source *source, const struct cb_claim *claim,
		  __u64 counter, struct cb_bound *bound)
{
	bool synchronized = source->sample.clock_status == VMCLOCK_CLOCK_SYNCHRONIZED;

	*bound = (struct cb_bound) {
		.claim = *claim,
		.ticks = 1ULL << (CB_TICKS_SHIFT - claim->shift),
		.synchronized_ticks = CB_TICKS_NO_END,
		.status = synchronized ? CLOCKBOUND_STATUS_SYNCHRONIZED :
					 CLOCKBOUND_STATUS_FREE_RUNNING,
	};
	if (cb_claim_move(&bound->claim, counter))
		return true;
	memset(bound, 0, sizeof(*bound));
	return false;
}

/**
 * cb_source_past() - what the page says now of a moment in the past
 * @source: the source
 * @counter: the moment; no disruption lies between
 * @bound: where it goes
 *
 * By its present claim alone, extended by its own rates: it says what holds on both sides of
 * its start, the history only what holds from then on.
 * Return: false if it says nothing.
 */
bool cb_source_past(const struct cb_source *source, __u64 counter, struct cb_bound *bound)
{
	if (source->outdated || !start(source, &source->claim, counter, bound))
		return false;
	cb_leap_pass(&bound->claim);
	return true;
}

/**
 * cb_source_decide() - what the page claims together with its history
 * @source: the source
 * @counter: where the bound starts
 * @bound: where it goes
 * @agree: becomes false if the page contradicts its history. From then on the bound contains
 *	both, and is free running, until the page has measured anew
 * Return: whether there is a bound.
 */
bool cb_source_decide(struct cb_source *source, __u64 counter, struct cb_bound *bound,
		      bool *agree)
{
	struct cb_claim *claim = &bound->claim, *history = &source->history;
	struct cb_bound past, both;

	*agree = true;
	if (source->outdated || !start(source, &source->claim, counter, bound)) {
		forget(history);
		return false;
	}
	/* The page knows of no leap second any more. */
	if (history->leap && !claim->leap && claim->leap_day < history->leap_day) {
		history->leap = 0;
		history->leap_day = claim->leap_day;
	}
	if (start(source, history, counter, &past)) {
		both = *bound;
		cb_bound_hull(&both, &past);
		*agree = cb_bound_intersect(bound, &past);
		if (source->doubted)
			*bound = both;
	}
	source->doubted |= !*agree;
	cb_leap_pass(claim);
	*history = *claim;
	return true;
}
