/* SPDX-License-Identifier: GPL-2.0-only */
/* Suspend and hibernation: who has to know when the machine sleeps. */
#ifndef CB_SUSPEND_H
#define CB_SUSPEND_H

int cb_suspend_init(void (*sleep)(void), void (*wake)(void));
void cb_suspend_exit(void);

#endif /* CB_SUSPEND_H */
