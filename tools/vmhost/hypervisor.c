// SPDX-License-Identifier: GPL-2.0-only
#include "hypervisor.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "counter.h"
#include "handshake.h"

/* The clock is watched for this long before its rate is believed, ns. */
#define BASELINE	NSEC_PER_SEC

/*
 * A first claim is made from a sample this old, ns. An update's C1' is not after
 * the moment D when the page before it was published, and must be after C1 (see
 * page.c): so C1 itself has to be well before D.
 */
#define LAG		(NSEC_PER_SEC / 10)

/* Nobody counts markers for so long in steps of 1. */
#define MARKER_STEP	(1ULL << 32)

/* An hour and a half at a sample every 10 ms; 16 MiB, touched as it fills. */
#define SAMPLES		(1 << 19)

/* The host's counter, in the guest's ticks */
static __u64 counter_now(const struct hypervisor *hv)
{
	return scale_counter(&hv->scale, counter_read());
}

static __u8 status_now(const struct hypervisor *hv)
{
	if (hv->options.marker_only)
		return VMCLOCK_CLOCK_UNKNOWN;
	if (hv->status != STATUS_AUTO)
		return hv->status;
	if (!hv->claimed)
		return hv->broken ? VMCLOCK_CLOCK_UNRELIABLE :
				    VMCLOCK_CLOCK_INITIALIZING;
	/* Without a new bound the page's own still holds, it only widens. */
	if (history_last(&hv->history)->maxerror == SAMPLE_NO_BOUND)
		return VMCLOCK_CLOCK_FREERUNNING;
	return VMCLOCK_CLOCK_SYNCHRONIZED;
}

void hypervisor_identity(const struct hypervisor *hv, struct identity *identity)
{
	*identity = (struct identity) {
		.marker = hv->marker,
		.generation = hv->generation,
		.counter_id = hv->options.marker_only ?
			VMCLOCK_ID_INVALID : VMCLOCK_ID_X86_TSC,
		.status = hv->shown,
		.leap = hv->leap,
		.time_type = hv->time_type,
		.tai_offset = hv->tai_offset,
		.sequence = hv->writer.seq,
	};
}

static void page_now(struct hypervisor *hv, struct vmclock_page *page)
{
	struct identity identity;

	hv->shown = status_now(hv);
	hypervisor_identity(hv, &identity);
	page_fill(page, hv->writer.page.size, &identity,
		  hv->claimed && !hv->options.marker_only ? &hv->bound : NULL);
}

static void publish(struct hypervisor *hv)
{
	struct vmclock_page page;

	page_now(hv, &page);
	if (!hv->held)
		writer_publish(&hv->writer, &page);
}

static void publish_bound(struct hypervisor *hv)
{
	hv->published = counter_now(hv);
	hv->updates++;
	publish(hv);
}

static void make_claim(const struct hypervisor *hv, struct claim *claim,
		       const struct sample *sample, __u64 maxerror)
{
	claim_make(claim, sample, &hv->allowed, &hv->rate, hv->jump, maxerror);
}

/* Nothing that was claimed so far counts any more; the clock is measured anew. */
static void start_over(struct hypervisor *hv)
{
	const struct sample *last = history_last(&hv->history);
	struct jump jump = { .before = hv->published };

	hv->broken = hv->claimed;
	hv->claimed = false;
	hv->rate_known = false;
	hv->breaks++;
	hv->marker++;
	hv->rebased = false;
	if (last)
		hv->baseline = *last;
	publish(hv);
	jump.after = counter_now(hv);
	history_add_jump(&hv->history, &jump);
}

/* Does the clock, as @sample saw it, lie outside of what was claimed? */
static bool outside(const struct hypervisor *hv, const struct claim *claim,
		    const struct sample *sample)
{
	struct claim seen, aged = *claim;

	make_claim(hv, &seen, sample, 0);
	claim_age(&aged, seen.counter);
	return !claim_intersect(&aged, &seen);
}

