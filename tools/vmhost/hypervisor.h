/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor that vmhost plays: what it knows, what it publishes, and what
 * can be done to it.
 */
#ifndef VMHOST_HYPERVISOR_H
#define VMHOST_HYPERVISOR_H

#include <linux/types.h>
#include <stdbool.h>

#include "claim.h"
#include "history.h"
#include "hostclock.h"
#include "offsets.h"
#include "page.h"
#include "scale.h"
#include "writer.h"

#define STATUS_AUTO	(-1)

/* Migrations together stay within this, ns: a year. */
#define JUMP_MAX	(365 * 86400 * NSEC_PER_SEC)

/* The guest's counter moves against the host's: up to this it is said to creep, ns. */
#define CREEP_MAX	1000000

/* After it has crept, pages allow for as much again, but for no more than this, ns. */
#define ALLOWANCE_MAX	20000

/**
 * struct options - what the caller decides
 * @clock: who vouches for the host's clock
 * @max_drift: how far the counter's period can be from what vmhost measured,
 *	parts in 10^9
 * @tai_offset: TAI - UTC if the kernel does not know it, s; 0 if nobody does
 * @marker_only: play a device that has a disruption marker and no time
 */
struct options {
	struct hostclock clock;
	__u32 max_drift;
	__u8 tai_offset;
	bool marker_only;
};

/**
 * struct hypervisor - the state
 * @options: as above; @options.marker_only can change
 * @writer: the page
 * @history: what the time was
 * @offsets: guest counter minus host counter: all that was measured
 * @offset: what was measured last; unknown before a handshake
 * @hull: hull of the last two measurements
 * @allowed: what the claim and the page allow it to be
 * @rebased: the claim was made for another offset than the page with this marker
 * @rate: the counter's period, all that it can be; valid if @rate_known
 * @rate_known: the clock has been watched for long enough
 * @baseline: the sample that the rate is measured from
 * @claim: what is true by all samples since the last disruption
 * @bound: what the page says; both valid if @claimed
 * @claimed: there is a claim
 * @broken: there was a claim, and the host's clock has left it
 * @published: the counter when @bound was published, or a little before
 * @jump: sum of all migrations, ns: true time minus the host's clock
 * @marker: disruption marker
 * @generation: generation counter
 * @status: VMCLOCK_CLOCK_*, or STATUS_AUTO
 * @shown: the status on the page
 * @leap: VMCLOCK_LEAP_IND_*
 * @time_type: VMCLOCK_TYPE_TAI if TAI - UTC was known at the start, else
 *	VMCLOCK_TYPE_UTC: this field of a page is constant
 * @tai_offset: TAI - UTC, s; 0 if nobody knows
 * @paused: no updates
 * @held: the sequence count is left odd
 * @updates: pages published by the clock
 * @kept: updates that would not have nested, so that the older page stayed
 * @breaks: how often @broken was set
 * @moved: ns that the guest's counter had moved at the last handshake
 * @creeps: how often it had moved by up to CREEP_MAX
 * @crept: all that together, ns
 * @crept_most: and the largest of them, ns
 * @leaps: how often it had moved by more
 * @scale: from the host's ticks to the guest's: all counters here and in @history are scaled
 * @told: somebody who knows it says what the offset is: it is @told_offset
 * @told_offset: see hypervisor_offset_known()
 */
struct hypervisor {
	struct options options;
	struct writer writer;
	struct history history;
	struct offsets offsets;
	struct offset offset;
	struct offset hull;
	struct offset allowed;
	bool rebased;
	struct rate rate;
	bool rate_known;
	struct sample baseline;
	struct claim claim;
	struct bound bound;
	bool claimed;
	bool broken;
	__u64 published;
	__s64 jump;
	__u64 marker;
	__u64 generation;
	int status;
	__u8 shown;
	__u8 leap;
	__u8 time_type;
	__u8 tai_offset;
	bool paused;
	bool held;
	__u64 updates;
	__u64 kept;
	__u64 breaks;
	__s64 moved;
	__u64 creeps;
	__u64 crept;
	__u64 crept_most;
	__u64 leaps;
	struct scale scale;
	bool told;
	__s64 told_offset;
};

