// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times and widths as text.
 */
#include "format.h"

#include <linux/clockbound.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NSEC_PER_SEC	1000000000LL

static void split(__s64 ns, struct tm *tm, int *fraction)
{
	__s64 remainder = ns % NSEC_PER_SEC;
	time_t seconds = ns / NSEC_PER_SEC;

	if (remainder < 0) {
		remainder += NSEC_PER_SEC;
		seconds--;
	}
	gmtime_r(&seconds, tm);
	*fraction = (int)remainder;
}

/**
 * format_time() - a time as text, in the format of RFC 3339
 * @text: where the text goes, FORMAT_SIZE bytes
 * @ns: the time, ns since 1970, UTC; the two ends of the range are "unlimited"
 *
 * Return: @text.
 */
char *format_time(char *text, __s64 ns)
{
	struct tm tm;
	int fraction;
	size_t end;

	if (ns == CLOCKBOUND_TIME_MIN || ns == CLOCKBOUND_TIME_MAX)
		return strcpy(text, "unlimited");
	split(ns, &tm, &fraction);
	end = strftime(text, FORMAT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + end, FORMAT_SIZE - end, ".%09dZ", fraction);
	return text;
}

/**
 * format_clock() - a time of day as text, in milliseconds
 * @text: where the text goes, FORMAT_SIZE bytes
 * @ns: the time, ns since 1970, UTC
 *
 * Return: @text.
 */
char *format_clock(char *text, __s64 ns)
{
	struct tm tm;
	int fraction;
	size_t end;

	split(ns, &tm, &fraction);
	end = strftime(text, FORMAT_SIZE, "%H:%M:%S", &tm);
	snprintf(text + end, FORMAT_SIZE - end, ".%03d", fraction / 1000000);
	return text;
}

/**
 * format_width() - a width as text, in a unit that suits it
 * @text: where the text goes, FORMAT_SIZE bytes
 * @ns: the width; the largest value is "unlimited"
 *
 * Rounded up, because a bound that is rounded down is none.
 *
 * Return: @text.
 */
char *format_width(char *text, __u64 ns)
{
	static const char * const units[] = { "us", "ms", "s" };
	__u64 thousandths = ns;
	size_t unit = 0;

	if (ns == ~0ULL)
		return strcpy(text, "unlimited");
	if (ns < 1000) {
		snprintf(text, FORMAT_SIZE, "%u ns", (unsigned int)ns);
		return text;
	}
	while (thousandths >= 1000000 && unit < 2) {
		thousandths = thousandths / 1000 + !!(thousandths % 1000);
		unit++;
	}
	snprintf(text, FORMAT_SIZE, "%llu.%03u %s", thousandths / 1000,
		 (unsigned int)(thousandths % 1000), units[unit]);
	return text;
}

/**
 * format_change() - how a width has moved, as text with its sign
 * @text: where the text goes, FORMAT_SIZE bytes
 * @before: the width before
 * @after: the width now
 *
 * Return: @text; "-" if one of the two is unlimited.
 */
char *format_change(char *text, __u64 before, __u64 after)
{
	if (before == ~0ULL || after == ~0ULL)
		return strcpy(text, "-");
	if (after >= before) {
		text[0] = '+';
		format_width(text + 1, after - before);
	} else {
		text[0] = '-';
		format_width(text + 1, before - after);
	}
	return text;
}