/* A claim that owes nothing to an earlier one; false if there is no bound. */
static bool claim_anew(struct hypervisor *hv)
{
	const struct sample *sample =
		history_before(&hv->history, history_last(&hv->history)->before -
			       hypervisor_ticks(hv, LAG));

	if (!sample || sample->maxerror == SAMPLE_NO_BOUND)
		return false;
	make_claim(hv, &hv->claim, sample, sample->maxerror);
	bound_from_claim(&hv->bound, &hv->claim);
	hv->claimed = true;
	hv->broken = false;
	return true;
}

/*
 * What a page may allow for the offset to be: what was measured, and as much more as
 * another handshake can leave open, so that one that finds the counter where it was does
 * not say otherwise; and what it has crept so far in one go.
 */
static struct offset widened(const struct hypervisor *hv)
{
	__u64 crept = hv->crept_most < ALLOWANCE_MAX ? hv->crept_most : ALLOWANCE_MAX;
	__u64 ticks = hypervisor_ticks(hv, HANDSHAKE_NARROW_NS + crept);
	struct offset offset = hv->offset;

	offset.min -= ticks;
	offset.max += ticks;
	return offset;
}

static void calibrate(struct hypervisor *hv, const struct sample *last)
{
	const struct sample *middle;
	struct claim claim;

	if (!hv->rate_known) {
		if (last->realtime - hv->baseline.realtime < 0)
			hv->baseline = *last;
		if (last->realtime - hv->baseline.realtime < BASELINE ||
		    !rate_measure(&hv->rate, &hv->baseline, last))
			return;
		rate_widen(&hv->rate, hv->options.max_drift);

		/* Was it set in between? Then the middle is off the line. */
		middle = history_before(&hv->history, hv->baseline.after / 2 +
					last->before / 2);
		make_claim(hv, &claim, last, 0);
		if (middle && middle->before > hv->baseline.after &&
		    outside(hv, &claim, middle)) {
			hv->baseline = *last;
			return;
		}
		hv->rate_known = true;
		hv->allowed = widened(hv);
	}
	if (hv->allowed.rounds && claim_anew(hv))
		publish_bound(hv);
}

void hypervisor_sample(struct hypervisor *hv)
{
	struct sample sample;

	/* First: a leap second that comes now is a step for the sample. */
	hv->leap = hostclock_leap();
	hv->tai_offset = hostclock_tai(hv->tai_offset);
	hostclock_sample(&hv->options.clock, &sample);
	sample.before = scale_counter(&hv->scale, sample.before);
	sample.after = scale_counter(&hv->scale, sample.after);
	history_add(&hv->history, &sample);
	if (!hv->baseline.after)
		hv->baseline = sample;

	if (hv->claimed && outside(hv, &hv->claim, &sample)) {
		fprintf(stderr,
			"vmhost: the host's clock was set, or it drifts by more than --max-drift: what the page said is no longer true. New marker, UNRELIABLE until the clock has been measured again\n");
		start_over(hv);
	}
	if (!hv->claimed)
		calibrate(hv, &sample);
}

/*
 * Carries the claim on, at most to the moment when the page was published (C1' <= D,
 * whatever the offset is: see page.c), and takes in what the clock said last before
 * then.
 */
static void claim_more(struct hypervisor *hv)
{
	__u64 counter = hv->published + hv->allowed.min;
	const struct sample *sample =
		history_before(&hv->history, hv->published -
			       (hv->allowed.max - hv->allowed.min));
	struct claim fresh;

	if (!sample || sample->maxerror == SAMPLE_NO_BOUND) {
		claim_age(&hv->claim, counter);
		return;
	}
	make_claim(hv, &fresh, sample, sample->maxerror);
	/* Nobody looked at the clock for a while, or this page came soon after the last. */
	if ((__s64)(fresh.counter - hv->bound.counter) <
	    (__s64)hypervisor_ticks(hv, NESTING_DISTANCE))
		claim_age(&fresh, counter);
	claim_age(&hv->claim, fresh.counter);
	/* If they contradict each other, then so will the next sample, loudly. */
	claim_intersect(&hv->claim, &fresh);
}

