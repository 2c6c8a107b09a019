// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last widths, and a bar of them.
 */
#include "history.h"

#include <string.h>

#include "reading.h"

#define LEVELS	8

static const char * const blocks[LEVELS] = {
	"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588",
};

static const char * const characters[LEVELS] = { "_", ".", "-", "=", "+", "*", "%", "#" };

/**
 * history_add() - add a width
 * @history: the history; one that is all zero is empty
 * @width: the width, ns, or WIDTH_UNLIMITED
 */
void history_add(struct history *history, __u64 width)
{
	history->widths[history->count++ % HISTORY_LENGTH] = width;
}

static unsigned long first_of(const struct history *history, unsigned int last)
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

	for (i = first_of(history, last); i < history->count; i++) {
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

/**
 * history_bar() - the last widths as a bar, a column for each
 * @history: the history
 * @last: how many of them, at most
 * @utf8: whether the terminal shows UTF-8
 * @bar: where the bar goes, HISTORY_BAR_SIZE bytes
 *
 * From the lowest column for the smallest of them to the highest one for the
 * largest. An unlimited width is an exclamation mark.
 *
 * Return: @bar.
 */
char *history_bar(const struct history *history, unsigned int last, bool utf8,
		  char *bar)
{
	__u64 smallest = 0, largest = 0;
	char *end = bar;
	unsigned long i;

	history_range(history, last, &smallest, &largest);
	for (i = first_of(history, last); i < history->count; i++) {
		__u64 width = history->widths[i % HISTORY_LENGTH];
		__u64 step = (largest - smallest) / LEVELS + 1;

		if (width == WIDTH_UNLIMITED)
			end = stpcpy(end, "!");
		else
			end = stpcpy(end, (utf8 ? blocks : characters)[(width - smallest) / step]);
	}
	*end = '\0';
	return bar;
}
