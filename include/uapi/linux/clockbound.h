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
#define CLOCKBOUND_PGOFF_REGISTERED	2	/* the registered VMClock page, or zeros */

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
/* In a reading: realtime is valid, because it was asked for. */
#define CLOCKBOUND_MODEL_REALTIME	(1 << 2)
/*
 * There is a bound, but it is no function of the counter, because the system clock
 * runs on something else (kvm-clock, HPET): a reader must use CLOCKBOUND_NOW.
 */
#define CLOCKBOUND_MODEL_IOCTL		(1 << 3)
/*
 * In a model: the lines run through a leap second, see @leap; a reader must apply
 * it. In a reading: the interval contains a leap second, see leap_earliest.
 */
#define CLOCKBOUND_MODEL_LEAP		(1 << 4)
/*
 * A reader must compare registered_marker and registered_generation with the page at
 * CLOCKBOUND_PGOFF_REGISTERED, too, or use CLOCKBOUND_NOW.
 */
#define CLOCKBOUND_MODEL_REGISTERED	(1 << 5)

/**
 * struct clockbound_model - all that a reading needs
 * @seq: sequence count, odd while the kernel writes; guards all that follows
 * @reserved1: zero
 * @leap: 1 if a leap second is inserted at the end of the day before @leap_day,
 *	-1 if one is left out there; 0 if none is known to come
 * @leap_day: days since 1970; the lines count on as if there were no leap second.
 *	Without @leap, the lines are past any leap second before that day
 * @status: enum clockbound_status
 * @counter_shift: binary exponent of the rates, 0 to 31
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
 * @registered_marker: the registered page's marker that this model was made under
 * @registered_generation: what that page had in place of its generation counter
 * @straight_ticks: for counters less than this many ticks after c0 the two lines and @head
 *	say all: @counter_shift is 0, @status holds, and no flag is set but
 *	CLOCKBOUND_MODEL_VMCLOCK and CLOCKBOUND_MODEL_TAI. 0 if that is not so
 * @head: from @status to @tai_offset in one word
 *
 * Two cache lines, neighbours, that a reading needs whole. A model whose status is
 * neither SYNCHRONIZED nor FREE_RUNNING has no lines. @head is laid out as in struct
 * clockbound_reading, where a 0 is in the place of @counter_shift:
 *
 *	bytes   0        1               2  3    4 .. 7
 *	model   status   counter_shift   flags   tai_offset
 *	reading status   reserved0       flags   tai_offset
 */
struct clockbound_model {
	__u32 seq;
	__u8 reserved1;
	__s8 leap;
	__u16 leap_day;

	/* C99 and C++ know structures without a name only as an extension. */
	__extension__ union {
		__extension__ struct {
			__u8 status;
			__u8 counter_shift;
			__u16 flags;
			__s32 tai_offset;
		};
		__u64 head;
	};

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
	__u64 registered_marker;
	__u64 registered_generation;
	__u64 straight_ticks;
};

/**
 * struct clockbound_realtime - what CLOCK_REALTIME reads
 * @seq: sequence count, odd while the kernel writes; guards all that follows
 * @valid: 1 if the system clock runs on the counter; 0: ask the kernel
 * @counter_shift: binary exponent of @rate
 * @reserved0: zero
 * @counter_value: the counter value at which the line starts
 * @time: CLOCK_REALTIME then, ns since 1970, rounded down; @frac comes on top
 * @frac: fraction of @time, in 2^-64 ns
 * @rate: slope, in 2^(counter_shift - 64) ns per tick
 * @reserved1: zero
 *
 * A cache line of its own, with a sequence count of its own: the clock's rate changes
 * with nearly every tick while it is disciplined, the model does not. For both, read this
 * one's count, take a reading, and read the count again. The vDSO shows a step a moment
 * before this line does.
 */
