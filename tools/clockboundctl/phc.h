/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The error bound of a PTP hardware clock on a network card.
 */
#ifndef CTL_PHC_H
#define CTL_PHC_H

#include <linux/types.h>
#include <stdbool.h>

#define PHC_SYSFS	"/sys"

bool phc_error_bound(const char *sysfs, const char *interface, __u64 *ns);

#endif /* CTL_PHC_H */
