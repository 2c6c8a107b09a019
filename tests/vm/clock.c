// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's system clock.
 */
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>

#include "guest.h"

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
 * clock_measure() - how wrong CLOCK_REALTIME is at the most
 *
 * By what the host says of the counter. Return: ns.
 */
__u64 clock_measure(void)
{
	__u64 before = clockbound_counter();
	__s64 realtime = clock_ns(CLOCK_REALTIME);
	__u64 after = clockbound_counter();
	long long low, high;
	__s64 error;

	if (sscanf(guest_host("truth %llu", before), "ok %lld %*d", &low) != 1 ||
	    sscanf(guest_host("truth %llu", after), "ok %*d %lld", &high) != 1) {
		guest_check(false, "the host knows the truth");
		exit(1);
	}
	error = llabs(realtime - low);
	return llabs(realtime - high) > error ? llabs(realtime - high) : error;
}

/**
 * clock_set_to_truth() - set CLOCK_REALTIME as a daemon does that has just measured
 */
void clock_set_to_truth(void)
{
	struct timespec now;
	long long time;

	if (sscanf(guest_host("truth %llu", clockbound_counter()), "ok %lld", &time) != 1)
		guest_die("truth");
	now.tv_sec = time / 1000000000;
	now.tv_nsec = time % 1000000000;
	if (clock_settime(CLOCK_REALTIME, &now))
		guest_die("clock_settime");
}

/**
 * clock_adjust() - adjtimex()
 * @modes: ADJ_FREQUENCY, ADJ_TAI or ADJ_SETOFFSET
 * @value: 2^-16 ppm, s or us
 */
void clock_adjust(unsigned int modes, long value)
{
	struct timex timex = { .modes = modes };

	if (modes == ADJ_FREQUENCY)
		timex.freq = value;
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
