/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times and widths as text.
 */
#ifndef CTL_FORMAT_H
#define CTL_FORMAT_H

#include <linux/types.h>
#include <stddef.h>

/* Room for what the functions here write, with the final zero. */
#define FORMAT_SIZE	32

char *format_time(char *text, __s64 ns);
char *format_clock(char *text, __s64 ns);
char *format_width(char *text, __u64 ns);
char *format_change(char *text, __u64 before, __u64 after);

#endif /* CTL_FORMAT_H */
