// SPDX-License-Identifier: GPL-2.0-only
#include "offsets.h"

static bool same_offset(const struct measurement *a, const struct measurement *b)
{
	return a->offset.min == b->offset.min && a->offset.max == b->offset.max;
}

void offsets_add(struct offsets *offsets, const struct measurement *measurement)
{
	struct measurement *last = &offsets->ring[(offsets->added - 1) % OFFSETS_KEPT];
	struct measurement fresh = *measurement;

	if (offsets->added && !offsets->lost && same_offset(last, measurement)) {
		last->last = measurement->last;
		return;
	}
	if (offsets->lost && (__s64)(measurement->first - last->last) <= 0)
		offsets->added = 0;
	fresh.anew = offsets->lost;
	offsets->lost = false;
	offsets->ring[offsets->added++ % OFFSETS_KEPT] = fresh;
}

void offsets_lost(struct offsets *offsets)
{
	offsets->lost = true;
}

int offsets_around(const struct offsets *offsets, __u64 counter, struct offset *hull)
{
	size_t oldest = offsets->added > OFFSETS_KEPT ? offsets->added - OFFSETS_KEPT : 0;
	size_t index = offsets->added;

	while (index > oldest) {
		const struct measurement *before = &offsets->ring[--index % OFFSETS_KEPT];
		const struct measurement *after = &offsets->ring[(index + 1) % OFFSETS_KEPT];

		if ((__s64)(counter - before->first) < 0)
			continue;
		*hull = before->offset;
		if ((__s64)(counter - before->last) <= 0)
			return 2;
		if (index + 1 == offsets->added)
			return !offsets->lost;
		if (after->anew)
			return 0;
		offset_hull(hull, &after->offset);
		return 2;
	}
	return 0;
}