/* A page now could leave less than NESTING_DISTANCE between the next one's C1 and its own. */
static bool too_early(const struct hypervisor *hv)
{
	return counter_now(hv) - hv->published < hypervisor_ticks(hv, NESTING_DISTANCE);
}

void hypervisor_update(struct hypervisor *hv)
{
	struct bound bound;

	if (hv->paused || hv->held || hv->options.marker_only)
		return;
	/* The next update's C1' is not before this moment. */
	hypervisor_sample(hv);
	if (hv->claimed && !too_early(hv)) {
		claim_more(hv);
		bound_from_claim(&bound, &hv->claim);
		if (bound_nests(&bound, &hv->bound,
				hv->published + hv->allowed.min)) {
			hv->bound = bound;
			publish_bound(hv);
			return;
		}
		hv->kept++;
	}
	if (hv->shown != status_now(hv))
		publish(hv);
}

/* A new marker, and a page that owes nothing to the one before. */
static void publish_anew(struct hypervisor *hv)
{
	hv->marker++;
	hv->rebased = false;
	hv->claimed = hv->claimed && claim_anew(hv);
	hv->published = counter_now(hv);
	publish(hv);
}

static __s64 middle(const struct offset *offset)
{
	return offset->min + (offset->max - offset->min) / 2;
}

/* Counts a movement by @ticks; true if it is a jump. */
static bool count_move(struct hypervisor *hv, __s64 ticks)
{
	__u64 ns = hypervisor_ns(hv, llabs(ticks));

	hv->moved = ticks < 0 ? -(__s64)ns : (__s64)ns;
	/* As long as nobody knows how long a tick is, a step is taken for a large one. */
	if (ns > CREEP_MAX || !ns) {
		hv->leaps++;
		fprintf(stderr,
			"vmhost: the guest's counter has jumped by %lld ticks (%lld ns) against the host's: new marker\n",
			ticks, hv->moved);
		return true;
	}
	if (!hv->creeps++)
		fprintf(stderr,
			"vmhost: the guest's counter creeps against the host's, first by %lld ns: this hypervisor does not keep the offset. New marker; 'status' counts how often\n",
			hv->moved);
	hv->crept += ns;
	if (ns > hv->crept_most)
		hv->crept_most = ns;
	return false;
}

/* Is the guest's counter still where the page allows it to be? If not, a new page. */
static void judge_offset(struct hypervisor *hv)
{
	const struct offset *now = &hv->offset;
	struct offset both = hv->allowed, fresh = widened(hv);
	bool jumped;

	hv->moved = 0;
	if (!now->rounds || hv->paused)
		return;
	if (!both.rounds) {
		hv->allowed = fresh;
		return;
	}
	if (offset_contains(&both, now)) {
		/* Both are true, and what both say is tighter. */
		offset_intersect(&hv->allowed, &fresh);
		return;
	}
	/* Such a wide one that overlaps does not tell. */
	if (offset_intersect(&both, now) &&
	    now->max - now->min > (__s64)hypervisor_ticks(hv, HANDSHAKE_NARROW_NS))
		return;

	jumped = count_move(hv, middle(now) - middle(&hv->allowed));
	hv->allowed = widened(hv);
	if (jumped || (hv->claimed && !hv->options.marker_only)) {
		publish_anew(hv);
		return;
	}
	/* A page without time says nothing that a creep would make false. */
	hv->claimed = hv->claimed && claim_anew(hv);
	hv->rebased = true;
}

void hypervisor_measured(struct hypervisor *hv, const struct measurement *measurement)
{
	hv->hull = measurement->offset;
	if (hv->offset.rounds)
		offset_hull(&hv->hull, &hv->offset);
	offsets_add(&hv->offsets, measurement);
	hv->offset = measurement->offset;
	judge_offset(hv);
	hypervisor_sample(hv);
}

