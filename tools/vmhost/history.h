/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the time was: a log of samples of the host's clock and of the jumps that
 * vmhost made, and the true time of any counter value in it.
 */
#ifndef VMHOST_HISTORY_H
#define VMHOST_HISTORY_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "claim.h"

/**
 * struct jump - one disruption
 * @before: host counter before anything of it was visible
 * @after: host counter when all of it was visible
 * @delta: by how much the true time of a counter value moved, ns; 0 if only the
 *	marker changed
 */
struct jump {
	__u64 before;
	__u64 after;
	__s64 delta;
};

#define HISTORY_JUMPS	1024
#define JUMPS_ALL	HISTORY_JUMPS

/**
 * struct history - the log
 * @ring: the last @capacity samples, oldest overwritten
 * @capacity: samples that fit
 * @added: samples taken so far
 * @jumps: all jumps since the start
 * @jump_count: how many
 */
struct history {
	struct sample *ring;
	size_t capacity;
	size_t added;
	struct jump jumps[HISTORY_JUMPS];
	size_t jump_count;
};

/* False if there is no memory. */
bool history_init(struct history *history, size_t capacity);
void history_free(struct history *history);

void history_add(struct history *history, const struct sample *sample);

/* False if there is no room for one more. */
bool history_add_jump(struct history *history, const struct jump *jump);

/*
 * The counter is another one from now on: no samples, and all jumps lie before it, @sum ns
 * together.
 */
void history_restart(struct history *history, __s64 sum);

/* The newest sample, or NULL. */
const struct sample *history_last(const struct history *history);

/* The newest sample that was complete at host counter @counter, or NULL. */
const struct sample *history_before(const struct history *history,
				    __u64 counter);

/*
 * The true time, in ns since 1970, somewhere between the host counter values
 * @first and @last, as an interval: the clock between two samples lies where
 * both, carried over with the rates of the neighbouring spans, say it does; or
 * between the two, if they disagree because the clock was set. Of the jumps,
 * the first @jumps are counted. False if that is not in the log.
 */
bool history_truth(const struct history *history, __u64 first, __u64 last,
		   size_t jumps, __s64 *earliest, __s64 *latest);

#endif /* VMHOST_HISTORY_H */
