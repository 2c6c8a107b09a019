/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether two of QEMU's command lines are for the same machine.
 *
 * A clone has disks, sockets and windows of its own, so arguments that only say where on the
 * host something is may differ. What the guest can see may not: the devices, the CPUs, the
 * memory, in the same order.
 */
#ifndef VMHOST_SAME_MACHINE_H
#define VMHOST_SAME_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "codec.h"

/**
 * struct argument_list - QEMU's arguments
 * @words: which may be anybody's, and anything
 * @count: how many
 */
struct argument_list {
	const struct bytes *words;
	__u32 count;
};

/* If not, @error says which of @now's arguments is not as in @saved. */
bool same_machine(const struct argument_list *saved, const struct argument_list *now,
		  char *error, size_t size);

#endif /* VMHOST_SAME_MACHINE_H */
