/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The VMClock page as the hypervisor writes it. Debian's 6.1 and 6.12 do not ship
 * linux/vmclock-abi.h: the fields have that header's names, and the rest has names of our
 * own, so that the two do not collide where both exist.
 */
#ifndef CLOCKBOUND_VMCLOCK_ABI_H
#define CLOCKBOUND_VMCLOCK_ABI_H

#include <linux/types.h>

#define VMCLOCK_PAGE_MAGIC		0x4B4C4356	/* "VCLK" in memory */
#define VMCLOCK_PAGE_VERSION		1
#define VMCLOCK_PAGE_SIZE_MIN		104	/* without vm_generation_counter */

/* counter_id */
#define VMCLOCK_ID_ARM_VCNT		0
#define VMCLOCK_ID_X86_TSC		1
#define VMCLOCK_ID_INVALID		0xff

/* time_type */
#define VMCLOCK_TYPE_UTC		0
#define VMCLOCK_TYPE_TAI		1
#define VMCLOCK_TYPE_MONOTONIC		2
#define VMCLOCK_TYPE_SMEARED		3
#define VMCLOCK_TYPE_MAYBE_SMEARED	4

/* clock_status */
#define VMCLOCK_CLOCK_UNKNOWN		0
#define VMCLOCK_CLOCK_INITIALIZING	1
#define VMCLOCK_CLOCK_SYNCHRONIZED	2
#define VMCLOCK_CLOCK_FREERUNNING	3
#define VMCLOCK_CLOCK_UNRELIABLE	4

/* leap_indicator, valid for the reference time */
#define VMCLOCK_LEAP_IND_NONE		0
#define VMCLOCK_LEAP_IND_PRE_POS	1	/* 61 s minute at the end of the month */
#define VMCLOCK_LEAP_IND_PRE_NEG	2	/* 59 s minute at the end of the month */
#define VMCLOCK_LEAP_IND_POS		3	/* in the inserted second */
#define VMCLOCK_LEAP_IND_POST_POS	4
#define VMCLOCK_LEAP_IND_POST_NEG	5

/* flags */
#define VMCLOCK_TAI_OFFSET_VALID	(1ULL << 0)
#define VMCLOCK_DISRUPTION_SOON		(1ULL << 1)
#define VMCLOCK_DISRUPTION_IMMINENT	(1ULL << 2)
#define VMCLOCK_PERIOD_ESTERROR_VALID	(1ULL << 3)
#define VMCLOCK_PERIOD_MAXERROR_VALID	(1ULL << 4)
#define VMCLOCK_TIME_ESTERROR_VALID	(1ULL << 5)
#define VMCLOCK_TIME_MAXERROR_VALID	(1ULL << 6)
#define VMCLOCK_TIME_IS_MONOTONIC	(1ULL << 7)
#define VMCLOCK_VM_GEN_PRESENT		(1ULL << 8)
#define VMCLOCK_NOTIFICATION_IS_PRESENT	(1ULL << 9)

/* The VMClock structure, 112 bytes. Periods are in 2^-(64 + counter_period_shift) s per tick. */
struct vmclock_page {
	__le32 magic;				/* VMCLOCK_PAGE_MAGIC */
	__le32 size;				/* of the region that holds this structure */
	__le16 version;				/* VMCLOCK_PAGE_VERSION */
	__u8 counter_id;			/* VMCLOCK_ID_* */
	__u8 time_type;				/* VMCLOCK_TYPE_* */
	__le32 seq_count;			/* odd during an update; guards the rest */
	__le64 disruption_marker;		/* changes when the counter may be disrupted */
	__le64 flags;				/* VMCLOCK_*_VALID and the like */
	__u8 pad[2];
	__u8 clock_status;			/* VMCLOCK_CLOCK_* */
	__u8 leap_second_smearing_hint;
	__le16 tai_offset_sec;			/* between UTC and TAI, with either sign */
	__u8 leap_indicator;			/* VMCLOCK_LEAP_IND_* */
	__u8 counter_period_shift;
	__le64 counter_value;			/* counter at the reference time */
	__le64 counter_period_frac_sec;
	__le64 counter_period_esterror_rate_frac_sec;	/* estimated error */
	__le64 counter_period_maxerror_rate_frac_sec;
	__le64 time_sec;			/* the reference time */
	__le64 time_frac_sec;			/* in 2^-64 s */
	__le64 time_esterror_nanosec;		/* estimated error */
	__le64 time_maxerror_nanosec;
	/* Changes when the machine is cloned or restored; only with VMCLOCK_VM_GEN_PRESENT. */
	__le64 vm_generation_counter;
};

#endif /* CLOCKBOUND_VMCLOCK_ABI_H */
