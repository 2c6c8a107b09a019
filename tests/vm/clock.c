// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's system clock.
 */
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>

#include "guest.h"
#include "span.h"

/* An emulated machine's clocks are calibrated badly. */
#define MAX_DRIFT_PPB	3000000

#define CLOCKSOURCE	"/sys/devices/system/clocksource/clocksource0/current_clocksource"

/**
 * clock_ns() - what a clock reads
 * @clock: CLOCK_*
 *
 * Return: ns.
 */
__s64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/**
 * clock_truth() - what the time was, by what the host says of the counter
 * @counter: at this counter value, in a span
 * @earliest: not before this; or NULL
 * @latest: and not after this; or NULL
 */
void clock_truth(__u64 counter, __s64 *earliest, __s64 *latest)
{
	const char *answer = guest_host("truth %llu", counter);
	long long low, high;

	if (sscanf(answer, "ok %lld %lld", &low, &high) != 2) {
		guest_check(false, "the host knows the truth: %s", answer);
		exit(1);
	}
	if (earliest)
		*earliest = low;
	if (latest)
		*latest = high;
}

/**
 * clock_measure() - how wrong CLOCK_REALTIME is at the most
 * @shift: if it is to be ahead of the true time by so many ns
 *
 * No readers may run meanwhile: this is a span of its own. Return: ns.
 */
__u64 clock_measure(__s64 shift)
{
	__u64 before, after;
	__s64 realtime, low, high;

	do {
		span_begin();
		before = clockbound_counter();
		realtime = clock_ns(CLOCK_REALTIME) - shift;
		after = clockbound_counter();
	} while (!span_end("measuring the clock"));
	clock_truth(before, &low, NULL);
	clock_truth(after, NULL, &high);
	return llabs(realtime - low) > llabs(realtime - high) ? llabs(realtime - low) :
								llabs(realtime - high);
}

/**
 * clock_report() - a report of the true time, by what the host says of the counter
 * @shift: if it is to be ahead of the true time by so many ns
 * @marker: the disruption marker
 * @lifetime: how long it lasts, ns
 *
 * As clock_measure().
 */
struct clockbound_report clock_report(__s64 shift, __u64 marker, __u64 lifetime)
{
	__u64 before, after, raw;
	__s64 low, high;

	do {
		span_begin();
		before = clockbound_counter();
		raw = clock_ns(CLOCK_MONOTONIC_RAW);
		after = clockbound_counter();
	} while (!span_end("measuring the time"));
	clock_truth(before, &low, NULL);
	clock_truth(after, NULL, &high);
	return (struct clockbound_report) {
		.size = sizeof(struct clockbound_report),
		.as_of = raw,
		.void_after = raw + lifetime,
		.time = low + (high - low) / 2 + shift,
		.bound = (high - low) / 2 + 1,
		.measured = raw,
		.max_drift = MAX_DRIFT_PPB,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.disruption_marker = marker,
	};
}

/**
 * clock_set_to_truth() - set CLOCK_REALTIME as a daemon does that has just measured
 *
 * No readers may run meanwhile. How far it is from the truth then, clock_measure() tells.
 */
void clock_set_to_truth(void)
{
	struct timespec now;
	__s64 time;

	span_begin();
	clock_truth(clockbound_counter(), &time, NULL);
	now.tv_sec = time / 1000000000;
	now.tv_nsec = time % 1000000000;
	if (clock_settime(CLOCK_REALTIME, &now))
		guest_die("clock_settime");
}

/**
 * clock_adjust() - adjtimex()
 * @modes: ADJ_FREQUENCY, ADJ_TICK, ADJ_TAI or ADJ_SETOFFSET
 * @value: 2^-16 ppm, us, s or us
 */
void clock_adjust(unsigned int modes, long value)
{
	struct timex timex = { .modes = modes };

	if (modes == ADJ_FREQUENCY)
		timex.freq = value;
	else if (modes == ADJ_TICK)
		timex.tick = value;
	else if (modes == ADJ_TAI)
		timex.constant = value;
	else
		timex.time.tv_usec = value;
	if (adjtimex(&timex) < 0)
		guest_die("adjtimex");
}

/**
 * clock_set_source() - choose the clocksource
 * @name: as the kernel has it
 */
void clock_set_source(const char *name)
{
	FILE *file = fopen(CLOCKSOURCE, "w");

	if (!file || fputs(name, file) < 0 || fclose(file))
		guest_die(CLOCKSOURCE);
}
