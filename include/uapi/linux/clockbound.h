/* SPDX-License-Identifier: ((GPL-2.0-only WITH Linux-syscall-note) OR MIT) */
/*
 * clockbound: intervals that contain the true time.
 *
 * A clock that says "it is 12:00:00" does not say how wrong it may be. A lease,
 * a commit wait or an external ordering of transactions needs exactly that: an
 * interval [earliest, latest] that contains the true time, and the certainty
 * that the interval is not one from before the machine was migrated, restored
 * or otherwise disturbed.
 *
 * /dev/clockbound gives such intervals in two ways:
 *
 *  - without a system call, from the clock page (mmap at CLOCKBOUND_PGOFF_CLOCK)
 *    together with the hypervisor's VMClock page (mmap at
 *    CLOCKBOUND_PGOFF_VMCLOCK) if the model names it. <clockbound/eval.h> has
 *    the arithmetic and libclockbound the whole reader;
 *  - with the ioctl CLOCKBOUND_NOW, which works everywhere.
 *
 * The clock page holds a model: a counter value and two lines over the counter,
 * one that is never above the true time and one that is never below it. The
 * page is read-only for everybody, for good.
 *
 * Times are nanoseconds since 1970-01-01 00:00:00 UTC as CLOCK_REALTIME counts
 * them (86400 s a day). TAI is that plus tai_offset seconds.
 *
 * Rules of this ABI: fields are never moved and never get another meaning. New
 * fields come at the end, behind a feature flag (page) or a larger size
 * (ioctls). What is reserved is zero when the kernel writes it and must be zero
 * when user space does.
 */
#ifndef _UAPI_LINUX_CLOCKBOUND_H
#define _UAPI_LINUX_CLOCKBOUND_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define CLOCKBOUND_DEVICE_PATH	"/dev/clockbound"

/* The offsets for mmap, in pages; a mapping is one page, PROT_READ. */
#define CLOCKBOUND_PGOFF_CLOCK		0	/* struct clockbound_page */
#define CLOCKBOUND_PGOFF_VMCLOCK	1	/* the hypervisor's VMClock page */

/**
 * enum clockbound_status - how far an interval can be trusted
 * @CLOCKBOUND_STATUS_UNKNOWN: no bound is known; the interval is the widest
 *	there is
 * @CLOCKBOUND_STATUS_SYNCHRONIZED: the interval holds and the clock behind it
 *	is being corrected
 * @CLOCKBOUND_STATUS_FREE_RUNNING: the interval holds, nobody corrects the
 *	clock, the interval widens
 * @CLOCKBOUND_STATUS_DISRUPTED: the counter was disturbed and no source has
 *	vouched for it since; the interval is the widest there is
 *
 * The numbers are those of ClockBound.
 */
enum clockbound_status {
	CLOCKBOUND_STATUS_UNKNOWN = 0,
	CLOCKBOUND_STATUS_SYNCHRONIZED = 1,
	CLOCKBOUND_STATUS_FREE_RUNNING = 2,
	CLOCKBOUND_STATUS_DISRUPTED = 3,
};

/* Which counter the model is a function of; VMClock's numbers. */
#define CLOCKBOUND_COUNTER_ARM_VCNT	0
#define CLOCKBOUND_COUNTER_X86_TSC	1
#define CLOCKBOUND_COUNTER_NONE		0xff

/* The interval of a reading that has no bound. */
#define CLOCKBOUND_TIME_MIN	(-0x7fffffffffffffffLL - 1)
#define CLOCKBOUND_TIME_MAX	0x7fffffffffffffffLL

/* clockbound_model.flags and clockbound_reading.flags */

/*
 * A reader must compare disruption_marker, or vm_generation, with the VMClock
 * page's after it has read the counter; if it has no mapping of that page, it
 * must use CLOCKBOUND_NOW.
 */
#define CLOCKBOUND_MODEL_MARKER		(1 << 0)
#define CLOCKBOUND_MODEL_GENERATION	(1 << 1)
/* tai_offset is valid. */
#define CLOCKBOUND_MODEL_TAI		(1 << 2)

/**
 * struct clockbound_model - all that a reading needs
 * @seq: sequence count, odd while the kernel writes; guards all that follows
 * @status: enum clockbound_status
 * @counter_shift: binary exponent of the rates, 0 to 31
 * @flags: CLOCKBOUND_MODEL_*
 * @counter_value: c0, the counter value at which the lines start
 * @earliest: the lower line at c0, ns, rounded down
 * @latest: the upper line at c0, ns, rounded down; @latest_frac comes on top
 * @earliest_rate: slope of the lower line, in 2^(counter_shift - 64) ns per tick
 * @latest_rate: slope of the upper line, in the same unit; not less than
 *	@earliest_rate
 * @valid_ticks: the lines hold for counters less than this many ticks away from
 *	c0; 0 in a model without lines
 * @disruption_marker: the VMClock's marker that this model was made under
 * @earliest_frac: fraction of @earliest, in 2^-64 ns
 * @latest_frac: fraction of @latest, in 2^-64 ns
 * @vm_generation: the VMClock's generation counter that this model was made
 *	under
 * @tai_offset: TAI - UTC, s
 * @reserved: zero
 *
 * The first 64 bytes are one cache line and the second 64 are its neighbour. A
 * model whose status is neither SYNCHRONIZED nor FREE_RUNNING has no lines.
 */
