// SPDX-License-Identifier: GPL-2.0-only
/*
 * This file's adjtimex() takes the place of the C library's, so that no test depends on
 * who keeps this machine's clock. FAKE_TIMEX in the environment has the numbers "status
 * maxerror esterror offset tai"; without it nobody keeps the clock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>

int adjtimex(struct timex *timex)
{
	const char *text = getenv("FAKE_TIMEX");

	*timex = (struct timex){ .status = STA_UNSYNC };
	if (text && sscanf(text, "%i %ld %ld %ld %d", &timex->status, &timex->maxerror,
			   &timex->esterror, &timex->offset, &timex->tai) != 5)
		abort();
	return timex->status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}
