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

/* What ClockBound's clients map, native byte order, 80 bytes. Times: CLOCK_MONOTONIC_COARSE. */
struct shm0_segment {
	__u32 magic[2];			/* SHM0_MAGIC_0, SHM0_MAGIC_1 */
	__u32 size;			/* bytes of this structure */
	__u16 version;			/* SHM0_VERSION */
	__u16 generation;		/* odd during a writing, not 0 after the first one */
	__s64 as_of_sec;		/* when the bound was true */
	__s64 as_of_nsec;
	__s64 void_after_sec;		/* from then on nothing is known */
	__s64 void_after_nsec;
	__s64 bound;			/* of CLOCK_REALTIME's error, ns */
	__u64 disruption_marker;	/* the VMClock's that this was made under */
	__u32 max_drift;		/* how fast the bound grows, ppb */
	__s32 clock_status;		/* enum clockbound_status */
	__u8 disruption_support;	/* 1: compare the marker with /dev/vmclock0; or 0 */
	__u8 padding[7];		/* zero */
};

/* What a segment says, as in struct shm0_segment. */
struct cb_shm0_record {
	__s64 as_of;		/* ns */
	__s64 void_after;	/* ns */
	__s64 bound;
	__u64 disruption_marker;
	__u32 max_drift;
	__u8 status;
	bool disruption_support;
};

/* A segment and its writer. */
struct cb_shm0 {
	struct shm0_segment *segment;
	struct cb_shm0_record written;	/* what is in it */
	__s64 written_at;		/* since when, CLOCK_MONOTONIC_COARSE, ns */
};

void cb_shm0_init(struct cb_shm0 *shm0, struct shm0_segment *segment);
void cb_shm0_make(const struct cb_state *state, __u64 counter, __s64 coarse,
		  struct cb_shm0_record *record);
void cb_shm0_write(struct cb_shm0 *shm0, const struct cb_shm0_record *record, __s64 coarse);
bool cb_shm0_update(struct cb_shm0 *shm0, const struct cb_state *state, __u64 counter,
		    __s64 coarse);

#endif /* CB_SHM0_H */