/**
 * struct window - guest counter values between which something happened
 */
struct window {
	__u64 before;
	__u64 after;
};

/* Takes the page over and publishes that there is no time yet. */
bool hypervisor_init(struct hypervisor *hv, const struct options *options,
		     struct region_slice page);

/*
 * What the guest has been told so far: what hypervisor_inherit() needs on another host or
 * for a clone.
 */
void hypervisor_identity(const struct hypervisor *hv, struct identity *identity);

/*
 * The machine comes from a snapshot or from another host. After hypervisor_init() and before
 * any of its CPUs runs: the page gets a new marker, and no time. The rest of @identity that
 * is not about the time is kept: the generation (the caller counts it), and what is constant
 * in a page. NULL or an error.
 *
 * The marker is one that neither this guest can have seen nor another machine with the same
 * past will: those who go on with the old one count in steps of 1; this is at least 2^32
 * further and random.
 */
const char *hypervisor_inherit(struct hypervisor *hv, const struct identity *identity);

/* Leaves the page with status UNKNOWN and an even sequence count. */
void hypervisor_close(struct hypervisor *hv);

/* Every few milliseconds: a look at the clock, and what follows from it. */
void hypervisor_sample(struct hypervisor *hv);

/* Every second or so: a page that nests in the one before, if there is one. */
void hypervisor_update(struct hypervisor *hv);

/*
 * The result of a handshake. If the guest's counter is no longer where the page allows it
 * to be, then there are a new marker and a new page; @hv->moved tells.
 */
void hypervisor_measured(struct hypervisor *hv, const struct measurement *measurement);

/*
 * The guest's counter stood still, or was set: from now on nobody knows where it is. A new
 * marker and no time, at once: to be called before the guest goes on. The next
 * hypervisor_measured() or hypervisor_offset_known() brings the time back at once: the rate
 * of the host's clock is still known. A handshake that is under way must be told too:
 * see handshake_lost().
 */
void hypervisor_counter_lost(struct hypervisor *hv);

/*
 * The guest's counter runs at another rate than the host's. If that is news, then everything
 * that was measured is void: as hypervisor_counter_lost(), and the clock is watched for
 * another second. A handshake cannot measure the offset of such a counter.
 */
void hypervisor_scale(struct hypervisor *hv, const struct scale *scale);

/*
 * Somebody who knows it (KVM) says what the offset is: to be called again and again. If it is
 * another one than before, then the guest has set its counter: hypervisor_counter_lost(),
 * and at once a page for where it is now.
 *
 * The offset counts from the host's counter as it is scaled: hypervisor_scale() first.
 */
void hypervisor_offset_known(struct hypervisor *hv, __s64 offset);

/* Ticks of the counter as ns, and ns as ticks, rounded up; 0 before the rate is known. */
__u64 hypervisor_ns(const struct hypervisor *hv, __u64 ticks);
__u64 hypervisor_ticks(const struct hypervisor *hv, __u64 ns);

/* The marker changes; true time is what it was plus @ns. NULL or an error. */
const char *hypervisor_disrupt(struct hypervisor *hv, __s64 ns,
			       struct window *window);

const char *hypervisor_generation(struct hypervisor *hv);
const char *hypervisor_set_status(struct hypervisor *hv, int status);
const char *hypervisor_set_marker_only(struct hypervisor *hv, bool on);
const char *hypervisor_pause(struct hypervisor *hv);
const char *hypervisor_resume(struct hypervisor *hv);
const char *hypervisor_hold(struct hypervisor *hv);
const char *hypervisor_release(struct hypervisor *hv);

/*
 * The true time at guest counter value @counter, ns since 1970, UTC, by all
 * jumps or by the first @jumps, if the offset was @offset there: see offsets_around().
 * False if it is not in the log.
 */
bool hypervisor_truth(const struct hypervisor *hv, __u64 counter,
		      const struct offset *offset, size_t jumps,
		      __s64 *earliest, __s64 *latest);

#endif /* VMHOST_HYPERVISOR_H */
