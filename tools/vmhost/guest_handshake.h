/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's side of the handshake.
 */
#ifndef VMHOST_GUEST_HANDSHAKE_H
#define VMHOST_GUEST_HANDSHAKE_H

#include <linux/types.h>

#include "region.h"

/*
 * Waits up to @timeout_ms for the host to offer a handshake and as long again
 * for its end. @shared begins with struct vmhost_shared. @skew is added to every
 * counter value: 0, or what a test wants. Returns NULL, or what went wrong.
 */
const char *guest_handshake(struct region_slice shared,
			    __u64 skew, __u32 timeout_ms);

#endif /* VMHOST_GUEST_HANDSHAKE_H */
