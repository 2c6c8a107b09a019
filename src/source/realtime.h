/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CLOCK_REALTIME reads, as the clock page has it: pure functions on memory.
 */
#ifndef CB_REALTIME_H
#define CB_REALTIME_H

#include <linux/clockbound.h>

#include "clock.h"

void cb_realtime_line(const struct cb_clock *clock, struct clockbound_realtime *line);
void cb_realtime_publish(struct clockbound_realtime *shared, const struct cb_clock *clock);

#endif /* CB_REALTIME_H */
