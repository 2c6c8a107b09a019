// SPDX-License-Identifier: MIT
/*
 * What a segment says of a moment: pure functions.
 */
#include "segment.h"

#include <stdint.h>

#define NS_PER_S	1000000000LL

/* A status that nobody renews is FREE_RUNNING after this. */
#define FRESH_NS	(5 * NS_PER_S)

/* CLOCK_MONOTONIC_COARSE may be this far behind what the daemon read. */
#define BLUR_NS		1000

_Static_assert(sizeof(struct segment_page) == 80, "the segment's layout");

static __s64 add(__s64 first, __s64 second)
{
	__s64 sum;

	if (__builtin_add_overflow(first, second, &sum))
		return first < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static __s64 subtract(__s64 first, __s64 second)
{
	__s64 difference;

	if (__builtin_sub_overflow(first, second, &difference))
		return first < 0 ? INT64_MIN : INT64_MAX;
	return difference;
}

static __s64 multiply(__s64 first, __s64 second)
{
	__s64 product;

	if (__builtin_mul_overflow(first, second, &product))
		return (first < 0) == (second < 0) ? INT64_MAX : INT64_MIN;
	return product;
}

static __s64 to_ns(__s64 seconds, __s64 ns)
{
	return add(multiply(seconds, NS_PER_S), ns);
}

/**
 * segment_check() - is this a segment that can be read?
 * @header: its first SEGMENT_HEADER_SIZE bytes
 *
 * Return: CLOCKBOUND_ERR_NONE, or why not.
 */
clockbound_err_kind segment_check(const struct segment_page *header)
{
	if (header->magic[0] != SEGMENT_MAGIC_0 || header->magic[1] != SEGMENT_MAGIC_1)
		return CLOCKBOUND_ERR_SEGMENT_MALFORMED;
	if (!header->version || !header->generation)
		return CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED;
	if (header->version != SEGMENT_VERSION)
		return CLOCKBOUND_ERR_SEGMENT_VERSION_NOT_SUPPORTED;
	if (header->size < sizeof(*header))
		return CLOCKBOUND_ERR_SEGMENT_MALFORMED;
	return CLOCKBOUND_ERR_NONE;
}

static int is_valid(const struct segment_page *page)
{
	return page->as_of_nsec >= 0 && page->as_of_nsec < NS_PER_S &&
	       page->void_after_nsec >= 0 && page->void_after_nsec < NS_PER_S &&
	       page->bound >= 0 && page->max_drift < NS_PER_S &&
	       page->clock_status >= CLOCKBOUND_STA_UNKNOWN &&
	       page->clock_status <= CLOCKBOUND_STA_DISRUPTED && page->disruption_support <= 1;
}

/* ClockBound's client rounds down, and can be 1 ns short; this rounds up. */
static __s64 drift_in(__s64 age, __u32 max_drift)
{
	__s64 rest = (age % NS_PER_S * max_drift + NS_PER_S - 1) / NS_PER_S;

	return add(multiply(age / NS_PER_S, max_drift), rest);
}

static clockbound_clock_status status_at(const struct segment_page *page, __s64 as_of,
					 const struct segment_moment *moment)
{
	__s64 void_after = to_ns(page->void_after_sec, page->void_after_nsec);

	if (page->disruption_support &&
	    page->disruption_marker != moment->disruption_marker)
		return CLOCKBOUND_STA_UNKNOWN;
	if (page->clock_status == CLOCKBOUND_STA_UNKNOWN ||
	    page->clock_status == CLOCKBOUND_STA_DISRUPTED ||
	    moment->coarse < add(as_of, FRESH_NS))
		return (clockbound_clock_status)page->clock_status;
	return moment->coarse < void_after ? CLOCKBOUND_STA_FREE_RUNNING :
					     CLOCKBOUND_STA_UNKNOWN;
}

/**
 * segment_eval() - the interval of a moment, as ClockBound's client computes it
 * @page: a consistent copy of a segment, read before that moment
 * @moment: the moment
 * @interval: where the interval goes; as the client's, it is there whatever its status
 *
 * Return: CLOCKBOUND_ERR_NONE, or why there is no interval.
 */
clockbound_err_kind segment_eval(const struct segment_page *page,
				 const struct segment_moment *moment,
				 struct segment_interval *interval)
{
	clockbound_err_kind kind = segment_check(page);
	__s64 as_of, age, bound;

	if (kind)
		return kind;
	if (!is_valid(page))
		return CLOCKBOUND_ERR_SEGMENT_MALFORMED;
	as_of = to_ns(page->as_of_sec, page->as_of_nsec);
	age = subtract(moment->coarse, as_of);
	if (age <= -BLUR_NS)
		return CLOCKBOUND_ERR_CAUSALITY_BREACH;
	bound = add(page->bound, drift_in(age < 0 ? 0 : age, page->max_drift));
	interval->earliest = subtract(moment->realtime, bound);
	interval->latest = add(moment->realtime, bound);
	interval->status = status_at(page, as_of, moment);
	return CLOCKBOUND_ERR_NONE;
}
