/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live view on a terminal.
 */
#ifndef CTL_PANEL_H
#define CTL_PANEL_H

#include <linux/clockbound.h>
#include <stdbool.h>

bool panel_possible(void);
void panel_open(void);
void panel_show(const char *device, __s64 interval,
		const struct clockbound_reading *reading);
void panel_close(void);

#endif /* CTL_PANEL_H */
