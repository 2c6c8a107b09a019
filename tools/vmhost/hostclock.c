// SPDX-License-Identifier: GPL-2.0-only
#include "hostclock.h"

#include <clockbound/vmclock_abi.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "counter.h"
#include "vouch.h"

#define LOOKS		8
#define GOOD_ENOUGH	200	/* ticks */

/* What the kernel's loop has still to correct is an error as well. */
static __u64 maxerror_now(const struct hostclock *clock)
{
	struct timex timex = { .modes = 0 };
	__u64 rest;

	if (clock->stated)
		return clock->stated_maxerror;
	if (vouch_trouble(&timex, adjtimex(&timex)))
		return SAMPLE_NO_BOUND;
	rest = timex.offset < 0 ? -(__u64)timex.offset : (__u64)timex.offset;
	return (__u64)timex.maxerror * 1000 +
	       (timex.status & STA_NANO ? rest : rest * 1000);
}

const char *hostclock_trouble(const struct hostclock *clock)
{
	struct timex timex = { .modes = 0 };

	return clock->stated ? NULL : vouch_trouble(&timex, adjtimex(&timex));
}

void hostclock_sample(const struct hostclock *clock, struct sample *sample)
{
	/*
	 * The kernel's bound grows until a correction makes it smaller, and
	 * that can happen between the two calls: the larger one holds.
	 */
	__u64 maxerror = maxerror_now(clock);
	__u64 maxerror_after;

	for (int i = 0; i < LOOKS; i++) {
		struct timespec now;
		__u64 before, after;

		before = counter_read();
		clock_gettime(CLOCK_REALTIME, &now);
		after = counter_read();
		if (i && after - before >= sample->after - sample->before)
			continue;
		sample->before = before;
		sample->after = after;
		sample->realtime = now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
		if (after - before < GOOD_ENOUGH)
			break;
	}
	maxerror_after = maxerror_now(clock);
	sample->maxerror = maxerror > maxerror_after ? maxerror : maxerror_after;
}

__u8 hostclock_tai(__u8 otherwise)
{
	struct timex timex = { .modes = 0 };

	if (adjtimex(&timex) == -1 || timex.tai < TAI_MIN || timex.tai > TAI_MAX)
		return otherwise;
	return timex.tai;
}

__u8 hostclock_leap(void)
{
	struct timex timex = { .modes = 0 };
	int state = adjtimex(&timex);

	/* After the second the flag stays until the program that has set it clears it. */
	if (state == -1 || state == TIME_OOP || state == TIME_WAIT)
		return VMCLOCK_LEAP_IND_NONE;
	if (timex.status & STA_INS)
		return VMCLOCK_LEAP_IND_PRE_POS;
	if (timex.status & STA_DEL)
		return VMCLOCK_LEAP_IND_PRE_NEG;
	return VMCLOCK_LEAP_IND_NONE;
}

void hostclock_check_counter(void)
{
	static const char path[] =
		"/sys/devices/system/clocksource/clocksource0/current_clocksource";
	char name[64] = "";
	FILE *file = fopen(path, "r");

	if (!file)
		return;
	if (fgets(name, sizeof(name), file)) {
		name[strcspn(name, "\n")] = '\0';
		if (strcmp(name, "tsc"))
			fprintf(stderr,
				"vmhost: warning: the host's clock source is %s, not tsc: its kernel may not trust the TSC, and vmhost builds on it\n",
				name);
	}
	fclose(file);
}
