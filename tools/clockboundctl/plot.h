/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last widths, drawn.
 */
#ifndef CTL_PLOT_H
#define CTL_PLOT_H

#include <stdbool.h>

#include "history.h"

/* Room for a row with the whole history in it, with the final zero. */
#define PLOT_ROW_SIZE	(3 * HISTORY_LENGTH + 1)

char *plot_row(const struct history *history, unsigned int columns, unsigned int row,
	       unsigned int rows, bool utf8, char *text);

#endif /* CTL_PLOT_H */
