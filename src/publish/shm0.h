/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ClockBound's segment, shm0, protocol version 2: pure functions, no kernel call,
 * no global.
 */
#ifndef CB_SHM0_H
#define CB_SHM0_H

#include <linux/clockbound.h>

#include "state.h"

#define SHM0_MAGIC_0		0x414D5A4E
#define SHM0_MAGIC_1		0x43420200
#define SHM0_VERSION		2

/* What still holds is written again after this long, not sooner. */
#define CB_SHM0_REFRESH_NS	100000000LL

/**
 * struct shm0_segment - what ClockBound's clients map, native byte order, 80 bytes
 * @magic: SHM0_MAGIC_0, SHM0_MAGIC_1
 * @size: bytes of this structure
 * @version: SHM0_VERSION
 * @generation: odd while the rest is being written, never 0 once it has been
 * @as_of_sec: when @bound was true, CLOCK_MONOTONIC_COARSE
 * @as_of_nsec: see there
 * @void_after_sec: from then on nothing is known, CLOCK_MONOTONIC_COARSE
 * @void_after_nsec: see there
 * @bound: of CLOCK_REALTIME's error, ns
 * @disruption_marker: the VMClock's marker that this was made under
 * @max_drift: how fast @bound grows, ppb
 * @clock_status: enum clockbound_status
 * @disruption_support: 1 if the client has to compare @disruption_marker with
 *	/dev/vmclock0, or else 0
 * @padding: zero
 */
struct shm0_segment {
	__u32 magic[2];
	__u32 size;
	__u16 version;
	__u16 generation;
	__s64 as_of_sec;
	__s64 as_of_nsec;
	__s64 void_after_sec;
	__s64 void_after_nsec;
	__s64 bound;
	__u64 disruption_marker;
	__u32 max_drift;
	__s32 clock_status;
	__u8 disruption_support;
	__u8 padding[7];
};

/**
 * struct cb_shm0_record - what a segment says
 * @as_of: ns, and so is the next one; the rest is as in struct shm0_segment
 * @void_after: see there
 * @bound: see there
 * @disruption_marker: see there
 * @max_drift: see there
 * @status: see there
 * @disruption_support: see there
 */
struct cb_shm0_record {
	__s64 as_of;
	__s64 void_after;
	__s64 bound;
	__u64 disruption_marker;
	__u32 max_drift;
	__u8 status;
	bool disruption_support;
};

/**
 * struct cb_shm0 - a segment and its writer
 * @segment: the memory
 * @written: what is in it
 * @written_at: since when, CLOCK_MONOTONIC_COARSE, ns
 */
struct cb_shm0 {
	struct shm0_segment *segment;
	struct cb_shm0_record written;
	__s64 written_at;
};

void cb_shm0_init(struct cb_shm0 *shm0, struct shm0_segment *segment);
void cb_shm0_make(const struct cb_state *state, __u64 counter, __s64 coarse,
		  struct cb_shm0_record *record);
void cb_shm0_write(struct cb_shm0 *shm0, const struct cb_shm0_record *record, __s64 coarse);
bool cb_shm0_update(struct cb_shm0 *shm0, const struct cb_state *state, __u64 counter,
		    __s64 coarse);

#endif /* CB_SHM0_H */