void hypervisor_counter_lost(struct hypervisor *hv)
{
	const struct offset unknown = { .rounds = 0 };

	offsets_lost(&hv->offsets);
	hv->offset = unknown;
	hv->allowed = unknown;
	hv->claimed = false;
	hv->rebased = false;
	hv->marker++;
	publish(hv);
}

void hypervisor_scale(struct hypervisor *hv, const struct scale *scale)
{
	if (scale_is(&hv->scale, scale))
		return;
	hypervisor_counter_lost(hv);
	hv->scale = *scale;
	hv->rate_known = false;
	hv->baseline = (struct sample) { .after = 0 };
	history_restart(&hv->history, hv->jump);
	hv->offsets.added = 0;
}

void hypervisor_offset_known(struct hypervisor *hv, __s64 offset)
{
	struct measurement measurement = {
		.offset = { .min = offset, .max = offset, .rounds = 1 },
	};

	if (hv->told && hv->told_offset != offset) {
		fprintf(stderr,
			"vmhost: the guest has set its counter, by %lld ticks: new marker\n",
			offset - hv->told_offset);
		hypervisor_counter_lost(hv);
	}
	hv->told = true;
	hv->told_offset = offset;
	measurement.first = counter_now(hv) + offset;
	measurement.last = measurement.first;
	hypervisor_measured(hv, &measurement);
}

__u64 hypervisor_ns(const struct hypervisor *hv, __u64 ticks)
{
	return fixed_to_ns_ceil(shift_ceil((s128)hv->rate.max * ticks, hv->rate.shift));
}

__u64 hypervisor_ticks(const struct hypervisor *hv, __u64 ns)
{
	return hv->rate.min ?
		div_ceil(fixed_from_ns_ceil(ns) << hv->rate.shift, hv->rate.min) : 0;
}

static const char held_error[] =
	"the sequence count is held odd: release it first";
static const char unvouched_error[] =
	"nobody vouches for the host's clock now, so there is no bound to migrate to";

const char *hypervisor_disrupt(struct hypervisor *hv, __s64 ns,
			       struct window *window)
{
	struct jump jump = { .delta = ns };
	struct vmclock_page page;
	__s64 sum;

	if (hv->held)
		return held_error;
	if (hv->history.jump_count == HISTORY_JUMPS)
		return "too many disruptions for one log: start vmhost anew";
	if (__builtin_add_overflow(hv->jump, ns, &sum) ||
	    sum > JUMP_MAX || sum < -JUMP_MAX)
		return "all migrations together must stay within a year";

	hypervisor_sample(hv);
	if (ns && hv->claimed &&
	    history_last(&hv->history)->maxerror == SAMPLE_NO_BOUND)
		return unvouched_error;

	/*
	 * Readers in the guest may see the counter a little earlier or later
	 * than the page, by what a processor has in flight.
	 */
	jump.before = counter_now(hv);
	counter_settle();
	writer_begin(&hv->writer);
	hv->jump = sum;
	hv->marker++;
	hv->rebased = false;
	if (ns && hv->claimed && !claim_anew(hv))
		hv->claimed = false;
	hv->published = jump.before;
	page_now(hv, &page);
	writer_fields(&hv->writer, &page);
	writer_end(&hv->writer);
	counter_settle();
	jump.after = counter_now(hv);

	history_add_jump(&hv->history, &jump);
	window->before = jump.before + hv->offset.min;
	window->after = jump.after + hv->offset.max;
	return NULL;
}

const char *hypervisor_generation(struct hypervisor *hv)
{
	if (hv->held)
		return held_error;
	hv->generation++;
	publish(hv);
	return NULL;
}

const char *hypervisor_set_status(struct hypervisor *hv, int status)
{
	if (hv->held)
		return held_error;
	hv->status = status;
	publish(hv);
	return NULL;
}

const char *hypervisor_set_marker_only(struct hypervisor *hv, bool on)
{
	if (hv->held)
		return held_error;
	hv->options.marker_only = on;
	if (!on && hv->rebased)
		publish_anew(hv);
	else
		publish(hv);
	return NULL;
}