struct clockbound_realtime {
	__u32 seq;
	__u8 valid;
	__u8 counter_shift;
	__u16 reserved0;
	__u64 counter_value;
	__s64 time;
	__u64 frac;
	__u64 rate;
	__u64 reserved1[3];
};

#define CLOCKBOUND_PAGE_MAGIC		0x444E4243	/* "CBND" in memory */
#define CLOCKBOUND_PAGE_VERSION		1

/* clockbound_page.features and clockbound_info.features */

/* There is a VMClock page to map. */
#define CLOCKBOUND_FEATURE_VMCLOCK	(1 << 0)
/* The page at CLOCKBOUND_PGOFF_REGISTERED can be mapped. */
#define CLOCKBOUND_FEATURE_REGISTERED	(1 << 1)
/*
 * RDTSCP is the cheaper way to read the counter behind all that comes before it. Without,
 * it is LFENCE and RDTSC.
 */
#define CLOCKBOUND_FEATURE_RDTSCP	(1 << 2)

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
 * @realtime: what CLOCK_REALTIME reads, for those who want to know its error
 * @publications: models published since the module was loaded
 * @disruptions: changes of the disruption marker seen since then
 *
 * Everything before @model is constant while the page is mapped. @publications and
 * @disruptions are for people and monitoring.
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
	struct clockbound_realtime realtime;
	__u64 publications;
	__u64 disruptions;
};

/**
 * struct clockbound_reading - an interval that contains the true time
 * @size: in: sizeof(struct clockbound_reading)
 * @request: in: zero or CLOCKBOUND_NOW_REALTIME with CLOCKBOUND_NOW, CLOCKBOUND_AT_*
 *	with CLOCKBOUND_AT
 * @earliest: the true time is not before this, ns since 1970, UTC
 * @latest: the true time is not after this, ns since 1970, UTC
 * @counter_value: the counter value that the interval belongs to, 0 with
 *	CLOCKBOUND_MODEL_IOCTL: then it belongs to the moment of the call. With
 *	CLOCKBOUND_AT also in: the moment that is asked for
 * @disruption_marker: marker that the model was made under, 0 if there is none.
 *	With CLOCKBOUND_AT also in: the marker of a reading taken before that moment
 * @status: enum clockbound_status
 * @flags: CLOCKBOUND_MODEL_*: which of the rest is valid; 0 without a bound
 * @reserved0: zero
 * @tai_offset: TAI - UTC, s
 * @head: from @status to @tai_offset in one word
 * @realtime: with CLOCKBOUND_MODEL_REALTIME, CLOCK_REALTIME at the same counter
 *	value, rounded down, ns; its error is between @realtime - @latest and
 *	@realtime + 1 - @earliest. Not valid without
 * @leap_earliest: with CLOCKBOUND_MODEL_LEAP, @earliest counted on as if there were
 *	no leap second; not valid without
 * @leap_latest: the same of @latest
 * @max_width: in, of the ioctls: ERANGE if @latest - @earliest is greater, ns; 0 for
 *	any width. The reading is there all the same
 *
 * @earliest <= @latest always. Where @status is UNKNOWN or DISRUPTED they are
 * CLOCKBOUND_TIME_MIN and CLOCKBOUND_TIME_MAX.
 *
 * As CLOCK_REALTIME counts UTC, an inserted leap second repeats the one before it,
 * and one that is left out is jumped over. While an interval contains such a
 * moment, @earliest and @latest contain UTC before and after it, so they are more
 * than 1 s apart. TAI goes on: it is in the interval from @leap_earliest to
 * @leap_latest then and from @earliest to @latest otherwise, plus @tai_offset.
 */
struct clockbound_reading {
	__u32 size;
	__u32 request;
	__s64 earliest;
	__s64 latest;
	__u64 counter_value;
	__u64 disruption_marker;

	__extension__ union {
		__extension__ struct {
			__u8 status;
			__u8 reserved0;
			__u16 flags;
			__s32 tai_offset;
		};
		__u64 head;
	};

