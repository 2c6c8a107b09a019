// SPDX-License-Identifier: GPL-2.0-only
/* What CLOCK_REALTIME reads, as the clock page has it. */
#include "realtime.h"

/**
 * cb_realtime_line() - CLOCK_REALTIME as a line that starts at the snapshot, exactly
 * @clock: the snapshot
 * @line: becomes the line; not valid if the clocksource is slower than 1 GHz by more than a
 *	factor of 2^31
 */
void cb_realtime_line(const struct cb_clock *clock, struct clockbound_realtime *line)
{
	unsigned int shift = 0;

	/* The smallest unit that the rate fits into. */
	while (shift < CB_SHIFT_MAX && (__u64)clock->mult >> (clock->shift + shift))
		shift++;
	line->valid = !((__u64)clock->mult >> (clock->shift + shift));
	line->counter_shift = shift;
	line->counter_value = clock->counter_value;
	line->time = clock->realtime;
	line->frac = clock->realtime_frac << (64 - clock->shift);
	line->rate = (__u64)clock->mult << (64 - clock->shift - shift);
}

/**
 * cb_realtime_publish() - publish that line
 * @shared: where the clock page has it
 * @clock: the snapshot; a line of one that is not usable is not valid
 *
 * Wait-free. Context: any; calls do not overlap.
 */
void cb_realtime_publish(struct clockbound_realtime *shared, const struct cb_clock *clock)
{
	struct clockbound_realtime line;
	__u32 seq = shared->seq;

	cb_realtime_line(clock, &line);
	WRITE_ONCE(shared->seq, seq + 1);
	/* Pairs with the acquire fence at the end of a reading with CLOCK_REALTIME. */
	smp_wmb();

	WRITE_ONCE(shared->valid, line.valid && clock->usable);
	WRITE_ONCE(shared->counter_shift, line.counter_shift);
	WRITE_ONCE(shared->counter_value, line.counter_value);
	WRITE_ONCE(shared->time, line.time);
	WRITE_ONCE(shared->frac, line.frac);
	WRITE_ONCE(shared->rate, line.rate);

	/* Pairs with the load-acquire at its start. */
	smp_wmb();
	WRITE_ONCE(shared->seq, seq + 2);
}
