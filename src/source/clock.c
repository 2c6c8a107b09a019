// SPDX-License-Identifier: GPL-2.0-only
/* The system clock's lines over its clocksource. */
#include "clock.h"

static cb_u128 way(__u64 distance, __u32 mult, __u64 frac)
{
	return (cb_u128)distance * mult + frac;
}

/* The same, where another CPU's counter may be a little behind the snapshot's. */
static cb_s128 signed_way(const struct cb_clock *clock, __u64 counter, __u32 mult, __u64 frac)
{
	return (cb_s128)(__s64)(counter - clock->counter_value) * mult + frac;
}

/* Whether a time and its fraction are where a line from @a leads to at @b. */
static bool on_line(const struct cb_clock *a, const struct cb_clock *b, cb_u128 ns,
		    __u32 shift, __u64 advance, __u64 frac)
{
	return a->source == b->source && (__u64)(ns >> shift) == advance &&
	       (ns & (((__u64)1 << shift) - 1)) == frac;
}

static __u64 cycles_between(const struct cb_clock *a, const struct cb_clock *b)
{
	return (b->counter_value - a->counter_value) & a->mask;
}

/**
 * cb_clock_continues() - whether CLOCK_REALTIME of one snapshot leads exactly to the next
 * @a: the earlier snapshot
 * @b: the later one
 * Return: true if it does.
 */
bool cb_clock_continues(const struct cb_clock *a, const struct cb_clock *b)
{
	cb_u128 ns = way(cycles_between(a, b), a->mult, a->realtime_frac);

	return a->mult == b->mult && a->shift == b->shift &&
	       on_line(a, b, ns, a->shift, b->realtime - a->realtime, b->realtime_frac);
}

/**
 * cb_clock_same_epoch() - whether CLOCK_MONOTONIC_RAW does: one is a function of the other
 * @a: the earlier snapshot
 * @b: the later one
 *
 * Nobody slews or sets that clock. It leaves its line when another clocksource takes over, or
 * a refined frequency, and when it stands still while the machine sleeps.
 * Return: true if it does.
 */
bool cb_clock_same_epoch(const struct cb_clock *a, const struct cb_clock *b)
{
	cb_u128 ns = way(cycles_between(a, b), a->raw_mult, a->raw_frac);

	return a->raw_mult == b->raw_mult && a->raw_shift == b->raw_shift &&
	       on_line(a, b, ns, a->raw_shift, b->raw - a->raw, b->raw_frac);
}

/**
 * cb_timeline_follow() - take in an update of the system clock
 * @timeline: the timeline
 * @clock: the clock now
 * @was_set: as the timekeeping notifier has it: the clock was set, or it runs on another
 *	clocksource, or on after a suspend; or somebody else registered a notifier or told
 *	what TAI is, but then the clock goes on as before. Without it, the clock's rate may
 *	be another one, and nothing else
 */
void cb_timeline_follow(struct cb_timeline *timeline, const struct cb_clock *clock,
			bool was_set)
{
	const struct cb_clock *last = &timeline->clock;
	cb_u128 ns;

	if (was_set && !cb_clock_same_epoch(last, clock)) {
		timeline->epochs++;
	} else if (was_set && !cb_clock_continues(last, clock)) {
		ns = way(cycles_between(last, clock), last->mult, last->realtime_frac);
		timeline->steps++;
		timeline->jump = clock->realtime - last->realtime - (__s64)(ns >> last->shift);
	}
	timeline->clock = *clock;
}

/**
 * cb_clock_raw() - CLOCK_MONOTONIC_RAW at a counter value
 * @clock: a usable snapshot
 * @counter: the counter value; may be a little before the snapshot's
 * Return: ns, rounded down.
 */
__u64 cb_clock_raw(const struct cb_clock *clock, __u64 counter)
{
	return clock->raw + (__u64)(signed_way(clock, counter, clock->raw_mult,
					       clock->raw_frac) >> clock->raw_shift);
}

