/* SPDX-License-Identifier: MIT */
/*
 * What can be said for certain about readings: which one was before another,
 * whether a time has passed, what they are in TAI.
 *
 * Pure functions; any context, any number of threads. They take readings that were
 * taken by this library. A reading without a bound is from CLOCKBOUND_TIME_MIN to
 * CLOCKBOUND_TIME_MAX, so it is never before and never after anything.
 */
#ifndef CLOCKBOUND_INTERVAL_H
#define CLOCKBOUND_INTERVAL_H

#include <clockbound/eval.h>
#include <linux/clockbound.h>

/**
 * enum clockbound_order - how two moments follow each other
 * @CLOCKBOUND_ORDER_BEFORE: the first one was certainly before the second one
 * @CLOCKBOUND_ORDER_UNDECIDED: it cannot be told
 * @CLOCKBOUND_ORDER_AFTER: the first one was certainly after the second one
 */
enum clockbound_order {
	CLOCKBOUND_ORDER_BEFORE = -1,
	CLOCKBOUND_ORDER_UNDECIDED = 0,
	CLOCKBOUND_ORDER_AFTER = 1,
};

/**
 * clockbound_reading_bounded() - does a reading bound the true time?
 * @reading: the reading
 *
 * Return: 1 if its status is SYNCHRONIZED or FREE_RUNNING, 0 if not.
 */
static inline int clockbound_reading_bounded(const struct clockbound_reading *reading)
{
	return clockbound_status_bounded(reading->status);
}

/**
 * clockbound_reading_width() - how wide the interval is
 * @reading: the reading
 *
 * Return: ns; 2^64 - 1 without a bound.
 */
static inline __u64 clockbound_reading_width(const struct clockbound_reading *reading)
{
	return (__u64)reading->latest - (__u64)reading->earliest;
}

/**
 * clockbound_reading_before() - is a time certainly still to come?
 * @reading: the reading
 * @time: ns since 1970, UTC
 *
 * UTC has no name of its own for an inserted leap second: in the last second of
 * such a day @time means both passes of it.
 *
 * Return: 1 if the true time was certainly before @time, 0 if not.
 */
static inline int clockbound_reading_before(const struct clockbound_reading *reading,
					    __s64 time)
{
	return reading->latest < time;
}

/**
 * clockbound_reading_after() - has a time certainly passed?
 * @reading: the reading
 * @time: as for clockbound_reading_before()
 *
 * Return: 1 if the true time was certainly after @time, 0 if not.
 */
static inline int clockbound_reading_after(const struct clockbound_reading *reading,
					   __s64 time)
{
	return reading->earliest > time;
}

/* ns plus s; where 64 bits end, no limit. */
static inline __s64 clockbound_add_seconds(__s64 time, __s32 seconds)
{
	__s64 sum;

	if (__builtin_add_overflow(time, (__s64)seconds * 1000000000, &sum))
		return seconds < 0 ? CLOCKBOUND_TIME_MIN : CLOCKBOUND_TIME_MAX;
	return sum;
}

/**
 * clockbound_reading_tai() - the interval in TAI
 * @reading: the reading
 * @earliest: where the lower end goes, ns since 1970, TAI
 * @latest: where the upper end goes
 *
 * TAI counts on through leap seconds: it says which of two moments was first where
 * UTC repeats itself, and its interval is as narrow as ever in a leap second.
 *
 * Return: 1, or 0 if the difference between TAI and UTC is not known, which is so
 * without a bound, too; then they are CLOCKBOUND_TIME_MIN and CLOCKBOUND_TIME_MAX.
 */
static inline int clockbound_reading_tai(const struct clockbound_reading *reading,
					 __s64 *earliest, __s64 *latest)
{
	int leap = reading->flags & CLOCKBOUND_MODEL_LEAP;

	*earliest = CLOCKBOUND_TIME_MIN;
	*latest = CLOCKBOUND_TIME_MAX;
	if (!(reading->flags & CLOCKBOUND_MODEL_TAI))
		return 0;
	*earliest = clockbound_add_seconds(leap ? reading->leap_earliest : reading->earliest,
					   reading->tai_offset);
	*latest = clockbound_add_seconds(leap ? reading->leap_latest : reading->latest,
					 reading->tai_offset);
	return 1;
}

/*
 * Are both in the last second of the same UTC day? Then one may be from before and
 * one from after an inserted leap second.
 */
static inline int clockbound_last_second_of_day(__s64 first, __s64 second)
{
	const __s64 day = 86400000000000LL, last = day - 1000000000;
	__s64 in_day = first % day;

	if (in_day < 0)
		in_day += day;
	return in_day >= last && (__u64)second - (__u64)first < (__u64)(day - in_day);
}

/* For first_latest < second_earliest: is that the order of the moments, too? */
static inline int clockbound_utc_decides(__s64 first_latest, __s64 second_earliest)
{
	return first_latest < second_earliest &&
	       !clockbound_last_second_of_day(first_latest, second_earliest);
}

/**
 * clockbound_reading_compare() - which of two readings was taken first?
 * @first: a reading
 * @second: another one, of this machine or of any other one
 *
 * By TAI if both have it. By UTC otherwise: then two moments of the last second of
 * a UTC day are not decided, because a leap second may be between them.
 *
 * Return: CLOCKBOUND_ORDER_BEFORE or CLOCKBOUND_ORDER_AFTER if that is certain;
 * CLOCKBOUND_ORDER_UNDECIDED if the intervals overlap or a bound is missing.
 */
static inline enum clockbound_order
clockbound_reading_compare(const struct clockbound_reading *first,
			   const struct clockbound_reading *second)
{
	__s64 first_earliest, first_latest, second_earliest, second_latest;

	if (clockbound_reading_tai(first, &first_earliest, &first_latest) &&
	    clockbound_reading_tai(second, &second_earliest, &second_latest)) {
		if (first_latest < second_earliest)
			return CLOCKBOUND_ORDER_BEFORE;
		if (second_latest < first_earliest)
			return CLOCKBOUND_ORDER_AFTER;
		return CLOCKBOUND_ORDER_UNDECIDED;
	}
	if (clockbound_utc_decides(first->latest, second->earliest))
		return CLOCKBOUND_ORDER_BEFORE;
	if (clockbound_utc_decides(second->latest, first->earliest))
		return CLOCKBOUND_ORDER_AFTER;
	return CLOCKBOUND_ORDER_UNDECIDED;
}

#endif /* CLOCKBOUND_INTERVAL_H */
