// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last widths, drawn as columns: what matters is how many times wider an interval
 * has become, so the scale is logarithmic.
 */
#include "plot.h"

#include <math.h>
#include <string.h>

#include "reading.h"

/* The steps of one character. */
#define STEPS	8

static const char * const blocks[STEPS] = {
	"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588",
};

static const char * const characters[STEPS] = { "_", ".", "-", "=", "+", "*", "%", "#" };

/* How high a column is, 1 to @most. */
static unsigned int height(__u64 width, __u64 smallest, __u64 largest, unsigned int most)
{
	double span = log1p((double)largest) - log1p((double)smallest);
	double above = log1p((double)width) - log1p((double)smallest);

	if (!(span > 0))
		return 1;
	return 1 + (unsigned int)(above / span * (most - 1) + 0.5);
}

/**
 * plot_row() - one row of the drawing
 * @history: the widths
 * @columns: how many of the last ones, at most; one a column
 * @row: which row, 0 is the top one
 * @rows: how many rows there are, at least 1
 * @utf8: whether the terminal shows UTF-8
 * @text: where the row goes, PLOT_ROW_SIZE bytes
 *
 * The smallest of these widths is one step high, the largest one fills its column. A
 * column of exclamation marks is a reading that bounds nothing.
 *
 * Return: @text.
 */
char *plot_row(const struct history *history, unsigned int columns, unsigned int row,
	       unsigned int rows, bool utf8, char *text)
{
	unsigned int below = (rows - 1 - row) * STEPS;
	__u64 smallest = 0, largest = 0;
	char *end = text;
	unsigned long i;

	history_range(history, columns, &smallest, &largest);
	for (i = history_first(history, columns); i < history->count; i++) {
		__u64 width = history->widths[i % HISTORY_LENGTH];
		unsigned int high;

		if (width == WIDTH_UNLIMITED) {
			end = stpcpy(end, "!");
			continue;
		}
		high = height(width, smallest, largest, rows * STEPS);
		if (high <= below) {
			end = stpcpy(end, " ");
			continue;
		}
		high -= below;
		end = stpcpy(end, (utf8 ? blocks : characters)[(high < STEPS ? high : STEPS) - 1]);
	}
	*end = '\0';
	return text;
}
