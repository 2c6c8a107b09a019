/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared memory that a file stands for.
 */
#ifndef VMHOST_MAPPING_H
#define VMHOST_MAPPING_H

#include <linux/types.h>
#include <stddef.h>

/*
 * Maps @size bytes of @path from @offset on, or all of it from @offset on if
 * @size is 0; puts the size into @mapped. NULL on failure; says why.
 */
void *mapping_open(const char *path, __u64 offset, size_t size, size_t *mapped);

#endif /* VMHOST_MAPPING_H */
