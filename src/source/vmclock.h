/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a VMClock page to a claim: pure functions, no kernel call, no
 * global. The page is input from another trust domain.
 */
#ifndef CB_VMCLOCK_H
#define CB_VMCLOCK_H

#include <clockbound/vmclock_abi.h>

#include "../claim/claim.h"

/*
 * A consistent copy of a VMClock page, in host byte order. Where nothing else is said, the
 * names and units are those of struct vmclock_page.
 */
struct cb_sample {
	__u32 seq_count;	/* even: that it was read under */
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
	__u64 period;		/* counter_period_frac_sec */
	__u64 period_maxerror;	/* counter_period_maxerror_rate_frac_sec */
	__u64 time_sec;
	__u64 time_frac_sec;
	__u64 time_maxerror_nanosec;
	__u64 vm_generation;	/* vm_generation_counter; only with VMCLOCK_VM_GEN_PRESENT */
	__u64 taken_at;		/* the counter after the copy was made */
};

/* What a VMClock page is good for; cb_verdict_text() says it to people. */
enum cb_verdict {
	CB_VERDICT_FULL,		/* it bounds time */
	CB_VERDICT_NO_DEVICE,		/* there is no page */
	CB_VERDICT_GONE,		/* not part any more of the file that was registered */
	CB_VERDICT_BUSY,		/* the sequence count stayed odd, or moved all the time */
	CB_VERDICT_FOREIGN,		/* no VMClock page, or of a version that nobody knows */
	CB_VERDICT_NO_CLOCK,		/* a disruption marker, but no precision clock */
	CB_VERDICT_OTHER_COUNTER,	/* its time is a function of another counter than ours */
	CB_VERDICT_UNTRUSTED,		/* the hypervisor says not to use it */
	CB_VERDICT_TIME_TYPE,		/* neither UTC nor TAI: monotonic or smeared */
	CB_VERDICT_NO_TAI_OFFSET,	/* TAI, and nobody says how far that is from UTC */
	CB_VERDICT_NO_MAXERROR,		/* of the time or of the period */
	CB_VERDICT_LEAP_SECOND,		/* in an inserted one: where, UTC cannot say */
	CB_VERDICT_RANGE,		/* a value too large, or a period too small */
	CB_VERDICT_STALE,		/* from before the epoch, and nothing new since */
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