const char *hypervisor_pause(struct hypervisor *hv)
{
	hv->paused = true;
	return NULL;
}

const char *hypervisor_resume(struct hypervisor *hv)
{
	if (hv->held)
		return held_error;
	hv->paused = false;
	judge_offset(hv);
	publish(hv);
	return NULL;
}

const char *hypervisor_hold(struct hypervisor *hv)
{
	if (!hv->held)
		writer_begin(&hv->writer);
	hv->held = true;
	return NULL;
}

const char *hypervisor_release(struct hypervisor *hv)
{
	if (!hv->held)
		return "the sequence count is not held";
	hv->held = false;
	publish(hv);
	return NULL;
}

bool hypervisor_truth(const struct hypervisor *hv, __u64 counter,
		      const struct offset *offset, size_t jumps,
		      __s64 *earliest, __s64 *latest)
{
	return history_truth(&hv->history, counter - offset->max, counter - offset->min,
			     jumps, earliest, latest);
}

/* A guest that is running must see that the hypervisor is another one. */
static void take_over(struct hypervisor *hv, struct region_slice page)
{
	__u32 magic = region_load32(page, offsetof(struct vmclock_page, magic),
				    __ATOMIC_RELAXED);
	__u64 marker, generation;

	if (le32toh(magic) != VMCLOCK_PAGE_MAGIC)
		return;
	marker = region_load64(page, offsetof(struct vmclock_page, disruption_marker),
			       __ATOMIC_RELAXED);
	generation = region_load64(page, offsetof(struct vmclock_page, vm_generation_counter),
				   __ATOMIC_RELAXED);
	hv->marker = le64toh(marker) + 1;
	hv->generation = le64toh(generation);
}

bool hypervisor_init(struct hypervisor *hv, const struct options *options,
		     struct region_slice page)
{
	*hv = (struct hypervisor) {
		.options = *options,
		.status = STATUS_AUTO,
		.marker = 1,
		.generation = 1,
		.tai_offset = hostclock_tai(options->tai_offset),
	};
	hv->time_type = hv->tai_offset ? VMCLOCK_TYPE_TAI : VMCLOCK_TYPE_UTC;
	if (!history_init(&hv->history, SAMPLES))
		return false;

	take_over(hv, page);
	writer_attach(&hv->writer, page);
	publish(hv);
	return true;
}

static const char tai_error[] =
	"its page has the time in TAI, and this host does not know it: state --tai-offset N";

const char *hypervisor_inherit(struct hypervisor *hv, const struct identity *identity)
{
	__u64 step;

	if (identity->counter_id != VMCLOCK_ID_X86_TSC &&
	    identity->counter_id != VMCLOCK_ID_INVALID)
		return "its page is for another kind of counter than the TSC";
	if (identity->time_type != VMCLOCK_TYPE_UTC &&
	    identity->time_type != VMCLOCK_TYPE_TAI)
		return "its page has a time that is neither UTC nor TAI";
	if (identity->time_type == VMCLOCK_TYPE_TAI && !hv->tai_offset)
		return tai_error;
	if (getrandom(&step, sizeof(step), 0) != sizeof(step))
		return "there is no random number to be had for the marker";

	hv->marker = identity->marker + MARKER_STEP + step / 4;
	hv->generation = identity->generation;
	hv->time_type = identity->time_type;
	hv->options.marker_only = identity->counter_id == VMCLOCK_ID_INVALID;
	/* A reader that was interrupted between two looks at the count sees another one. */
	hv->writer.seq = (identity->sequence + 1) & ~1U;
	publish(hv);
	return NULL;
}

/*
 * What the page said would go on to be true, ever wider, but nobody would tell
 * the guest any more if the clock were set or the counter disturbed. So the time
 * is withdrawn. The marker stays: nothing happened to the counter.
 */
void hypervisor_close(struct hypervisor *hv)
{
	hv->held = false;
	hv->claimed = false;
	hv->status = VMCLOCK_CLOCK_UNKNOWN;
	publish(hv);
	history_free(&hv->history);
}
