/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A claim as a VMClock page says it, and whether one page nests in another.
 */
#ifndef VMHOST_PAGE_H
#define VMHOST_PAGE_H

#include <clockbound/vmclock_abi.h>
#include <linux/types.h>
#include <stdbool.h>

#include "claim.h"
#include "fixed.h"

/**
 * struct bound - the fields of a page that the interval is computed from
 * @counter: C1, the counter at the reference time
 * @time: T1, the reference time, 2^-64 s since 1970, UTC
 * @maxerror: T_max, ns
 * @period: P, 2^-(64 + @shift) s
 * @period_maxerror: P_max, same unit
 * @shift: counter_period_shift
 */
struct bound {
	__u64 counter;
	s128 time;
	__u64 maxerror;
	__u64 period;
	__u64 period_maxerror;
	__u8 shift;
};

/**
 * struct identity - what a page says apart from the time
 * @marker: disruption_marker
 * @generation: vm_generation_counter
 * @counter_id: VMCLOCK_ID_*
 * @status: VMCLOCK_CLOCK_*
 * @leap: VMCLOCK_LEAP_IND_*
 * @time_type: VMCLOCK_TYPE_UTC, or VMCLOCK_TYPE_TAI if @tai_offset is known
 * @tai_offset: TAI - UTC, s; 0 if nobody knows
 * @sequence: seq_count, for who takes the page over; odd if it is held so
 */
struct identity {
	__u64 marker;
	__u64 generation;
	__u8 counter_id;
	__u8 status;
	__u8 leap;
	__u8 time_type;
	__u8 tai_offset;
	__u32 sequence;
};

/* Pages whose C1 are so far apart nest for all that rounding does, ns: see page.c. */
#define NESTING_DISTANCE	10000000

/* The smallest bound with a page's fields that contains @claim everywhere. */
void bound_from_claim(struct bound *bound, const struct claim *claim);

/* The interval of @bound at @counter, ns since 1970, UTC, rounded outwards. */
void bound_interval(const struct bound *bound, __u64 counter,
		    __s64 *earliest, __s64 *latest);

/*
 * The nesting guarantee: is the interval of @later inside that of @earlier for
 * every counter value from @from on, up to infinity? Exact. What is too far
 * apart for 128 bits does not nest.
 */
bool bound_nests(const struct bound *later, const struct bound *earlier,
		 __u64 from);

/* Fills @page; @bound is NULL as long as the time is not known. */
void page_fill(struct vmclock_page *page, __u32 size,
	       const struct identity *identity, const struct bound *bound);

#endif /* VMHOST_PAGE_H */
