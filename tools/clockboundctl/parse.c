// SPDX-License-Identifier: GPL-2.0-only
/*
 * Durations and times that people type.
 */
#include "parse.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "number.h"

#define NSEC_PER_SEC	1000000000LL
#define SECS_PER_DAY	86400

static const struct {
	const char *name;
	__s64 ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", NSEC_PER_SEC },
	{ "min", 60 * NSEC_PER_SEC },
	{ "h", 3600 * NSEC_PER_SEC },
};

static __s64 find_unit(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!strcmp(name, units[i].name))
			return units[i].ns;
	}
	return 0;
}

/* Adds digits, each worth a tenth of the one before it, the first one @place / 10. */
static bool add_decimals(const char *digits, size_t count, __s64 place, __s64 *ns)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (place % 10 && digits[i] != '0')
			return false;
		place /= 10;
		if (__builtin_add_overflow(*ns, (digits[i] - '0') * place, ns))
			return false;
	}
	return true;
}

/**
 * parse_duration() - a duration with its unit, such as 1.5ms
 * @text: what was typed: digits, decimals if need be, then ns, us, ms, s, min or h
 * @ns: where the duration goes, ns
 *
 * Return: false if it is anything else, no whole number of ns, or does not fit; then
 * @ns may hold anything.
 */
bool parse_duration(const char *text, __s64 *ns)
{
	static const char digits[] = "0123456789";
	size_t whole = strspn(text, digits), decimals = 0, i;
	const char *name = text + whole;
	__s64 unit;

	if (!whole)
		return false;
	if (*name == '.') {
		decimals = strspn(name + 1, digits);
		if (!decimals)
			return false;
		name += 1 + decimals;
	}
	unit = find_unit(name);
	if (!unit)
		return false;
	*ns = 0;
	for (i = 0; i < whole; i++) {
		if (__builtin_mul_overflow(*ns, 10, ns) ||
		    __builtin_add_overflow(*ns, text[i] - '0', ns))
			return false;
	}
	return !__builtin_mul_overflow(*ns, unit, ns) &&
	       add_decimals(text + whole + 1, decimals, unit, ns);
}

/* Takes so many digits and what has to follow them. */
static bool take(const char **text, int count, const char *then, int *value)
{
	*value = 0;
	for (; count; count--, (*text)++) {
		if (!isdigit((unsigned char)**text))
			return false;
		*value = *value * 10 + (**text - '0');
	}
	if (!*then)
		return true;
	return **text && strchr(then, *(*text)++);
}

static bool take_date(const char **text, struct tm *tm)
{
	bool good = take(text, 4, "-", &tm->tm_year) && take(text, 2, "-", &tm->tm_mon) &&
		    take(text, 2, "Tt ", &tm->tm_mday) && take(text, 2, ":", &tm->tm_hour) &&
		    take(text, 2, ":", &tm->tm_min) && take(text, 2, "", &tm->tm_sec);

	tm->tm_year -= 1900;
	tm->tm_mon--;
	return good && tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_hour < 24 &&
	       tm->tm_min < 60 && tm->tm_sec <= 60;
}

static bool take_decimals(const char **text, __s64 *ns)
{
	size_t count;

	*ns = 0;
	if (**text != '.')
		return true;
	(*text)++;
	count = strspn(*text, "0123456789");
	if (!count || !add_decimals(*text, count, NSEC_PER_SEC, ns))
		return false;
	*text += count;
	return true;
}

/* The rest: Z, or how far the clock is before or behind UTC. */
static bool take_zone(const char *text, int *seconds)
{
	int hours, minutes, sign = *text == '-' ? -1 : 1;

	*seconds = 0;
	if (!strcmp(text, "Z") || !strcmp(text, "z"))
		return true;
	if (*text != '+' && *text != '-')
		return false;
	text++;
	if (!take(&text, 2, ":", &hours) || !take(&text, 2, "", &minutes) || *text ||
	    hours > 23 || minutes > 59)
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

/*
 * There is no such day if it comes back as another one. An inserted second is only at
 * the end of a day of UTC; it counts as the one after it, because the one before it has
 * passed already.
 */
static bool to_seconds(const struct tm *date, int zone, __s64 *seconds)
{
	bool inserted = date->tm_sec == 60;
	struct tm tm = *date;

	if (inserted)
		tm.tm_sec = 59;
	*seconds = timegm(&tm) - zone + inserted;
	return tm.tm_mday == date->tm_mday && (!inserted || !(*seconds % SECS_PER_DAY));
}

static bool parse_calendar(const char *text, __s64 *ns)
{
	struct tm tm = { 0 };
	__s64 seconds, decimals;
	int zone;

	return take_date(&text, &tm) && take_decimals(&text, &decimals) &&
	       take_zone(text, &zone) && to_seconds(&tm, zone, &seconds) &&
	       !__builtin_mul_overflow(seconds, NSEC_PER_SEC, ns) &&
	       !__builtin_add_overflow(*ns, decimals, ns);
}

/**
 * parse_time() - a time: ns since 1970, or in the format of RFC 3339
 * @text: what was typed, such as 2026-11-21T05:30:00.25Z
 * @ns: where the time goes, ns since 1970
 *
 * A time without Z or an offset from UTC could be meant in any zone, so it is refused.
 *
 * Return: false if it is anything else, no whole number of ns, or does not fit; then
 * @ns may hold anything.
 */
bool parse_time(const char *text, __s64 *ns)
{
	return (*text != '+' && number_signed(text, ns)) || parse_calendar(text, ns);
}
