/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What --help prints.
 */
#ifndef CTL_HELP_H
#define CTL_HELP_H

extern const char help[];
extern const char help_status[];
extern const char help_now[];
extern const char help_watch[];
extern const char help_wait[];
extern const char help_wait_sync[];
extern const char help_at[];
extern const char help_bench[];

#endif /* CTL_HELP_H */
