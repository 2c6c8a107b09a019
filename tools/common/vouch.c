// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's record of the clock's error is worth depends on the program that
 * wrote it. What they write, by their own sources:
 *
 * ntpd, NTPsec: STA_PLL; offset; esterror is its jitter, maxerror its root distance.
 *	With what the kernel has still to correct, that bounds the error.
 * systemd-timesyncd: STA_PLL; offset up to 0.4 s; esterror and maxerror 0. The
 *	network's delay is nowhere. After a step, the same without STA_PLL.
 * chronyd with rtcsync: esterror, maxerror, never STA_PLL: it corrects the clock by
 *	tick and frequency. maxerror is about its estimate of the time, and how far the
 *	clock is from that, only chronyd knows.
 * phc2sys: maxerror 0, esterror as it was, no STA_PLL.
 * BusyBox's ntpd: STA_PLL and neither error. maxerror keeps growing, and the kernel
 *	sets STA_UNSYNC again.
 */
#include "vouch.h"

#include <stddef.h>

static const char elsewhere[] =
	"the kernel does not know what is still to be corrected: chronyd or phc2sys does that";

/* The kernel adds this to maxerror at each second, us. */
#define GROWTH	500

/**
 * vouch_trouble() - why the kernel's record of the clock's error bounds nothing
 * @timex: the record
 * @state: what adjtimex() has returned with it
 *
 * A maxerror that was set to 0 is a multiple of GROWTH at any time after. Together with
 * an esterror of 0, nobody has estimated anything; a record of ntpd's looks like that
 * one time in 500, and only with a jitter below a microsecond.
 *
 * Return: NULL if maxerror together with offset bounds the error; otherwise the reason,
 * a constant string.
 */
const char *vouch_trouble(const struct timex *timex, int state)
{
	if (state < 0)
		return "the kernel does not tell its error";
	if (state == TIME_ERROR || timex->status & STA_UNSYNC)
		return "the kernel says that it is not synchronized";
	if (!(timex->status & STA_PLL))
		return elsewhere;
	if (!timex->esterror && !(timex->maxerror % GROWTH))
		return "the program that keeps it sets its error to 0 (systemd-timesyncd)";
	return NULL;
}
