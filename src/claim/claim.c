// SPDX-License-Identifier: GPL-2.0-only
/* Claims: two lines over the counter, with the true time between them. */
#include "claim.h"

static void move_line(__s64 *time, __u64 *frac, cb_s128 way)
{
	way += *frac;
	*time += (__s64)(way >> 64);
	*frac = way;
}

/**
 * cb_claim_move() - let a claim's lines start at another counter value
 * @claim: the claim
 * @counter: the counter value
 *
 * Nothing is rounded: behind it the lines are the same as before. If they start earlier than
 * before, what lies between is wider than it was, as it is in front of every start.
 * Return: false if nothing is claimed, or not so far away; then @claim is as it was.
 */
bool cb_claim_move(struct cb_claim *claim, __u64 counter)
{
	__s64 distance = counter - claim->counter;
	__u64 length = distance < 0 ? -(__u64)distance : (__u64)distance;
	__u64 earliest_rate = claim->earliest_rate;
	__u64 latest_rate = claim->latest_rate;
	cb_s128 steps;

	if (!claim->latest_rate || length >> (CB_TICKS_SHIFT - claim->shift))
		return false;
	if (distance < 0) {
		earliest_rate = claim->latest_rate;
		latest_rate = claim->earliest_rate;
	}
	steps = (cb_s128)distance * (1LL << claim->shift);
	move_line(&claim->earliest, &claim->earliest_frac, steps * earliest_rate);
	move_line(&claim->latest, &claim->latest_frac, steps * latest_rate);
	claim->counter = counter;
	return true;
}

/**
 * cb_claim_use_shift() - have a claim's rates in another unit, rounded to the wider side
 * @claim: the claim
 * @shift: the unit's; not less than the claim's
 */
void cb_claim_use_shift(struct cb_claim *claim, unsigned int shift)
{
	unsigned int down = shift - claim->shift;
	__u64 lost = ((__u64)1 << down) - 1;

	claim->earliest_rate >>= down;
	claim->latest_rate = (claim->latest_rate >> down) + !!(claim->latest_rate & lost);
	claim->shift = shift;
}

/**
 * cb_claim_ticks() - how many ticks a line needs to rise by some time
 * @ns: the time
 * @rate: the line's rate, in 2^(shift - 64) ns per tick
 * @shift: 0 to CB_SHIFT_MAX
 *
 * With the rate rounded up to its upper 32 bits, and as many bits of the quotient as 64 have
 * room for, at most 32 below the point:
 *
 *	ticks <= ns * 2^64 / (rate * 2^shift)
 *	      <= (ns * 2^room / rate32) * 2^(32 - room - shift)
 * Return: the ticks, rounded down.
 */
__u64 cb_claim_ticks(__u64 ns, __u64 rate, unsigned int shift)
{
	unsigned int room = ns ? __builtin_clzll(ns) : 0;
	__u64 quotient;

	room = min(room, 32U);
	quotient = (ns << room) / ((rate >> 32) + 1);
	if (quotient > U64_MAX >> (32 - room))
		return U64_MAX >> shift;
	return quotient << (32 - room) >> shift;
}
