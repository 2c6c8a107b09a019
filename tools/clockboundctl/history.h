/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last widths, and a bar of them.
 */
#ifndef CTL_HISTORY_H
#define CTL_HISTORY_H

#include <linux/types.h>
#include <stdbool.h>

#define HISTORY_LENGTH	256

/* Room for a bar of the whole history, with the final zero. */
#define HISTORY_BAR_SIZE	(3 * HISTORY_LENGTH + 1)

/**
 * struct history - the last widths
 * @widths: a ring of them, ns; WIDTH_UNLIMITED where there was no bound
 * @count: widths added so far
 */
struct history {
	__u64 widths[HISTORY_LENGTH];
	unsigned long count;
};

void history_add(struct history *history, __u64 width);
bool history_range(const struct history *history, unsigned int last,
		   __u64 *smallest, __u64 *largest);
char *history_bar(const struct history *history, unsigned int last, bool utf8,
		  char *bar);

#endif /* CTL_HISTORY_H */