struct clockbound_model {
	__u32 seq;
	__u8 status;
	__u8 counter_shift;
	__u16 flags;
	__u64 counter_value;
	__s64 earliest;
	__s64 latest;
	__u64 earliest_rate;
	__u64 latest_rate;
	__u64 valid_ticks;
	__u64 disruption_marker;

	__u64 earliest_frac;
	__u64 latest_frac;
	__u64 vm_generation;
	__s32 tai_offset;
	__u32 reserved[9];
};

#define CLOCKBOUND_PAGE_MAGIC		0x444E4243	/* "CBND" in memory */
#define CLOCKBOUND_PAGE_VERSION		1

/* clockbound_page.features and clockbound_info.features */

/* There is a VMClock page to map. */
#define CLOCKBOUND_FEATURE_VMCLOCK	(1 << 0)

/**
 * struct clockbound_page - the clock page
 * @magic: CLOCKBOUND_PAGE_MAGIC
 * @version: CLOCKBOUND_PAGE_VERSION; another one means another layout
 * @counter_id: CLOCKBOUND_COUNTER_*
 * @reserved0: zero
 * @size: bytes of this structure that the kernel fills
 * @reserved1: zero
 * @features: CLOCKBOUND_FEATURE_*
 * @reserved2: zero
 * @model: what a reading needs
 * @publications: models published since the module was loaded
 * @disruptions: changes of the disruption marker seen since then
 *
 * Everything before @model is constant while the page is mapped. What comes
 * after it is for people and monitoring.
 */
struct clockbound_page {
	__u32 magic;
	__u16 version;
	__u8 counter_id;
	__u8 reserved0;
	__u32 size;
	__u32 reserved1;
	__u64 features;
	__u64 reserved2[13];
	struct clockbound_model model;
	__u64 publications;
	__u64 disruptions;
};

/**
 * struct clockbound_reading - an interval that contains the true time
 * @size: in: sizeof(struct clockbound_reading)
 * @request: in: zero
 * @earliest: the true time is not before this, ns since 1970, UTC
 * @latest: the true time is not after this, ns since 1970, UTC
 * @counter_value: the counter value that the interval belongs to
 * @disruption_marker: marker that the model was made under, 0 if there is none
 * @status: enum clockbound_status
 * @flags: CLOCKBOUND_MODEL_TAI if @tai_offset is valid; the other bits are 0
 * @reserved0: zero
 * @tai_offset: TAI - UTC, s
 * @reserved1: zero
 *
 * @earliest <= @latest always. Where @status is UNKNOWN or DISRUPTED they are
 * CLOCKBOUND_TIME_MIN and CLOCKBOUND_TIME_MAX.
 */
struct clockbound_reading {
	__u32 size;
	__u32 request;
	__s64 earliest;
	__s64 latest;
	__u64 counter_value;
	__u64 disruption_marker;
	__u8 status;
	__u8 reserved0;
	__u16 flags;
	__s32 tai_offset;
	__u64 reserved1;
};

/**
 * struct clockbound_info - what this module and this machine offer
 * @size: in: sizeof(struct clockbound_info)
 * @request: in: zero
 * @features: CLOCKBOUND_FEATURE_*
 * @page_version: CLOCKBOUND_PAGE_VERSION of the running module
 * @page_size: bytes of struct clockbound_page that it fills
 * @counter_id: CLOCKBOUND_COUNTER_*; NONE if user space cannot read the counter
 * @reserved: zero
 */
struct clockbound_info {
	__u32 size;
	__u32 request;
	__u64 features;
	__u32 page_version;
	__u32 page_size;
	__u8 counter_id;
	__u8 reserved[7];
};

/*
 * The ioctls. Each structure starts with its size, so that it can grow: a
 * kernel takes a larger structure than it knows if the rest is zero.
 *
 * Errors of all of them:
 *  ENOTTY: the command is not one of these
 *  EFAULT: the argument does not point to readable and writable memory
 *  EINVAL: size is smaller than the first version of the structure, or request
 *          is not zero
 *  E2BIG:  size is larger than a page, or larger than the kernel's structure
 *          with something else than zero in the rest
 *
 * A kernel that knows a shorter structure leaves the rest of it as it is: zero.
 *
 * Errors of mmap():
 *  EPERM:  PROT_WRITE or PROT_EXEC was asked for; a later mprotect() that asks
 *          for them gives EACCES
 *  EINVAL: the length is not one page, or the offset is none of
 *          CLOCKBOUND_PGOFF_*
 *  ENODEV: there is no VMClock page, or it shares its page with something else
 */

/* The first versions of the structures. */
#define CLOCKBOUND_READING_SIZE_VER0	56
#define CLOCKBOUND_INFO_SIZE_VER0	32

#define CLOCKBOUND_IOC_MAGIC	0xC9

#define CLOCKBOUND_INFO		_IOWR(CLOCKBOUND_IOC_MAGIC, 0x00, struct clockbound_info)
#define CLOCKBOUND_NOW		_IOWR(CLOCKBOUND_IOC_MAGIC, 0x01, struct clockbound_reading)

#endif /* _UAPI_LINUX_CLOCKBOUND_H */
