/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own record of the system clock's error as a source.
 */
#ifndef CTL_ADJTIMEX_H
#define CTL_ADJTIMEX_H

#include <linux/types.h>
#include <stdbool.h>

#include "bound.h"

/**
 * struct adjtimex_source - what was seen so far
 * @maxerror: maxerror at the last reading, us; -1 before the first
 * @lowered_at: when it was seen to be lower than before, 0 for never
 * @record: the last reading
 */
struct adjtimex_source {
	long maxerror;
	__u64 lowered_at;
	struct timex record;
};

void adjtimex_init(struct adjtimex_source *source);
bool adjtimex_judge(struct adjtimex_source *source, const struct timex *timex, int state,
		    __u64 now, struct measurement *measurement);
const char *adjtimex_read(struct adjtimex_source *source, __u64 now,
			  struct measurement *measurement);

#endif /* CTL_ADJTIMEX_H */
