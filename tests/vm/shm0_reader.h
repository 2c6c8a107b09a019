/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client of ClockBound's shm0, protocol version 2, written from the description of
 * the protocol and of what AWS's client does. It knows nothing of this project.
 */
#ifndef CB_TESTS_SHM0_READER_H
#define CB_TESTS_SHM0_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHM0_PATH		"/var/run/clockbound/shm0"
#define VMCLOCK_PATH		"/dev/vmclock0"

enum shm0_status {
	SHM0_UNKNOWN,
	SHM0_SYNCHRONIZED,
	SHM0_FREE_RUNNING,
	SHM0_DISRUPTED,
};

/**
 * struct shm0_snapshot - what a segment says
 * @generation: the even one that it was read under
 * @as_of: ns of CLOCK_MONOTONIC_COARSE
 * @void_after: ns of CLOCK_MONOTONIC_COARSE
 * @bound: ns
 * @marker: disruption marker
 * @max_drift: ppb
 * @status: enum shm0_status
 * @support: whether the marker has to be compared
 */
struct shm0_snapshot {
	uint16_t generation;
	int64_t as_of;
	int64_t void_after;
	int64_t bound;
	uint64_t marker;
	uint32_t max_drift;
	int32_t status;
	uint8_t support;
};

/**
 * struct shm0_reader - an open segment
 * @generation: as the read() at the opening had it
 * @segment: the mapping
 * @size: its length
 * @vmclock: the VMClock page, NULL until it is needed
 * @vmclock_size: its length
 */
struct shm0_reader {
	uint16_t generation;
	const volatile unsigned char *segment;
	size_t size;
	const volatile unsigned char *vmclock;
	size_t vmclock_size;
};

struct shm0_now {
	int64_t earliest;
	int64_t latest;
	int32_t status;
};

bool shm0_open(struct shm0_reader *reader, const char *path);
void shm0_close(struct shm0_reader *reader);
bool shm0_take(const struct shm0_reader *reader, struct shm0_snapshot *snapshot);
bool shm0_evaluate(const struct shm0_snapshot *snapshot, int64_t realtime, int64_t mono,
		   struct shm0_now *now);
bool shm0_check_marker(struct shm0_reader *reader, const struct shm0_snapshot *snapshot,
		       struct shm0_now *now);

#endif /* CB_TESTS_SHM0_READER_H */
