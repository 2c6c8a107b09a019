// SPDX-License-Identifier: GPL-2.0-only
/*
 * This file's adjtimex() takes the place of the C library's, so that no test depends on
 * who keeps this machine's clock. FAKE_TIMEX in the environment has the numbers "status
 * maxerror esterror offset tai"; without it nobody keeps the clock. maxerror is what it
 * says from SETTLED on, as if the clock had been measured then: until then it is a
 * second's growth more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>

/* Since the first question, ns. */
#define SETTLED	500000000LL
#define GROWTH	500

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int adjtimex(struct timex *timex)
{
	const char *text = getenv("FAKE_TIMEX");
	static long long first;

	if (!first)
		first = now_ns();
	*timex = (struct timex){ .status = STA_UNSYNC, .tick = 10000 };
	if (text && sscanf(text, "%i %ld %ld %ld %d", &timex->status, &timex->maxerror,
			   &timex->esterror, &timex->offset, &timex->tai) != 5)
		abort();
	if (text && now_ns() - first < SETTLED)
		timex->maxerror += GROWTH;
	return timex->status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}
