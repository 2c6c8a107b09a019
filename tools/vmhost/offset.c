// SPDX-License-Identifier: GPL-2.0-only
#include "offset.h"

bool offset_intersect(struct offset *offset, const struct offset *other)
{
	struct offset both = *other;

	if (offset->rounds) {
		if (offset->min > both.min)
			both.min = offset->min;
		if (offset->max < both.max)
			both.max = offset->max;
	}
	if (both.min > both.max)
		return false;
	both.rounds += offset->rounds;
	*offset = both;
	return true;
}

bool offset_add(struct offset *offset, __u64 t1, __u64 host, __u64 t2)
{
	const struct offset round = {
		.min = (__s64)(t1 - host),
		.max = (__s64)(t2 - host),
		.rounds = 1,
	};

	return offset_intersect(offset, &round);
}

void offset_hull(struct offset *offset, const struct offset *other)
{
	if (other->min < offset->min)
		offset->min = other->min;
	if (other->max > offset->max)
		offset->max = other->max;
	offset->rounds += other->rounds;
}

bool offset_contains(const struct offset *outer, const struct offset *inner)
{
	return outer->min <= inner->min && outer->max >= inner->max;
}
