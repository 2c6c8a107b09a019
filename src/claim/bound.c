// SPDX-License-Identifier: GPL-2.0-only
/* What claims amount to together. */
#include "claim.h"

/* Of the times in which lines are compared. */
#define ONE_NS	((cb_s128)1 << 64)

/**
 * cb_bound_move() - let a bound start at another counter value
 * @bound: the bound; all zeros if nothing is known there
 * @counter: the counter value
 *
 * As cb_claim_move() does; @ticks and @synchronized_ticks of it shrink by the way.
 * Return: false if nothing is known, or not for so long.
 */
bool cb_bound_move(struct cb_bound *bound, __u64 counter)
{
	__s64 distance = counter - bound->claim.counter;
	__u64 length = distance < 0 ? -(__u64)distance : (__u64)distance;

	if (length >= bound->ticks || !cb_claim_move(&bound->claim, counter)) {
		memset(bound, 0, sizeof(*bound));
		return false;
	}
	bound->ticks -= length;
	if (bound->synchronized_ticks != CB_TICKS_NO_END)
		bound->synchronized_ticks -= distance > (__s64)bound->synchronized_ticks ?
					     bound->synchronized_ticks : distance;
	return true;
}

static cb_s128 earliest_of(const struct cb_claim *claim)
{
	return (cb_s128)claim->earliest * ONE_NS + claim->earliest_frac;
}

static cb_s128 latest_of(const struct cb_claim *claim)
{
	return (cb_s128)claim->latest * ONE_NS + claim->latest_frac;
}

/* Lines of two claims may converge: where they would cross, one of the two is wrong. */
static void limit_to_crossing(struct cb_bound *bound)
{
	const struct cb_claim *claim = &bound->claim;
	cb_s128 width;

	if (claim->earliest_rate <= claim->latest_rate)
		return;
	width = latest_of(claim) - earliest_of(claim);
	bound->ticks = min(bound->ticks, width <= 0 ? 0 :
			   cb_claim_ticks(width >> 64,
					  claim->earliest_rate - claim->latest_rate,
					  claim->shift));
}

/* Two bounds in the same unit and the same count. */
static void make_alike(struct cb_bound *a, struct cb_bound *b)
{
	unsigned int shift = max(a->claim.shift, b->claim.shift);

	cb_claim_use_shift(&a->claim, shift);
	cb_claim_use_shift(&b->claim, shift);
	cb_leap_align(a, b);
	if (b->claim.leap || (!a->claim.leap && b->claim.leap_day > a->claim.leap_day)) {
		a->claim.leap = b->claim.leap;
		a->claim.leap_day = b->claim.leap_day;
	}
}

/* @a becomes what both say together, but for the lines and the status. */
static void take_the_rest(struct cb_bound *a, const struct cb_bound *b)
{
	if (a->claim.tai_offset == CB_TAI_UNKNOWN)
		a->claim.tai_offset = b->claim.tai_offset;
	a->ticks = min(a->ticks, b->ticks);
}

static void hull_alike(struct cb_bound *a, const struct cb_bound *b)
{
	const struct cb_claim *other = &b->claim;
	struct cb_claim *claim = &a->claim;

	if (earliest_of(other) < earliest_of(claim)) {
		claim->earliest = other->earliest;
		claim->earliest_frac = other->earliest_frac;
	}
	if (latest_of(other) > latest_of(claim)) {
		claim->latest = other->latest;
		claim->latest_frac = other->latest_frac;
	}
	claim->earliest_rate = min(claim->earliest_rate, other->earliest_rate);
	claim->latest_rate = max(claim->latest_rate, other->latest_rate);
	take_the_rest(a, b);
	a->status = CLOCKBOUND_STATUS_FREE_RUNNING;
	a->synchronized_ticks = 0;
}

/**
 * cb_bound_hull() - what contains two bounds, and always will
 * @a: becomes it: free running, and all but the lines as cb_bound_intersect() has it
 * @b: one that starts at the same counter value
 */
void cb_bound_hull(struct cb_bound *a, const struct cb_bound *b)
{
	struct cb_bound other = *b;

	make_alike(a, &other);
	hull_alike(a, &other);
}

/* Of two lines the one that is tighter now; of two equal ones, the one that stays so. */
static void take_tighter(struct cb_claim *claim, const struct cb_claim *other)
{
	cb_s128 ours = earliest_of(claim), theirs = earliest_of(other);

	if (theirs > ours ||
	    (theirs == ours && other->earliest_rate > claim->earliest_rate)) {
		claim->earliest = other->earliest;
		claim->earliest_frac = other->earliest_frac;
		claim->earliest_rate = other->earliest_rate;
	}
	ours = latest_of(claim);
	theirs = latest_of(other);
	if (theirs < ours || (theirs == ours && other->latest_rate < claim->latest_rate)) {
		claim->latest = other->latest;
		claim->latest_frac = other->latest_frac;
		claim->latest_rate = other->latest_rate;
	}
}

/**
 * cb_bound_intersect() - the tighter of two bounds, line by line
 * @a: becomes it. The status is the better one; the TAI offset stays, unless only @b knows it
 * @b: one that starts at the same counter value
 *
 * Each line goes on as its own claim does. The count is as before a leap second that one of
 * them has ahead. Bounds that have no common point contradict each other: then the result
 * contains both, and always will.
 * Return: whether they have a common point.
 */
bool cb_bound_intersect(struct cb_bound *a, const struct cb_bound *b)
{
	struct cb_bound other = *b;
	struct cb_claim both;

	make_alike(a, &other);
	both = a->claim;
	take_tighter(&both, &other.claim);
	/* A gap of less than 1 ns is one that rounding closes. */
	if (earliest_of(&both) >= latest_of(&both) + ONE_NS) {
		hull_alike(a, &other);
		return false;
	}
	a->claim = both;
	take_the_rest(a, &other);
	limit_to_crossing(a);

	/* SYNCHRONIZED before FREE_RUNNING, and of two of them the one that lasts. */
	if (other.status < a->status ||
	    (other.status == a->status && other.synchronized_ticks > a->synchronized_ticks)) {
		a->status = other.status;
		a->synchronized_ticks = other.synchronized_ticks;
	}
	return true;
}
