/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last widths.
 */
#ifndef CTL_HISTORY_H
#define CTL_HISTORY_H

#include <linux/types.h>
#include <stdbool.h>

#define HISTORY_LENGTH	256

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
unsigned long history_first(const struct history *history, unsigned int last);
bool history_range(const struct history *history, unsigned int last,
		   __u64 *smallest, __u64 *largest);

#endif /* CTL_HISTORY_H */
