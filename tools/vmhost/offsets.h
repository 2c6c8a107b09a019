/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All handshakes' results: what the offset was around any value of the guest's counter.
 */
#ifndef VMHOST_OFFSETS_H
#define VMHOST_OFFSETS_H

#include <linux/types.h>
#include <stddef.h>

#include "offset.h"

#define OFFSETS_KEPT	1024

/**
 * struct measurement - one handshake's result
 * @offset: all that the offset can have been meanwhile
 * @first: guest counter value when it began
 * @last: and when it ended
 */
struct measurement {
	struct offset offset;
	__u64 first;
	__u64 last;
};

/**
 * struct offsets - the last OFFSETS_KEPT of them
 * @ring: oldest overwritten
 * @added: how many there were
 */
struct offsets {
	struct measurement ring[OFFSETS_KEPT];
	size_t added;
};

void offsets_add(struct offsets *offsets, const struct measurement *measurement);

/*
 * What the offset can have been at guest counter value @counter: the hull of the last
 * measurement before it and the first one after it.
 *
 * Returns 2; 1 if there is none after it, and @hull is that of the one before; 0 if there
 * is none before it.
 */
int offsets_around(const struct offsets *offsets, __u64 counter, struct offset *hull);

#endif /* VMHOST_OFFSETS_H */
