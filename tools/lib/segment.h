/* SPDX-License-Identifier: MIT */
/*
 * The segment that ClockBound's own daemon writes, shm0, protocol version 2: for
 * clockbound_open() where the module is not in charge.
 */
#ifndef CLOCKBOUND_SEGMENT_H
#define CLOCKBOUND_SEGMENT_H

#include <clockbound.h>

#define SEGMENT_MAGIC_0		0x414D5A4E
#define SEGMENT_MAGIC_1		0x43420200
#define SEGMENT_VERSION		2

/**
 * struct segment_page - what the daemon writes, native byte order, 80 bytes
 * @magic: SEGMENT_MAGIC_0, SEGMENT_MAGIC_1
 * @size: bytes of the segment
 * @version: SEGMENT_VERSION; 0 before the daemon has got that far
 * @generation: odd while the rest is being written; 0 before it was for the first time
 * @as_of_sec: when @bound was true, CLOCK_MONOTONIC_COARSE
 * @as_of_nsec: see there
 * @void_after_sec: from then on nothing is known, CLOCK_MONOTONIC_COARSE
 * @void_after_nsec: see there
 * @bound: of CLOCK_REALTIME's error, ns
 * @disruption_marker: the VMClock's marker that this was measured under
 * @max_drift: how fast @bound grows, ppb
 * @clock_status: clockbound_clock_status
 * @disruption_support: 1 if @disruption_marker has to be compared, or else 0
 * @padding: unused
 */
struct segment_page {
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

/* As much of it as tells whether it is one. */
#define SEGMENT_HEADER_SIZE	16

/**
 * struct segment_moment - what is compared with a segment
 * @realtime: CLOCK_REALTIME, ns
 * @coarse: CLOCK_MONOTONIC_COARSE, read after it, ns
 * @disruption_marker: the VMClock's, read after both; counts only if the segment says so
 */
struct segment_moment {
	__s64 realtime;
	__s64 coarse;
	__u64 disruption_marker;
};

/**
 * struct segment_interval - what a segment says of a moment
 * @earliest: ns since 1970
 * @latest: ns since 1970
 * @status: how far that can be trusted
 */
struct segment_interval {
	__s64 earliest;
	__s64 latest;
	clockbound_clock_status status;
};

/* segment_eval.c: pure */
clockbound_err_kind segment_check(const struct segment_page *header);
clockbound_err_kind segment_eval(const struct segment_page *page,
				 const struct segment_moment *moment,
				 struct segment_interval *interval);

/**
 * struct segment - an open segment
 * @page: the mapping
 * @vmclock: the VMClock page, mapped when it is needed for the first time
 * @vmclock_path: its path
 *
 * Constant but for @vmclock, which changes once, from NULL, by one atomic operation:
 * any number of threads may use it.
 */
struct segment {
	const struct segment_page *page;
	const void *vmclock;
	char *vmclock_path;
};

/* segment.c */
int segment_check_file(int fd, clockbound_err *err);
int segment_open(struct segment *segment, int fd, const char *vmclock_path,
		 clockbound_err *err);
void segment_close(struct segment *segment);
int segment_now(struct segment *segment, struct segment_interval *interval,
		clockbound_err *err);

#endif /* CLOCKBOUND_SEGMENT_H */
