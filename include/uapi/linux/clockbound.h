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
 * A reader must compare disruption_marker and vm_generation with the VMClock
 * page's after it has read the counter; if it has no mapping of that page, it
 * must use CLOCKBOUND_NOW.
 */
#define CLOCKBOUND_MODEL_VMCLOCK	(1 << 0)
/* tai_offset is valid. */
#define CLOCKBOUND_MODEL_TAI		(1 << 1)
/* realtime is valid. */
#define CLOCKBOUND_MODEL_REALTIME	(1 << 2)
/*
 * There is a bound, but it is no function of the counter, because the system clock
 * runs on something else (kvm-clock, HPET): a reader must use CLOCKBOUND_NOW.
 */
#define CLOCKBOUND_MODEL_IOCTL		(1 << 3)

/**
 * struct clockbound_model - all that a reading needs
 * @seq: sequence count, odd while the kernel writes; guards all that follows
 * @counter_shift: binary exponent of the rates, 0 to 31
 * @reserved0: zero
 * @status: enum clockbound_status
 * @reserved1: zero
 * @flags: CLOCKBOUND_MODEL_*
 * @tai_offset: TAI - UTC, s
 * @counter_value: c0, the counter value at which the lines start
 * @earliest: the lower line at c0, ns, rounded down; @earliest_frac comes on top
 * @latest: the upper line at c0 plus 1 ns minus 2^-64 ns, rounded down, so that
 *	rounding down gives the upper line rounded up; @latest_frac comes on top
 * @earliest_rate: slope of the lower line, in 2^(counter_shift - 64) ns per tick
 * @latest_rate: slope of the upper line, in the same unit
 * @valid_ticks: the lines hold for counters less than this many ticks away from
 *	c0; 0 in a model without lines
 * @disruption_marker: the VMClock's marker that this model was made under
 * @vm_generation: what the VMClock page had in place of its generation counter,
 *	whether the hypervisor says that there is one or not
 * @earliest_frac: fraction of @earliest, in 2^-64 ns
 * @latest_frac: fraction of @latest, in 2^-64 ns
 * @synchronized_ticks: this many ticks after c0, SYNCHRONIZED becomes
 *	FREE_RUNNING
 * @realtime: CLOCK_REALTIME at c0, ns, rounded down; @realtime_frac comes on top
 * @realtime_frac: fraction of @realtime, in 2^-64 ns
 * @realtime_rate: slope of CLOCK_REALTIME, in the unit of the other rates
 *
 * Two cache lines, neighbours, that a reading needs whole. A model whose status is
 * neither SYNCHRONIZED nor FREE_RUNNING has no lines. @status to @tai_offset are
 * laid out as in struct clockbound_reading.
 */
struct clockbound_model {
	__u32 seq;
	__u8 counter_shift;
	__u8 reserved0[3];
	__u8 status;
	__u8 reserved1;
	__u16 flags;
	__s32 tai_offset;
	__u64 counter_value;
	__s64 earliest;
	__s64 latest;
	__u64 earliest_rate;
	__u64 latest_rate;
	__u64 valid_ticks;

