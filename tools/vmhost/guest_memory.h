/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ivshmem device as the guest sees it.
 */
#ifndef VMHOST_GUEST_MEMORY_H
#define VMHOST_GUEST_MEMORY_H

#include "region.h"

/*
 * Maps the shared memory: that of @path if there is one, else BAR 2 of vmhost's ivshmem
 * device, or of any. False on failure; says why.
 */
bool guest_memory_open(struct region *region, const char *path);

#endif /* VMHOST_GUEST_MEMORY_H */
