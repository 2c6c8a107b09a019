/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands that wait share.
 */
#ifndef CTL_WAITING_H
#define CTL_WAITING_H

#include "command.h"

struct clockbound_wait waiting_for(const struct options *options);
int waiting_failed(const struct options *options, int error);

#endif /* CTL_WAITING_H */
