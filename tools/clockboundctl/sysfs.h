/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's files in sysfs.
 */
#ifndef CTL_SYSFS_H
#define CTL_SYSFS_H

#include <stdbool.h>

#define SYSFS_DIRECTORY	"/sys/kernel/clockbound"

/* Room for a value, with the final zero. */
#define SYSFS_VALUE_SIZE	128

bool sysfs_read(const char *directory, const char *name, char *value);

#endif /* CTL_SYSFS_H */
