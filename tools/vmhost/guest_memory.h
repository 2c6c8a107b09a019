/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ivshmem device as the guest sees it.
 */
#ifndef VMHOST_GUEST_MEMORY_H
#define VMHOST_GUEST_MEMORY_H

#include <stddef.h>

/*
 * Maps the shared memory: that of @path if there is one, else BAR 2 of the first
 * ivshmem device. NULL on failure; says why.
 */
void *guest_memory_open(const char *path, size_t *size);

#endif /* VMHOST_GUEST_MEMORY_H */