	__u64 disruption_marker;
	__u64 vm_generation;
	__u64 earliest_frac;
	__u64 latest_frac;
	__u64 synchronized_ticks;
	__s64 realtime;
	__u64 realtime_frac;
	__u64 realtime_rate;
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
 * @counter_value: the counter value that the interval belongs to, 0 with
 *	CLOCKBOUND_MODEL_IOCTL: then it belongs to @realtime
 * @disruption_marker: marker that the model was made under, 0 if there is none
 * @status: enum clockbound_status
 * @flags: CLOCKBOUND_MODEL_*: which of the rest is valid; 0 without a bound
 * @reserved0: zero
 * @tai_offset: TAI - UTC, s
 * @realtime: CLOCK_REALTIME at the same counter value, rounded down, ns; its
 *	error is between @realtime - @latest and @realtime + 1 - @earliest
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
	__s64 realtime;
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

/* clockbound_report.flags */

/*
 * The reporter does not look at disruptions (--disable-clock-disruption-support):
 * disruption_marker is 0 and nothing that the VMClock says voids the report.
 */
#define CLOCKBOUND_REPORT_NO_DISRUPTION	(1 << 0)

#define CLOCKBOUND_REPORT_FRESH_NS	5000000000LL

/* A maximum drift must be less than this. */
#define CLOCKBOUND_DRIFT_LIMIT_PPB	1000000000
/* A bound must be less than this: 36 years. */
#define CLOCKBOUND_BOUND_LIMIT_NS	(1LL << 60)

/**
 * struct clockbound_report - how wrong CLOCK_REALTIME may be
 * @size: in: sizeof(struct clockbound_report)
 * @flags: in: CLOCKBOUND_REPORT_*
 * @as_of: in: when @bound was true, CLOCK_MONOTONIC_RAW, ns; taken before the
 *	measurement was asked for
 * @void_after: in: when the report stops to say anything, CLOCK_MONOTONIC_RAW, ns
 * @bound: in: CLOCK_REALTIME was at most this far from the true time, ns
 * @max_drift: in: and drifts from it at most this fast, ppb
 * @status: in: what the reporter's source says: UNKNOWN, SYNCHRONIZED or
 *	FREE_RUNNING
 * @disruption_marker: in: the VMClock's marker, taken before the measurement
 *	behind @bound was made; 0 if there is no VMClock
 *
 * A report with the status UNKNOWN bounds nothing: it takes the earlier ones
 * back. One with FREE_RUNNING leaves the last SYNCHRONIZED one in force; of its
 * own, only @status and @disruption_marker are used. A report is void, too, when
 * CLOCK_REALTIME is set, when the clocksource changes, after a suspend and after a
 * disruption. A SYNCHRONIZED report counts as FREE_RUNNING when it is more than
 * CLOCKBOUND_REPORT_FRESH_NS old.
 */
struct clockbound_report {
	__u32 size;
	__u32 flags;
	__u64 as_of;
	__u64 void_after;
	__u64 bound;
	__u32 max_drift;
	__u32 status;
	__u64 disruption_marker;
};

/* clockbound_disrupt.action */
#define CLOCKBOUND_DISRUPT_RELEASE	0
#define CLOCKBOUND_DISRUPT_FORCE	1

/**
 * struct clockbound_disrupt - disrupt by hand, for tests
 * @size: in: sizeof(struct clockbound_disrupt)
 * @action: in: CLOCKBOUND_DISRUPT_FORCE: from now on no reading is trusted, as
 *	if the counter were being disturbed; CLOCKBOUND_DISRUPT_RELEASE: that is
 *	over, and what was reported before it is void
 */
struct clockbound_disrupt {
	__u32 size;
	__u32 action;
};

/* clockbound_event.changes */
#define CLOCKBOUND_EVENT_STATUS		(1 << 0)	/* the status is another one */
#define CLOCKBOUND_EVENT_DISRUPTION	(1 << 1)	/* the counter was disturbed */
#define CLOCKBOUND_EVENT_GENERATION	(1 << 2)	/* the machine was cloned or restored */
#define CLOCKBOUND_EVENT_STEP		(1 << 3)	/* CLOCK_REALTIME was set */
#define CLOCKBOUND_EVENT_VIOLATION	(1 << 4)	/* two claims contradict each other */
#define CLOCKBOUND_EVENT_LOST		(1 << 5)	/* events before this one were lost */

/**
 * struct clockbound_event - what read() on the device returns
 * @sequence: number of the event since the module was loaded, from 1 on
 * @counter_value: the counter when it was noticed, ticks
 * @disruption_marker: the VMClock's marker after it, 0 if there is none
 * @vm_generation: the VMClock's generation counter after it, 0 if there is none
 * @changes: CLOCKBOUND_EVENT_*; one event may tell of several
 * @status: enum clockbound_status after it
 * @reserved: zero
 *
 * Each open file sees the events from its open() on. While there is one to be
 * read, poll() gives POLLIN | POLLPRI. read() gives as many whole events as fit:
 * EINVAL if not even one does, EAGAIN if there is none and the file is
 * non-blocking. A reader that falls behind by more than CLOCKBOUND_EVENTS_KEPT
 * loses the oldest.
 */
struct clockbound_event {
	__u64 sequence;
	__u64 counter_value;
	__u64 disruption_marker;
	__u64 vm_generation;
	__u32 changes;
	__u32 status;
	__u64 reserved;
};

#define CLOCKBOUND_EVENTS_KEPT	64

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
 * Errors of REPORT and DISRUPT besides:
 *  EPERM:  the caller lacks CAP_SYS_TIME
 *  EINVAL: an unknown flag, status or action; max_drift or bound not below its
 *          limit; as_of in the future; void_after before as_of
 *  ESTALE: disruption_marker is not the VMClock's current one, or as_of is from
 *          before the clock was set or the counter disturbed: make another
 *          measurement
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
#define CLOCKBOUND_REPORT_SIZE_VER0	48
#define CLOCKBOUND_DISRUPT_SIZE_VER0	8

#define CLOCKBOUND_IOC_MAGIC	0xC9

#define CLOCKBOUND_INFO		_IOWR(CLOCKBOUND_IOC_MAGIC, 0x00, struct clockbound_info)
#define CLOCKBOUND_NOW		_IOWR(CLOCKBOUND_IOC_MAGIC, 0x01, struct clockbound_reading)
#define CLOCKBOUND_REPORT	_IOW(CLOCKBOUND_IOC_MAGIC, 0x02, struct clockbound_report)
#define CLOCKBOUND_DISRUPT	_IOW(CLOCKBOUND_IOC_MAGIC, 0x03, struct clockbound_disrupt)

#endif /* _UAPI_LINUX_CLOCKBOUND_H */
