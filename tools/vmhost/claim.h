/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host claims about the true time: pure math, rounded outwards.
 *
 * A claim is an interval that contains the true time at one counter value,
 * together with the smallest and the largest period that the counter can have.
 * Claims age with the distance from their counter value, and two claims that are
 * both true are true together: their intersection is a claim as well.
 */
#ifndef VMHOST_CLAIM_H
#define VMHOST_CLAIM_H

#include <linux/types.h>
#include <stdbool.h>

#include "fixed.h"
#include "offset.h"

/**
 * struct sample - one look at the host's clock
 * @before: host counter before the clock was read
 * @after: host counter after it was read
 * @realtime: what CLOCK_REALTIME said in between, whole ns, truncated
 * @maxerror: how far that can be from the true time, ns; SAMPLE_NO_BOUND if
 *	nobody vouches for it
 */
struct sample {
	__u64 before;
	__u64 after;
	__s64 realtime;
	__u64 maxerror;
};

#define SAMPLE_NO_BOUND	(~0ULL)

/**
 * struct rate - period of the counter, in units of 2^-(64 + @shift) s
 */
struct rate {
	__u64 min;
	__u64 max;
	__u8 shift;
};

/**
 * struct claim - bounds of the true time
 * @counter: guest counter value that the bounds belong to
 * @earliest: the true time there is not before this, 2^-64 s since 1970, UTC
 * @latest: the true time there is not after this
 * @rate: bounds of the counter's period from there on, and before
 */
struct claim {
	__u64 counter;
	s128 earliest;
	s128 latest;
	struct rate rate;
};

/*
 * The rate of the clock between two samples. What the samples' brackets leave
 * open is between min and max. False if the samples cannot give one: the
 * counter or the clock did not advance, or the counter is slower than 1 Hz or
 * faster than 2^33 Hz.
 */
bool rate_measure(struct rate *rate, const struct sample *first,
		  const struct sample *last);

/* Widens @rate by @ppb parts in 10^9 to each side. */
void rate_widen(struct rate *rate, __u32 ppb);

/*
 * The claim of a sample: its clock is @jump ns behind the time that vmhost calls
 * true, and the guest's counter is @offset ahead of the host's. @maxerror is
 * how far the clock can be off, ns.
 */
void claim_make(struct claim *claim, const struct sample *sample,
		const struct offset *offset, const struct rate *rate,
		__s64 jump, __u64 maxerror);

/* Carries @claim over to @counter, at most 2^62 ticks away. */
void claim_age(struct claim *claim, __u64 counter);

/*
 * Makes @claim what both say; they must belong to the same counter value. The
 * rate stays. False, and unchanged, if they contradict each other.
 */
bool claim_intersect(struct claim *claim, const struct claim *other);

#endif /* VMHOST_CLAIM_H */
