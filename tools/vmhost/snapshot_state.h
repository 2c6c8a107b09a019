/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vmhost itself keeps of a saved machine: its layout is in vmhost-snapshot(5).
 */
#ifndef VMHOST_SNAPSHOT_STATE_H
#define VMHOST_SNAPSHOT_STATE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "codec.h"

#define SNAPSHOT_STATE_VERSION	1

/* Nobody vouched for the host's clock when the machine was stopped. */
#define SNAPSHOT_NO_BOUND	(~0ULL)

enum snapshot_accelerator {
	SNAPSHOT_TCG,
	SNAPSHOT_KVM,
};

/**
 * struct snapshot_state - vmhost's own section
 * @accelerator: enum snapshot_accelerator
 * @counter_id: of the page: VMCLOCK_ID_X86_TSC or VMCLOCK_ID_INVALID
 * @time_type: of the page: VMCLOCK_TYPE_UTC or VMCLOCK_TYPE_TAI
 * @marker_only: the device has a disruption marker and no time
 * @page_size: of the page: bytes of the device's memory
 * @page_address: of the page: where it lies in the guest's physical memory
 * @cpus: virtual CPUs
 * @ram_size: bytes
 * @marker: disruption marker when the machine was stopped
 * @generation: generation counter when the machine was stopped
 * @sequence: the page's seq_count when the machine was stopped
 * @clock_bound: how far clock_ref of struct snapshot_meta can be from the true time at
 *	clock_host_ticks, ns to either side; SNAPSHOT_NO_BOUND if nobody vouches for it
 * @qemu_version: as QEMU says it, for people
 * @argument_count: how many @arguments
 * @arguments: the machine's, to compare with and for people. Never to be executed: a
 *	container from somebody else must not choose a command line.
 */
struct snapshot_state {
	__u8 accelerator;
	__u8 counter_id;
	__u8 time_type;
	bool marker_only;
	__u32 page_size;
	__u64 page_address;
	__u32 cpus;
	__u64 ram_size;
	__u64 marker;
	__u64 generation;
	__u32 sequence;
	__u64 clock_bound;
	struct bytes qemu_version;
	__u32 argument_count;
	struct bytes *arguments;
};

/*
 * As snapshot_meta_decode(), _encode() and _free(); but these bytes must be the section and
 * nothing else.
 */
bool snapshot_state_decode(struct snapshot_state *state, const void *bytes, size_t size,
			   char *error, size_t error_size);
bool snapshot_state_encode(const struct snapshot_state *state, void *bytes, size_t room,
			   size_t *size, char *error, size_t error_size);
void snapshot_state_free(struct snapshot_state *state);

/*
 * Is @now a machine that can go on with what @saved was? The same accelerator and RAM, and
 * arguments for the same machine; the page is taken over. If not, @error says what differs.
 */
bool snapshot_state_fits(const struct snapshot_state *saved, const struct snapshot_state *now,
			 char *error, size_t error_size);

const char *snapshot_accelerator_name(__u8 accelerator);

#endif /* VMHOST_SNAPSHOT_STATE_H */
