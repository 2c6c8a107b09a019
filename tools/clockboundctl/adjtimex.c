// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own record of the system clock's error as a source, for machines
 * whose clock is kept by something else than chronyd.
 *
 * The kernel does not say when the clock was measured. But by itself maxerror only
 * grows, by 500 us each second: if it is lower than before, somebody has set it,
 * after a measurement as a rule. That is the best there is, and not a proof: the
 * measurement may have been made a little earlier.
 */
#include "adjtimex.h"

#include "vouch.h"

/* The age of a measurement that nobody has seen. */
#define AGE_UNKNOWN	(~0ULL >> 2)

/**
 * adjtimex_init() - nothing was seen yet
 * @source: the source
 */
void adjtimex_init(struct adjtimex_source *source)
{
	source->maxerror = -1;
	source->lowered_at = 0;
}

/**
 * adjtimex_judge() - what the kernel's record means
 * @source: what was seen before it; is updated
 * @timex: the record
 * @state: what adjtimex() has returned with it
 * @now: CLOCK_MONOTONIC_RAW before it was read, ns
 * @measurement: where the meaning goes
 *
 * Return: false if it makes no sense.
 */
bool adjtimex_judge(struct adjtimex_source *source, const struct timex *timex, int state,
		    __u64 now, struct measurement *measurement)
{
	if (!bound_adjtimex(timex, state, measurement))
		return false;
	if (timex->maxerror < source->maxerror)
		source->lowered_at = now;
	source->maxerror = timex->maxerror;
	source->record = *timex;
	measurement->age = source->lowered_at ? now - source->lowered_at : AGE_UNKNOWN;
	return true;
}

/**
 * adjtimex_read() - ask the kernel
 * @source: what was seen before; is updated
 * @now: CLOCK_MONOTONIC_RAW, ns
 * @measurement: where the answer goes
 *
 * Return: NULL, or why there is none.
 */
const char *adjtimex_read(struct adjtimex_source *source, __u64 now,
			  struct measurement *measurement)
{
	struct timex timex = { .modes = 0 };
	int state = adjtimex(&timex);
	const char *trouble = vouch_trouble(&timex, state);

	if (trouble)
		return trouble;
	return adjtimex_judge(source, &timex, state, now, measurement) ?
		NULL : "its error is absurd";
}
