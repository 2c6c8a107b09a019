/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What sync asks, when, and what it reports: no input, no output and no clock of
 * its own, so that the tests can try every order of things.
 *
 * Times are CLOCK_MONOTONIC_RAW, ns.
 */
#ifndef CTL_SYNC_CORE_H
#define CTL_SYNC_CORE_H

#include <linux/clockbound.h>
#include <stdbool.h>

#include "bound.h"

enum sync_question {
	SYNC_NOTHING,
	SYNC_RESET,		/* forget what was measured */
	SYNC_BURST,		/* measure, now */
	SYNC_MEASUREMENT,	/* what do you say? */
};

/* An unanswered question has failed after this. */
#define SYNC_ANSWER_TIME	1000000000ULL
/* From one question for the measurement to the next. */
#define SYNC_INTERVAL		1000000000ULL
/* The same while a first measurement is awaited, and for how long at most. */
#define SYNC_FAST_INTERVAL	100000000ULL
#define SYNC_FAST_TIME		20000000000ULL
/* From one BURST to the next, in that time and after it. */
#define SYNC_BURST_INTERVAL	2000000000ULL
#define SYNC_BURST_SLOW_INTERVAL	64000000000ULL
/* For so long after the last answer a failed question is free running. */
#define SYNC_PATIENCE		5000000000ULL
/* From as_of to void_after. */
#define SYNC_VALID_TIME		1000000000000ULL

/**
 * struct sync_core - the state
 * @disruptions: disruptions are looked at; without, the marker is 0
 * @resettable: the source understands RESET and BURST
 * @marker: the disruption marker that every report carries
 * @measuring: a measurement made after @measured_after is awaited
 * @measured_after: a measurement must be later than this
 * @burst_at: if there is none by then, BURST is sent once more
 * @acted_at: when the last disruption was acted upon, 0 if there was none
 * @hold_until: until then a failed question is free running
 * @next: the next question
 * @due: when it is to be asked
 * @pending: the question that waits for its answer
 * @sequence: number of the last question
 * @asked: when it was asked
 */
struct sync_core {
	bool disruptions;
	bool resettable;

	__u64 marker;
	bool measuring;
	__u64 measured_after;
	__u64 burst_at;
	__u64 acted_at;

	__u64 hold_until;

	enum sync_question next;
	__u64 due;
	enum sync_question pending;
	__u32 sequence;
	__u64 asked;
};

void sync_core_begin(struct sync_core *core, __u64 marker, __u64 now);
void sync_core_moved(struct sync_core *core, __u64 now);
void sync_core_disrupted(struct sync_core *core, __u64 marker, __u64 now);
__u64 sync_core_deadline(const struct sync_core *core);
enum sync_question sync_core_ask(struct sync_core *core, __u64 now);
bool sync_core_accepted(struct sync_core *core, __u32 sequence, __u64 now);
bool sync_core_measured(struct sync_core *core, __u32 sequence,
			const struct measurement *measurement, __u64 now,
			struct clockbound_report *report);
bool sync_core_failed(struct sync_core *core, __u32 sequence, __u64 now,
		      struct clockbound_report *report);

#endif /* CTL_SYNC_CORE_H */
