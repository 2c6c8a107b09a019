// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the counter and CLOCK_MONOTONIC_RAW go on together.
 *
 * On kvm-clock that clock stands still while the machine is paused, and the TSC goes on: a
 * line over it is not true any more, and nobody says so. So each new pair of values is
 * compared with the last one, and with how long it took to read the two, by the rate of one
 * by the other: the kernel's own word on the TSC's frequency at first, then what was measured.
 */
#include "pace.h"

/* The kernel does not refine a TSC's frequency by more than 1 %, and that one is coarse. */
#define DOUBT_AT_FIRST	5
/* A measured one, of clocks that may be disciplined by the host: 500 ppm each. */
#define DOUBT_MEASURED	10

/* It is measured over this long at least, by pairs that were read in so small a part of it. */
#define MEASURE_NS	NSEC_PER_SEC
#define MEASURE_WIDTH	13

/* Of the counters of two CPUs, and of clocks that an emulator stops one after the other. */
#define JITTER_NS	50000

#define RATE_BITS	32

/**
 * cb_pace_start() - begin anew
 * @pace: how the clocks go on
 * @pair: both clocks now
 * @khz: the counter's frequency as the kernel knows it; 0 if it does not
 */
void cb_pace_start(struct cb_pace *pace, const struct cb_pair *pair, __u64 khz)
{
	pace->last = *pair;
	pace->base = *pair;
	pace->rate = khz ? ((__u64)1000000 << RATE_BITS) / khz : 0;
	pace->doubt = DOUBT_AT_FIRST;
}

static cb_s128 ns_of(const struct cb_pace *pace, __s64 ticks)
{
	return (cb_s128)ticks * (__s64)pace->rate >> RATE_BITS;
}

static cb_s128 doubt_of(const struct cb_pace *pace, cb_s128 ns)
{
	return (ns < 0 ? -ns : ns) >> pace->doubt;
}

/**
 * cb_pace_keeps() - whether both clocks have gone on together
 * @pace: how they have gone on
 * @pair: both now, or a moment before the last pair
 * Return: false if one has stood still, or begun anew, for longer than can be mistaken for
 *	another rate. True if nothing is known.
 */
bool cb_pace_keeps(const struct cb_pace *pace, const struct cb_pair *pair)
{
	const struct cb_pair *last = &pace->last;
	cb_s128 passed = (__s64)(pair->raw - last->raw);
	cb_s128 least = ns_of(pace, pair->before - last->after);
	cb_s128 most = ns_of(pace, pair->after - last->before);

	return !pace->rate ||
	       (passed >= least - doubt_of(pace, least) - JITTER_NS &&
		passed <= most + doubt_of(pace, most) + JITTER_NS);
}

/* Both pairs together were read in a small part of the time between them. */
static bool exact(const struct cb_pace *pace, const struct cb_pair *pair)
{
	const struct cb_pair *base = &pace->base;
	__u64 width = pair->after - pair->before + (base->after - base->before);

	return width < (pair->before - base->before) >> MEASURE_WIDTH;
}

static void measure(struct cb_pace *pace, const struct cb_pair *pair)
{
	__u64 ns = pair->raw - pace->base.raw, ticks = pair->before - pace->base.before;

	while (ns >> (64 - RATE_BITS)) {
		ns >>= 1;
		ticks >>= 1;
	}
	pace->base = *pair;
	pace->rate = (ns << RATE_BITS) / ticks;
	pace->doubt = DOUBT_MEASURED;
}

/**
 * cb_pace_follow() - take in a pair
 * @pace: how the clocks have gone on
 * @pair: both clocks now; cb_pace_keeps()
 */
void cb_pace_follow(struct cb_pace *pace, const struct cb_pair *pair)
{
	pace->last = *pair;
	if (pace->rate && pair->raw - pace->base.raw >= MEASURE_NS && exact(pace, pair))
		measure(pace, pair);
}
