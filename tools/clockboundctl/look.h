/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A look at the clocks.
 */
#ifndef CTL_LOOK_H
#define CTL_LOOK_H

#include "estimate.h"

void look_take(struct look *look);

#endif /* CTL_LOOK_H */
