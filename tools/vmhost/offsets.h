/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All handshakes' results: what the offset was around any value of the guest's counter.
 */
#ifndef VMHOST_OFFSETS_H
#define VMHOST_OFFSETS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "offset.h"

#define OFFSETS_KEPT	1024

/**
 * struct measurement - one handshake's result
 * @offset: all that the offset can have been meanwhile
 * @first: guest counter value when it began
 * @last: and when it ended
 * @anew: the counter was lost between the one before it and this one
 */
struct measurement {
	struct offset offset;
	__u64 first;
	__u64 last;
	bool anew;
};

/**
 * struct offsets - the last OFFSETS_KEPT of them
 * @ring: oldest overwritten
 * @added: how many there were
 * @lost: the counter was lost since the last of them
 */
struct offsets {
	struct measurement ring[OFFSETS_KEPT];
	size_t added;
	bool lost;
};

/*
 * One that says the same as the last one only makes that one longer. One that finds the
 * counter behind the last one, after it was lost, is the first of a new log: a value
 * that comes twice cannot be dated twice.
 */
void offsets_add(struct offsets *offsets, const struct measurement *measurement);

/* From now on the offset is another one: what was measured so far says nothing about it. */
void offsets_lost(struct offsets *offsets);

/*
 * What the offset can have been at guest counter value @counter: the hull of the last
 * measurement before it and the first one after it.
 *
 * Returns 2; 1 if there is none after it, and @hull is that of the one before; 0 if there
 * is none before it, or if the counter was lost between the two: nobody knows on which
 * side of that @counter is.
 */
int offsets_around(const struct offsets *offsets, __u64 counter, struct offset *hull);

#endif /* VMHOST_OFFSETS_H */
