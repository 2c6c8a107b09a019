// SPDX-License-Identifier: GPL-2.0-only
/*
 * A look at the clocks: CLOCK_REALTIME is read between two readings of
 * CLOCK_MONOTONIC_RAW, and belongs to the middle of them, give or take the whole.
 */
#include "look.h"

#include <sys/timex.h>

#include "clocks.h"

/* So often the readings are tried, and so close together they are good enough, ns. */
#define TRIES	8
#define NARROW	2000

/* All three are rounded down. */
#define ROUNDING	2

/**
 * look_take() - look at the clocks
 * @look: where it goes; the narrowest of several
 */
void look_take(struct look *look)
{
	struct timex timex = { .modes = 0 };
	__u64 before, width, narrowest = ~0ULL;
	__s64 realtime;
	int i;

	adjtimex(&timex);
	look->tick = timex.tick;
	look->frequency = timex.freq;
	for (i = 0; i < TRIES && narrowest > NARROW; i++) {
		before = (__u64)clock_ns(CLOCK_MONOTONIC_RAW);
		realtime = clock_ns(CLOCK_REALTIME);
		width = (__u64)clock_ns(CLOCK_MONOTONIC_RAW) - before;
		if (width >= narrowest)
			continue;
		narrowest = width;
		look->raw = before + width / 2;
		look->realtime = realtime;
		look->error = width + ROUNDING;
	}
}
