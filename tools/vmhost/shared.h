/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What host and guest share: the layout of the ivshmem memory.
 *
 *	0	 struct vmhost_shared, the handshake
 *	64 KiB	 struct vmhost_record[], readings that guest programs leave for
 *		 "check"; any number of arrays, at any offset from here on
 *
 * A machine of "vmhost run" has 16 MiB of it, of which the last 64 KiB begin with the
 * VMClock page. They are not for the guest's programs.
 *
 * Everything is in the byte order and alignment of x86-64 and arm64.
 */
#ifndef VMHOST_SHARED_H
#define VMHOST_SHARED_H

#include <linux/types.h>

#define VMHOST_SHARED_MAGIC	0x54534f484d56ULL	/* "VMHOST" in memory */
#define VMHOST_SHARED_VERSION	1
#define VMHOST_RECORDS_OFFSET	0x10000

/* In a machine of "vmhost run"; qemu.h and vmclock.asl know the slot, the latter the offset. */
#define VMHOST_PCI_DEVICE	"0000:00:1e.0"
#define VMHOST_SHARED_SIZE	0x1000000
#define VMHOST_PAGE_OFFSET	0xff0000

/* vmhost_shared.host_state */
#define VMHOST_HOST_IDLE	0
#define VMHOST_HOST_READY	1
#define VMHOST_HOST_DONE	2
#define VMHOST_HOST_FAILED	3

/**
 * struct vmhost_shared - the handshake, one cache line for each direction
 * @magic: VMHOST_SHARED_MAGIC
 * @version: VMHOST_SHARED_VERSION
 * @host_state: VMHOST_HOST_*
 * @session: changes with each handshake, never 0
 * @rounds: rounds that the host wants, at most
 * @guest_session: the guest's copy of @session: "I am here"
 * @t1: the guest's counter before it asked in the last complete round
 * @t2: the guest's counter after it saw the answer in that round
 * @guest_round: the round that the guest asks for, from 1 on; written last
 * @host_counter: the host's counter between question and answer
 * @host_round: the round that the host has answered; written last
 *
 * The host writes @magic to @rounds and then @host_state READY. The guest writes
 * @guest_session. In each round the guest reads its counter, writes
 * @guest_round, waits for @host_round, reads its counter again, and leaves both
 * values for the host to see with the next question. When the host has enough, at
 * the latest at question @rounds + 1, it answers with DONE, or else with FAILED.
 */
struct vmhost_shared {
	__u64 magic;
	__u32 version;
	__u32 host_state;
	__u64 session;
	__u32 rounds;
	__u32 reserved0[9];

	__u64 guest_session;
	__u64 t1;
	__u64 t2;
	__u32 guest_round;
	__u32 reserved1[9];

	__u64 host_counter;
	__u32 host_round;
	__u32 reserved2[13];
};

/* vmhost_record.path: how a reading was taken */
#define VMHOST_PATH_MMAP	0
#define VMHOST_PATH_IOCTL	1
#define VMHOST_PATH_OTHER	2

/**
 * struct vmhost_record - one reading of a guest program
 * @counter_value: the guest counter value that the interval belongs to
 * @earliest: ns since 1970, UTC
 * @latest: ns since 1970, UTC
 * @status: enum clockbound_status
 * @path: VMHOST_PATH_*
 */
struct vmhost_record {
	__u64 counter_value;
	__s64 earliest;
	__s64 latest;
	__u32 status;
	__u32 path;
};

_Static_assert(sizeof(struct vmhost_shared) == 192, "three cache lines");
_Static_assert(__builtin_offsetof(struct vmhost_shared, guest_session) == 64,
	       "the guest's line");
_Static_assert(__builtin_offsetof(struct vmhost_shared, host_counter) == 128,
	       "the host's line");
_Static_assert(sizeof(struct vmhost_record) == 32, "layout of the records");
_Static_assert(__builtin_offsetof(struct vmhost_record, status) == 24,
	       "layout of the records");

#endif /* VMHOST_SHARED_H */
