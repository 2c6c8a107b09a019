/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The offset between the guest's and the host's counter, as an interval that
 * provably contains it: guest = host + offset, modulo 2^64.
 */
#ifndef VMHOST_OFFSET_H
#define VMHOST_OFFSET_H

#include <linux/types.h>
#include <stdbool.h>

/**
 * struct offset - what is known about the offset
 * @min: it is not smaller than this, ticks
 * @max: it is not larger than this, ticks
 * @rounds: rounds that it was made from; 0 if nothing is known
 */
struct offset {
	__s64 min;
	__s64 max;
	__u64 rounds;
};

/*
 * Takes a round in: the guest read @t1, then the host read @host, then the guest
 * read @t2. Returns false, and leaves @offset alone, if that contradicts what
 * is known: the guest's counter does not run at the host's rate, or it was set.
 */
bool offset_add(struct offset *offset, __u64 t1, __u64 host, __u64 t2);

/* Makes @offset what both say; false, and unchanged, if they contradict. */
bool offset_intersect(struct offset *offset, const struct offset *other);

/* Makes @offset all that either of them says. */
void offset_hull(struct offset *offset, const struct offset *other);

/* Is all of @inner in @outer? */
bool offset_contains(const struct offset *outer, const struct offset *inner);

#endif /* VMHOST_OFFSET_H */
