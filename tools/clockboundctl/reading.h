/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reading as text and as JSON.
 */
#ifndef CTL_READING_H
#define CTL_READING_H

#include <linux/clockbound.h>
#include <stdbool.h>
#include <stdio.h>

/* The width of a reading that bounds nothing. */
#define WIDTH_UNLIMITED	(~0ULL)

bool reading_trusted(const struct clockbound_reading *reading);
__u64 reading_width(const struct clockbound_reading *reading);
void reading_print(FILE *out, const struct clockbound_reading *reading);
void reading_print_json(FILE *out, const struct clockbound_reading *reading);
void reading_show(bool json, const struct clockbound_reading *reading);

#endif /* CTL_READING_H */
