/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Durations and times that people type: all of the word, or nothing.
 */
#ifndef CTL_PARSE_H
#define CTL_PARSE_H

#include <linux/types.h>
#include <stdbool.h>

bool parse_duration(const char *text, __s64 *ns);
bool parse_time(const char *text, __s64 *ns);

#endif /* CTL_PARSE_H */
