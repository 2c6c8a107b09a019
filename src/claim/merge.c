// SPDX-License-Identifier: GPL-2.0-only
/*
 * What two claims amount to together.
 */
#include "leap.h"
#include "merge.h"
#include "model.h"

static int compare(__s64 a, __u64 a_frac, __s64 b, __u64 b_frac)
{
	if (a != b)
		return a < b ? -1 : 1;
	return a_frac < b_frac ? -1 : a_frac > b_frac;
}

/*
 * Lines of two claims may converge: where they would cross, one of the two is
 * wrong, and what is right, only a newer model can tell.
 */
static void limit_to_crossing(struct clockbound_model *model)
{
	__u64 width = model->latest - model->earliest;
	__u64 converge;

	if (model->earliest_rate <= model->latest_rate)
		return;
	converge = model->earliest_rate - model->latest_rate;
	/* The upper line is drawn up to 1 ns too high, the fractions do the rest. */
	model->valid_ticks = min(model->valid_ticks,
				 width > 2 ? cb_model_ticks(width - 2, converge,
							    model->counter_shift) : 0);
}

/* Whether two models have the same unit, and say the same of leap seconds. */
static bool alike(const struct clockbound_model *a, const struct clockbound_model *b)
{
	return a->counter_shift == b->counter_shift && a->leap == b->leap &&
	       a->leap_day == b->leap_day;
}

/* Two models in the same unit and the same count. */
static void make_alike(struct clockbound_model *a, struct clockbound_model *b)
{
	unsigned int shift = max(a->counter_shift, b->counter_shift);

	cb_model_use_shift(a, shift);
	cb_model_use_shift(b, shift);
	cb_leap_align(a, b);
	if (b->leap || (!a->leap && b->leap_day > a->leap_day)) {
		a->leap = b->leap;
		a->leap_day = b->leap_day;
	}
}

/* @a becomes what both say together, but for the lines and the status. */
static void take_the_rest(struct clockbound_model *a, const struct clockbound_model *b)
{
	if (!(a->flags & CLOCKBOUND_MODEL_TAI) && (b->flags & CLOCKBOUND_MODEL_TAI)) {
		a->flags |= CLOCKBOUND_MODEL_TAI;
		a->tai_offset = b->tai_offset;
	}
	a->valid_ticks = min(a->valid_ticks, b->valid_ticks);
}

static void hull_alike(struct clockbound_model *a, const struct clockbound_model *b)
{
	if (compare(b->earliest, b->earliest_frac, a->earliest, a->earliest_frac) < 0) {
		a->earliest = b->earliest;
		a->earliest_frac = b->earliest_frac;
	}
	if (compare(a->latest, a->latest_frac, b->latest, b->latest_frac) < 0) {
		a->latest = b->latest;
		a->latest_frac = b->latest_frac;
	}
	a->earliest_rate = min(a->earliest_rate, b->earliest_rate);
	a->latest_rate = max(a->latest_rate, b->latest_rate);
	take_the_rest(a, b);
	a->status = CLOCKBOUND_STATUS_FREE_RUNNING;
	a->synchronized_ticks = 0;
}

/**
 * cb_merge_hull() - what contains two claims, and always will
 * @a: a model with lines; becomes the result. It is free running, and the rest is as
 *	cb_merge_intersect() has it
 * @b: another one that starts at the same counter value
 */
void cb_merge_hull(struct clockbound_model *a, const struct clockbound_model *b)
{
	struct clockbound_model other = *b;

	make_alike(a, &other);
	hull_alike(a, &other);
}

static bool intersect_alike(struct clockbound_model *a, const struct clockbound_model *b)
{
	int earliest, latest;

	/* A gap of less than 1 ns, which rounding closes, is none. */
	if (compare(a->earliest, a->earliest_frac, b->latest, b->latest_frac) > 0 ||
	    compare(b->earliest, b->earliest_frac, a->latest, a->latest_frac) > 0) {
		hull_alike(a, b);
		return false;
	}

	earliest = compare(b->earliest, b->earliest_frac, a->earliest, a->earliest_frac);
	latest = compare(a->latest, a->latest_frac, b->latest, b->latest_frac);
	if (earliest > 0 || (!earliest && b->earliest_rate > a->earliest_rate)) {
		a->earliest = b->earliest;
		a->earliest_frac = b->earliest_frac;
		a->earliest_rate = b->earliest_rate;
	}
	if (latest > 0 || (!latest && b->latest_rate < a->latest_rate)) {
		a->latest = b->latest;
		a->latest_frac = b->latest_frac;
		a->latest_rate = b->latest_rate;
	}
	take_the_rest(a, b);
	limit_to_crossing(a);

	/* SYNCHRONIZED before FREE_RUNNING, and of two of them the one that lasts. */
	if (b->status < a->status ||
	    (b->status == a->status && b->synchronized_ticks > a->synchronized_ticks)) {
		a->status = b->status;
		a->synchronized_ticks = b->synchronized_ticks;
	}
	return true;
}

/* A function of its own: as a rule nobody needs its copy. */
static noinline bool intersect_unlike(struct clockbound_model *a,
				      const struct clockbound_model *b)
{
	struct clockbound_model other = *b;

	make_alike(a, &other);
	return intersect_alike(a, &other);
}

/**
 * cb_merge_intersect() - the tighter of two claims, line by line
 * @a: a model with lines; becomes the result. Its status becomes the better one;
 *	marker, generation, flags and TAI offset stay, unless only @b knows what TAI is
 * @b: another one that starts at the same counter value
 *
 * Each line of the result is the tighter one of the two at the common start, and
 * of two equal ones the one that stays tighter. Claims that do not overlap
 * contradict each other; then the result contains both, and always will. The result
 * counts as before a leap second that one of them has ahead.
 *
 * Return: whether the claims overlap.
 */
bool cb_merge_intersect(struct clockbound_model *a, const struct clockbound_model *b)
{
	return alike(a, b) ? intersect_alike(a, b) : intersect_unlike(a, b);
}