/**
 * cb_clock_raw_exact() - the same with its fraction
 * @clock: a usable snapshot
 * @counter: the counter value; may be a little before the snapshot's
 * @raw: becomes the whole ns
 * Return: the fraction, in 2^-32 ns.
 */
__u32 cb_clock_raw_exact(const struct cb_clock *clock, __u64 counter, __u64 *raw)
{
	cb_s128 ns = signed_way(clock, counter, clock->raw_mult, clock->raw_frac);

	*raw = clock->raw + (__u64)(ns >> clock->raw_shift);
	return ((__u64)ns & (((__u64)1 << clock->raw_shift) - 1)) << (32 - clock->raw_shift);
}

/* ns * 2^shift / mult, rounded down; both at most 32 bits. */
static __u64 ticks_of(__u64 ns, __u32 mult, __u32 shift)
{
	return (ns / mult << shift) + (ns % mult << shift) / mult;
}

/**
 * cb_clock_counter() - the counter when CLOCK_MONOTONIC_RAW had reached a time
 * @clock: a usable snapshot
 * @raw: the time, ns; not before the snapshot's
 * Return: a counter value: not too early, and at most a few ticks too late.
 */
__u64 cb_clock_counter(const struct cb_clock *clock, __u64 raw)
{
	return clock->counter_value +
	       ticks_of(raw - clock->raw, clock->raw_mult, clock->raw_shift) + 2;
}

/**
 * cb_clock_counters() - the counter values at which CLOCK_MONOTONIC_RAW read a time
 * @clock: a usable snapshot
 * @raw: the time, ns; at most an hour from the snapshot's
 * @first: becomes the first one or a little less
 * @last: becomes the last one or a little more
 */
void cb_clock_counters(const struct cb_clock *clock, __u64 raw, __u64 *first, __u64 *last)
{
	/* One ns more to either side is more than the snapshot's fraction. */
	__u64 from = clock->counter_value -
		     ticks_of(clock->raw + 2 - raw, clock->raw_mult, clock->raw_shift);

	if (raw > clock->raw)
		from = clock->counter_value + ticks_of(raw - clock->raw - 1, clock->raw_mult,
						       clock->raw_shift);
	*first = from - 1;
	*last = from + ticks_of(4, clock->raw_mult, clock->raw_shift) + 2;
}

/**
 * cb_clock_monotonic() - CLOCK_MONOTONIC at a counter value
 * @clock: a usable snapshot
 * @counter: the counter value; may be a little before the snapshot's
 * Return: ns, rounded down.
 */
__s64 cb_clock_monotonic(const struct cb_clock *clock, __u64 counter)
{
	return clock->monotonic + (__s64)(signed_way(clock, counter, clock->mult,
						     clock->realtime_frac) >> clock->shift);
}

/* Of a clock as a function of CLOCK_MONOTONIC_RAW. */
#define OVER_RAW_SHIFT	31

/**
 * cb_clock_over_raw() - a clock as a function of CLOCK_MONOTONIC_RAW
 * @clock: the clock; need not be usable
 * @over_raw: becomes the same, with ns of CLOCK_MONOTONIC_RAW in place of counter values. Its
 *	times are up to 1 ns too early, and mult is rounded down: by less than 1 ppb
 */
void cb_clock_over_raw(const struct cb_clock *clock, struct cb_clock *over_raw)
{
	*over_raw = *clock;
	over_raw->usable = true;
	over_raw->mask = U64_MAX;
	over_raw->counter_value = clock->raw;
	over_raw->realtime_frac = 0;
	over_raw->raw_frac = 0;
	/* Both clocks have the clocksource's shift. */
	over_raw->mult = min(((__u64)clock->mult << OVER_RAW_SHIFT) / clock->raw_mult,
			     (__u64)U32_MAX);
	over_raw->shift = OVER_RAW_SHIFT;
	over_raw->raw_mult = 1U << OVER_RAW_SHIFT;
	over_raw->raw_shift = OVER_RAW_SHIFT;
}
