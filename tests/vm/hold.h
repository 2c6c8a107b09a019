/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that is taken off its CPU at the worst moment: it has looked at the clock,
 * and is about to change the clock's rate.
 */
#ifndef CB_TESTS_HOLD_H
#define CB_TESTS_HOLD_H

#include <linux/types.h>
#include <sys/types.h>

void hold_begin(pid_t pid, __s64 ns);
unsigned long hold_end(void);

#endif /* CB_TESTS_HOLD_H */