	__s64 realtime;
	__s64 leap_earliest;
	__s64 leap_latest;
	__u64 max_width;
};

/* clockbound_reading.request with CLOCKBOUND_NOW: realtime is wanted, too */
#define CLOCKBOUND_NOW_REALTIME		1

/* clockbound_reading.request with CLOCKBOUND_AT: what counter_value is */
#define CLOCKBOUND_AT_COUNTER		0	/* a value of the counter */
#define CLOCKBOUND_AT_MONOTONIC_RAW	1	/* a time of CLOCK_MONOTONIC_RAW, ns */

/* clockbound_wait.flags */
#define CLOCKBOUND_WAIT_TAI		(1 << 0)	/* until is TAI, not UTC */
#define CLOCKBOUND_WAIT_TIMEOUT		(1 << 1)	/* timeout is valid: from now */
#define CLOCKBOUND_WAIT_DEADLINE	(1 << 2)	/* timeout is valid: CLOCK_MONOTONIC */

/**
 * struct clockbound_wait - what to wait for
 * @size: in: sizeof(struct clockbound_wait)
 * @flags: in: CLOCKBOUND_WAIT_*; of TIMEOUT and DEADLINE at most one
 * @until: in: CLOCKBOUND_WAIT returns when the true time is certainly after this,
 *	ns since 1970; zero with CLOCKBOUND_WAIT_SYNC
 * @timeout: in: how long, or up to which time of CLOCK_MONOTONIC, ns; zero without
 *	a flag: for as long as it takes
 * @max_width: in: ns, 0 for any width. CLOCKBOUND_WAIT gives ERANGE as soon as the
 *	interval is wider; CLOCKBOUND_WAIT_SYNC waits until it is not
 *
 * CLOCKBOUND_WAIT is the commit wait: it returns as soon as earliest > @until. While
 * no bound is known it goes on waiting. CLOCKBOUND_WAIT_SYNC returns as soon as the
 * status is SYNCHRONIZED or FREE_RUNNING and the interval is narrow enough.
 *
 * A signal ends the wait with EINTR, or restarts it if its handler says so
 * (SA_RESTART). A TIMEOUT has then become the DEADLINE at which it ends, so the wait
 * ends when the first call would have, whoever calls again.
 */
