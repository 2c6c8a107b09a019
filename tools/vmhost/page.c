// SPDX-License-Identifier: GPL-2.0-only
#include "page.h"

#include <endian.h>
#include <string.h>

/*
 * The nesting guarantee, as vmhost keeps it
 *
 * A page says T1 + P (c - C1) +- (T_max + P_max |c - C1|). Let an update replace
 * the page that was published at counter value D. Readers have used the old page
 * for values from D on, so there, and up to infinity, the new interval must lie
 * inside the old one. By induction it then lies inside that of every page before,
 * for values from D on. (For values before D nothing is promised: towards the
 * past no page with P_max > 0 can nest in an earlier one with the same T_max for
 * good, as it starts to widen later.)
 *
 * The lines are straight but for one bend each, at C1 or at C1', where the interval
 * is narrowest. A bend of the new page leads inwards, so it can be left out, and
 * "inside on [D, infinity)" is exactly: inside at D, inside at C1 if that lies after
 * D, and neither line of the new page steeper towards the outside at infinity. That
 * is what bound_nests() checks, on any two pages.
 *
 * An update is made so that this holds. With the same P and P_max and C1' <= D
 * there is no bend of the new page after D and the new page's lines run parallel
 * to the old one's; with x = T1' - T1 - P (C1' - C1) what is left is
 *
 *	|x| + T_max' <= T_max + P_max (C1' - C1)
 *
 * The right side is the old page's own claim at C1'. As the new claim is the
 * intersection of the old one, aged, with what the clock says, this holds but for
 * rounding: T_max is whole nanoseconds, so a page can be 1 ns wider than its
 * claim. For this P_max is PERIOD_SLACK larger than the claim needs: 1 ns
 * for each NESTING_DISTANCE between C1 and C1'. (With C1' > D the new page would widen from
 * C1' back to D and need D >= (C1 + C1') / 2 at least: this is why C1' is a sample
 * from before D and not the newest one.)
 */
#define PERIOD_SLACK	NESTING_DISTANCE	/* 1 / this of P: 0.1 ppm */

void bound_from_claim(struct bound *bound, const struct claim *claim)
{
	const struct rate *rate = &claim->rate;
	s128 half;

	bound->counter = claim->counter;
	bound->time = (claim->earliest + claim->latest) >> 1;
	half = claim->latest - bound->time;	/* the larger half */
	bound->maxerror = fixed_to_ns_ceil(half);
	bound->period = rate->min + (rate->max - rate->min) / 2;
	bound->period_maxerror = rate->max - bound->period +
				 bound->period / PERIOD_SLACK;
	bound->shift = rate->shift;
}

void bound_interval(const struct bound *bound, __u64 counter,
		    __s64 *earliest, __s64 *latest)
{
	s128 ticks = (__s64)(counter - bound->counter);
	s128 centre = (s128)bound->period * ticks;
	s128 error = (s128)bound->period_maxerror * (ticks < 0 ? -ticks : ticks);

	*earliest = fixed_to_ns_floor(bound->time +
				      shift_floor(centre - error, bound->shift)) -
		    bound->maxerror;
	*latest = fixed_to_ns_ceil(bound->time +
				   shift_ceil(centre + error, bound->shift)) +
		  bound->maxerror;
}

/*
 * The lines' difference at @counter, in 2^-(64 + @shift) s and without T_max:
 * @side is -1 for the lower line and 1 for the upper one. False on overflow.
 */
