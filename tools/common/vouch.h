/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether anybody vouches for the kernel's own record of the system clock's error.
 */
#ifndef COMMON_VOUCH_H
#define COMMON_VOUCH_H

#include <sys/timex.h>

const char *vouch_trouble(const struct timex *timex, int state);

#endif /* COMMON_VOUCH_H */