struct clockbound_wait {
	__u32 size;
	__u32 flags;
	__s64 until;
	__s64 timeout;
	__u64 max_width;
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
 * disruption_marker is 0. Once the module knows of a disruption, what was reported
 * before it is void all the same.
 */
#define CLOCKBOUND_REPORT_NO_DISRUPTION	(1 << 0)
/* The last second of this UTC day will be left out. */
#define CLOCKBOUND_REPORT_LEAP_DELETE	(1 << 1)
/* A second will be inserted at the end of this UTC day. */
#define CLOCKBOUND_REPORT_LEAP_INSERT	(1 << 2)

#define CLOCKBOUND_REPORT_FRESH_NS	5000000000LL

/* A maximum drift must be less than this. */
#define CLOCKBOUND_DRIFT_LIMIT_PPB	1000000000
/* A frequency must be less than this, in either direction: 10 %. */
#define CLOCKBOUND_FREQUENCY_LIMIT_PPT	100000000000LL
/* A bound must be less than this: 36 years. */
#define CLOCKBOUND_BOUND_LIMIT_NS	(1LL << 60)

/**
 * struct clockbound_report - what the true time is, by CLOCK_MONOTONIC_RAW
 * @size: in: sizeof(struct clockbound_report)
 * @flags: in: CLOCKBOUND_REPORT_*; at most one of the two that announce a leap second
 * @as_of: in: CLOCK_MONOTONIC_RAW at some moment, ns
 * @void_after: in: when the report stops to say anything, CLOCK_MONOTONIC_RAW, ns
 * @time: in: the best estimate of the true time at @as_of, ns since 1970, UTC
 * @bound: in: the true time was at most this far from @time, ns
 * @frequency: in: how much faster than CLOCK_MONOTONIC_RAW the true time advances, by
 *	the best estimate; parts per trillion (10^-12)
 * @measured: in: the source's last measurement was certainly not made before this,
 *	CLOCK_MONOTONIC_RAW, ns; at most @as_of
 * @max_drift: in: how wrong @frequency can be, ppb
 * @status: in: what the reporter's source says: UNKNOWN, SYNCHRONIZED or
 *	FREE_RUNNING
 * @disruption_marker: in: the VMClock's marker, taken before that measurement was
 *	made; 0 if there is no VMClock
 *
 * From @as_of on, with e = CLOCK_MONOTONIC_RAW - @as_of, the true time is within
 * @bound + e * @max_drift of @time + e * (1 + @frequency). Nothing of that depends on
 * CLOCK_REALTIME: it may be set and slewed, the report stays true. The newest report
 * takes the place of the one before.
 *
 * A report with the status UNKNOWN bounds nothing: it takes the earlier one
 * back. One with FREE_RUNNING leaves the last SYNCHRONIZED one in force; of its
 * own, only @status and @disruption_marker are used. A report is void, too, when
 * the clocksource changes, after a suspend and after a disruption. When CLOCK_REALTIME
 * is set it stays in force, but the reporter's source may be deceived by that: then
 * only what was measured afterwards is accepted. A SYNCHRONIZED report counts as
 * FREE_RUNNING when it is more than CLOCKBOUND_REPORT_FRESH_NS old.
 */
struct clockbound_report {
	__u32 size;
	__u32 flags;
	__u64 as_of;
	__u64 void_after;
	__s64 time;
	__u64 bound;
	__s64 frequency;
	__u64 measured;
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

/**
 * struct clockbound_register - VMClock memory of user space's own
 * @size: in: sizeof(struct clockbound_register)
 * @flags: in: zero
 * @fd: in: a memfd (or another file of tmpfs) whose first page holds a VMClock
 *	structure
 * @reserved: in: zero
 *
 * From then on the page is a source of time, like a hypervisor's VMClock page, and
 * its marker is checked by every reader. It must be updated as the VMClock
 * specification says: under its sequence count, with a new marker when the counter
 * was disturbed. After a disruption that another source has told of, what it says
 * counts again when its marker has changed, too. After a suspend, or with another
 * clocksource, it counts again when it has been updated with a counter value from after
 * that.
 *
 * The file that registers it owns it: it is gone with CLOCKBOUND_UNREGISTER or when
 * that file is closed, and when the page is no more the memfd's (truncated, hole).
 */
struct clockbound_register {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u32 reserved;
};

/**
 * struct clockbound_unregister - take the registered memory back
 * @size: in: sizeof(struct clockbound_unregister)
 * @flags: in: zero
 */
struct clockbound_unregister {
	__u32 size;
	__u32 flags;
};

/* clockbound_event.changes */
#define CLOCKBOUND_EVENT_STATUS		(1 << 0)	/* the status is another one */
#define CLOCKBOUND_EVENT_DISRUPTION	(1 << 1)	/* the counter was disturbed */
#define CLOCKBOUND_EVENT_GENERATION	(1 << 2)	/* the machine was cloned or restored */
/* CLOCK_REALTIME was set, or runs on another clocksource, or on after a suspend or a pause */
#define CLOCKBOUND_EVENT_STEP		(1 << 3)
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
 *  EINVAL: size is smaller than the first version of the structure, or there is an
 *          unknown flag, or something else than zero in what must be zero
 *  E2BIG:  size is larger than a page, or larger than the kernel's structure
 *          with something else than zero in the rest
 *
 * Errors of NOW and AT:
 *  ERANGE: the interval is wider than max_width
 *
 * Errors of AT:
 *  EINVAL: an unknown request; a moment in the future
 *  ESTALE: disruption_marker is not the current one, or the moment is from before
 *          the last disruption, suspend or change of the clocksource: no interval can
 *          be had for it any more
 *  ENODATA: the moment is from before what the module still knows: the last
 *          second at least, or since CLOCK_MONOTONIC_RAW has gone on evenly
 *  EOPNOTSUPP: the system clock does not run on the counter
 *
 * Errors of WAIT and WAIT_SYNC:
 *  EINVAL: TIMEOUT and DEADLINE together; timeout negative, or not zero without
 *          either
 *  ETIMEDOUT: the timeout has passed
 *  EINTR:  a signal came
 *  and of WAIT alone:
 *  ECANCELED: the counter was disturbed; the status is DISRUPTED or has been since
 *          the call
 *  ERANGE: the interval is wider than max_width; so it is while no bound is known
 *  ENODATA: until is TAI, and nobody says how far that is from UTC
 *
 * Errors of REPORT, DISRUPT, REGISTER and UNREGISTER:
 *  EPERM:  the caller lacks CAP_SYS_TIME
 *
 * Errors of REPORT:
 *  EINVAL: an unknown status; max_drift, bound or frequency not below its limit; as_of
 *          in the future; void_after before as_of; measured after it
 *  ESTALE: disruption_marker is not the VMClock's current one, or measured is from
 *          before the clock was set or the counter disturbed: make another
 *          measurement. Or as_of is from before the clocksource changed or the machine
 *          slept
 *  EAGAIN: time is so close to a leap second that nobody can tell whether it counts as
 *          before or after it; what was reported before stays in force
 *
 * Errors of DISRUPT:
 *  EINVAL: an unknown action
 *
 * Errors of REGISTER and UNREGISTER:
 *  EBADF:  fd is not open for reading
 *  EINVAL: fd is no file of tmpfs, or holds less than a VMClock structure
 *  EBUSY:  there is a registered page already
 *  ENOMEM: no memory
 *  ENOENT: UNREGISTER: this file has registered nothing
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
#define CLOCKBOUND_READING_SIZE_VER0	80
#define CLOCKBOUND_INFO_SIZE_VER0	32
#define CLOCKBOUND_REPORT_SIZE_VER0	72
#define CLOCKBOUND_DISRUPT_SIZE_VER0	8
#define CLOCKBOUND_WAIT_SIZE_VER0	32
#define CLOCKBOUND_REGISTER_SIZE_VER0	16
#define CLOCKBOUND_UNREGISTER_SIZE_VER0	8

#define CLOCKBOUND_IOC_MAGIC	0xC9

#define CLOCKBOUND_INFO		_IOWR(CLOCKBOUND_IOC_MAGIC, 0x00, struct clockbound_info)
#define CLOCKBOUND_NOW		_IOWR(CLOCKBOUND_IOC_MAGIC, 0x01, struct clockbound_reading)
#define CLOCKBOUND_REPORT	_IOW(CLOCKBOUND_IOC_MAGIC, 0x02, struct clockbound_report)
#define CLOCKBOUND_DISRUPT	_IOW(CLOCKBOUND_IOC_MAGIC, 0x03, struct clockbound_disrupt)
#define CLOCKBOUND_AT		_IOWR(CLOCKBOUND_IOC_MAGIC, 0x04, struct clockbound_reading)
#define CLOCKBOUND_WAIT		_IOWR(CLOCKBOUND_IOC_MAGIC, 0x05, struct clockbound_wait)
#define CLOCKBOUND_WAIT_SYNC	_IOWR(CLOCKBOUND_IOC_MAGIC, 0x06, struct clockbound_wait)
#define CLOCKBOUND_REGISTER	_IOW(CLOCKBOUND_IOC_MAGIC, 0x07, struct clockbound_register)
#define CLOCKBOUND_UNREGISTER	_IOW(CLOCKBOUND_IOC_MAGIC, 0x08, struct clockbound_unregister)

#endif /* _UAPI_LINUX_CLOCKBOUND_H */