static bool line_difference(const struct bound *later,
			    const struct bound *earlier, __u64 counter,
			    int side, s128 *result)
{
	__s64 a = counter - later->counter;
	__s64 b = counter - earlier->counter;
	s128 slope_a = later->period;
	s128 slope_b = earlier->period;
	s128 time, line_a, line_b;

	slope_a += (a < 0 ? -side : side) * (s128)later->period_maxerror;
	slope_b += (b < 0 ? -side : side) * (s128)earlier->period_maxerror;
	return !__builtin_sub_overflow(later->time, earlier->time, &time) &&
	       !__builtin_mul_overflow(time, (s128)1 << later->shift, &time) &&
	       !__builtin_mul_overflow(slope_a, (s128)a, &line_a) &&
	       !__builtin_mul_overflow(slope_b, (s128)b, &line_b) &&
	       !__builtin_sub_overflow(line_a, line_b, &line_a) &&
	       !__builtin_add_overflow(time, line_a, result);
}

static bool nests_at(const struct bound *later, const struct bound *earlier,
		     __u64 counter)
{
	s128 wider = (s128)later->maxerror - earlier->maxerror;
	s128 sec = div_floor(wider, NSEC_PER_SEC);
	s128 unit = FIXED_SEC << later->shift;	/* a second */
	s128 need, low, high;

	/*
	 * In these units everything is an integer except T_max; a comparison
	 * with the next integer above is therefore exact.
	 */
	if (__builtin_mul_overflow(sec, unit, &need) ||
	    __builtin_add_overflow(need,
				   div_ceil((wider - sec * NSEC_PER_SEC) * unit,
					    NSEC_PER_SEC), &need))
		return false;
	return line_difference(later, earlier, counter, -1, &low) &&
	       line_difference(later, earlier, counter, 1, &high) &&
	       low >= need && -high >= need;
}

bool bound_nests(const struct bound *later, const struct bound *earlier,
		 __u64 from)
{
	s128 low_a = (s128)later->period - later->period_maxerror;
	s128 low_b = (s128)earlier->period - earlier->period_maxerror;
	s128 high_a = (s128)later->period + later->period_maxerror;
	s128 high_b = (s128)earlier->period + earlier->period_maxerror;

	/* 32 bits of shift leave 30 for the nanoseconds of a second. */
	if (later->shift != earlier->shift || later->shift > 32)
		return false;
	if (low_a < low_b || high_a > high_b)
		return false;
	if (!nests_at(later, earlier, from))
		return false;
	return (__s64)(earlier->counter - from) <= 0 ||
	       nests_at(later, earlier, earlier->counter);
}

void page_fill(struct vmclock_page *page, __u32 size,
	       const struct identity *identity, const struct bound *bound)
{
	__u64 flags = VMCLOCK_VM_GEN_PRESENT;

	memset(page, 0, sizeof(*page));
	page->magic = htole32(VMCLOCK_PAGE_MAGIC);
	page->size = htole32(size);
	page->version = htole16(VMCLOCK_PAGE_VERSION);
	page->counter_id = identity->counter_id;
	page->time_type = identity->time_type;
	page->disruption_marker = htole64(identity->marker);
	page->vm_generation_counter = htole64(identity->generation);
	page->clock_status = identity->status;
	if (bound) {
		s128 time = bound->time;

		if (identity->time_type == VMCLOCK_TYPE_TAI)
			time += identity->tai_offset * FIXED_SEC;
		if (identity->tai_offset)
			flags |= VMCLOCK_TAI_OFFSET_VALID;
		flags |= VMCLOCK_PERIOD_MAXERROR_VALID |
			 VMCLOCK_TIME_MAXERROR_VALID;
		/* UTC - TAI, as the specification has it since v1.1 */
		page->tai_offset_sec = htole16((__u16)-identity->tai_offset);
		page->leap_indicator = identity->leap;
		page->counter_period_shift = bound->shift;
		page->counter_value = htole64(bound->counter);
		page->counter_period_frac_sec = htole64(bound->period);
		page->counter_period_maxerror_rate_frac_sec =
			htole64(bound->period_maxerror);
		page->time_sec = htole64((__u64)(time >> 64));
		page->time_frac_sec = htole64((__u64)time);
		page->time_maxerror_nanosec = htole64(bound->maxerror);
	}
	page->flags = htole64(flags);
}
