/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hook into the kernel's timekeeping core.
 */
#ifndef CB_TIMEKEEPING_H
#define CB_TIMEKEEPING_H

int cb_timekeeping_init(void);
void cb_timekeeping_exit(void);

#endif /* CB_TIMEKEEPING_H */
