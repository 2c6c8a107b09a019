// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last widths.
 */
#include "history.h"

#include "reading.h"

/**
 * history_add() - add a width
 * @history: the history; one that is all zero is empty
 * @width: the width, ns, or WIDTH_UNLIMITED
 */
void history_add(struct history *history, __u64 width)
{
	history->widths[history->count++ % HISTORY_LENGTH] = width;
}

/**
 * history_first() - where the last widths start
 * @history: the history
 * @last: how many of them, at most
 *
 * Return: a number up to count; number n is at n % HISTORY_LENGTH.
 */
unsigned long history_first(const struct history *history, unsigned int last)
{
	unsigned long kept = history->count;

	if (kept > HISTORY_LENGTH)
		kept = HISTORY_LENGTH;
	return history->count - (last < kept ? last : kept);
}

/**
 * history_range() - the smallest and the largest of the last widths
 * @history: the history
 * @last: how many of them to look at, at most
 * @smallest: where the smallest one goes
 * @largest: where the largest one goes
 *
 * Return: false if none of them is limited; then nothing is written.
 */
bool history_range(const struct history *history, unsigned int last,
		   __u64 *smallest, __u64 *largest)
{
	__u64 low = WIDTH_UNLIMITED, high = 0;
	unsigned long i;

	for (i = history_first(history, last); i < history->count; i++) {
		__u64 width = history->widths[i % HISTORY_LENGTH];

		if (width == WIDTH_UNLIMITED)
			continue;
		if (width < low)
			low = width;
		if (width > high)
			high = width;
	}
	if (low == WIDTH_UNLIMITED)
		return false;
	*smallest = low;
	*largest = high;
	return true;
}
