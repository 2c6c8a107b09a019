// SPDX-License-Identifier: GPL-2.0-only
#include "offsets.h"

void offsets_add(struct offsets *offsets, const struct measurement *measurement)
{
	offsets->ring[offsets->added++ % OFFSETS_KEPT] = *measurement;
}

int offsets_around(const struct offsets *offsets, __u64 counter, struct offset *hull)
{
	size_t oldest = offsets->added > OFFSETS_KEPT ? offsets->added - OFFSETS_KEPT : 0;
	size_t index = offsets->added;

	while (index > oldest) {
		const struct measurement *before = &offsets->ring[--index % OFFSETS_KEPT];

		if ((__s64)(counter - before->first) < 0)
			continue;
		*hull = before->offset;
		if ((__s64)(counter - before->last) <= 0)
			return 2;
		if (index + 1 == offsets->added)
			return 1;
		offset_hull(hull, &offsets->ring[(index + 1) % OFFSETS_KEPT].offset);
		return 2;
	}
	return 0;
}
