/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a VMClock page to a claim: pure functions, no kernel call, no
 * global. The page is input from another trust domain.
 */
#ifndef CB_VMCLOCK_H
#define CB_VMCLOCK_H

#include "../claim/claim.h"
#include "vmclock_abi.h"

/**
 * struct cb_sample - a consistent copy of a VMClock page, in host byte order
 * @seq_count: the even sequence count that it was read under
 * @size: as in struct vmclock_page, and so are all that follow
 * @version: see there
 * @counter_id: see there
 * @time_type: see there
 * @disruption_marker: see there
 * @flags: see there
 * @clock_status: see there
 * @leap_indicator: see there
 * @counter_period_shift: see there
 * @tai_offset_sec: see there
 * @counter_value: see there
 * @period: counter_period_frac_sec
 * @period_maxerror: counter_period_maxerror_rate_frac_sec
 * @time_sec: see there
 * @time_frac_sec: see there
 * @time_maxerror_nanosec: see there
 * @vm_generation: vm_generation_counter; means nothing without
 *	VMCLOCK_VM_GEN_PRESENT
 * @taken_at: the counter after the copy was made; for who made it to fill in
 */
struct cb_sample {
	__u32 seq_count;
	__u32 size;
	__u16 version;
	__u8 counter_id;
	__u8 time_type;
	__u64 disruption_marker;
	__u64 flags;
	__u8 clock_status;
	__u8 leap_indicator;
	__u8 counter_period_shift;
	__s16 tai_offset_sec;
	__u64 counter_value;
	__u64 period;
	__u64 period_maxerror;
	__u64 time_sec;
	__u64 time_frac_sec;
	__u64 time_maxerror_nanosec;
	__u64 vm_generation;
	__u64 taken_at;
};

/**
 * enum cb_verdict - what a VMClock page is good for
 * @CB_VERDICT_FULL: it bounds time
 * @CB_VERDICT_NO_DEVICE: there is no page
 * @CB_VERDICT_GONE: the page is not part of the file any more that was registered
 * @CB_VERDICT_BUSY: the sequence count stayed odd, or moved all the time
 * @CB_VERDICT_FOREIGN: not a VMClock page, or a version that nobody knows
 * @CB_VERDICT_NO_CLOCK: it has a disruption marker but no precision clock
 * @CB_VERDICT_OTHER_COUNTER: its time is a function of another counter than ours
 * @CB_VERDICT_UNTRUSTED: the hypervisor says that the parameters must not be used
 * @CB_VERDICT_TIME_TYPE: its time is neither UTC nor TAI: monotonic or smeared
 * @CB_VERDICT_NO_TAI_OFFSET: it is TAI and nobody says how far that is from UTC
 * @CB_VERDICT_NO_MAXERROR: the maximum error of the time or the period is missing
 * @CB_VERDICT_LEAP_SECOND: the reference time is in an inserted leap second: where
 *	exactly, UTC cannot say
 * @CB_VERDICT_RANGE: a value is so large, or a period so small, that it means
 *	nothing
 * @CB_VERDICT_STALE: it was in order before the machine slept, or before the clocksource
 *	was another one, and it has said nothing new since
 */
enum cb_verdict {
	CB_VERDICT_FULL,
	CB_VERDICT_NO_DEVICE,
	CB_VERDICT_GONE,
	CB_VERDICT_BUSY,
	CB_VERDICT_FOREIGN,
	CB_VERDICT_NO_CLOCK,
	CB_VERDICT_OTHER_COUNTER,
	CB_VERDICT_UNTRUSTED,
	CB_VERDICT_TIME_TYPE,
	CB_VERDICT_NO_TAI_OFFSET,
	CB_VERDICT_NO_MAXERROR,
	CB_VERDICT_LEAP_SECOND,
	CB_VERDICT_RANGE,
	CB_VERDICT_STALE,
	CB_VERDICTS
};

/* Whatever the page says, the worst interval that a claim starts with. */
#define CB_TIME_SEC_MAX		4611686018ULL	/* 2^62 ns, the year 2116 */
#define CB_MAXERROR_MAX		(1ULL << 60)	/* ns, 36 years */

bool cb_vmclock_foreign(const struct vmclock_page *page);
enum cb_verdict cb_vmclock_sample(const struct vmclock_page *page,
				  struct cb_sample *sample);
enum cb_verdict cb_vmclock_claim(const struct cb_sample *sample, __u8 native_counter,
				 struct cb_claim *claim);
const char *cb_verdict_text(enum cb_verdict verdict);

#endif /* CB_VMCLOCK_H */
