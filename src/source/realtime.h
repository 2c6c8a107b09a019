/* SPDX-License-Identifier: GPL-2.0-only */
/* What CLOCK_REALTIME reads, as the clock page has it: pure functions on memory. */
#ifndef CB_REALTIME_H
#define CB_REALTIME_H

#include <linux/clockbound.h>

#include "../claim/claim.h"
#include "clock.h"

void cb_realtime_line(const struct cb_clock *clock, struct clockbound_realtime *line);
void cb_realtime_publish(struct clockbound_realtime *shared, const struct cb_clock *clock);

/**
 * cb_realtime_advance() - let the line start later, maybe with another rate
 * @shared: where the clock page has it
 * @counter: where it starts now
 * @time: CLOCK_REALTIME then, ns, rounded down
 * @frac: its fraction, in 2^-64 ns
 * @rate: in the unit that it has, which it must fit into
 *
 * As cb_realtime_publish(), for each tick. Context: any; calls do not overlap.
 */
static __always_inline void cb_realtime_advance(struct clockbound_realtime *shared,
						__u64 counter, __s64 time, __u64 frac,
						__u64 rate)
{
	__u32 seq = shared->seq;

	WRITE_ONCE(shared->seq, seq + 1);
	/* Pairs with the acquire fence at the end of a reading with CLOCK_REALTIME. */
	smp_wmb();

	WRITE_ONCE(shared->counter_value, counter);
	WRITE_ONCE(shared->time, time);
	WRITE_ONCE(shared->frac, frac);
	WRITE_ONCE(shared->rate, rate);

	/* Pairs with the load-acquire at its start. */
	smp_wmb();
	WRITE_ONCE(shared->seq, seq + 2);
}

#endif /* CB_REALTIME_H */
