// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reading as text and as JSON.
 */
#include "reading.h"

#include <clockbound.h>

#include "format.h"
#include "json.h"

/**
 * reading_trusted() - does the interval hold?
 * @reading: the reading
 */
bool reading_trusted(const struct clockbound_reading *reading)
{
	return clockbound_reading_bounded(reading);
}

static bool limited(const struct clockbound_reading *reading)
{
	return reading->earliest != CLOCKBOUND_TIME_MIN &&
	       reading->latest != CLOCKBOUND_TIME_MAX;
}

/**
 * reading_width() - the width of an interval
 * @reading: the reading
 *
 * Return: the width in ns, or WIDTH_UNLIMITED.
 */
__u64 reading_width(const struct clockbound_reading *reading)
{
	if (!limited(reading))
		return WIDTH_UNLIMITED;
	return (__u64)reading->latest - (__u64)reading->earliest;
}

/**
 * reading_print() - print a reading for people
 * @out: where to
 * @reading: the reading
 */
void reading_print(FILE *out, const struct clockbound_reading *reading)
{
	char text[FORMAT_SIZE];

	fprintf(out, "status:       %s\n", clockbound_status_text(reading->status));
	fprintf(out, "earliest:     %s\n", format_time(text, reading->earliest));
	fprintf(out, "latest:       %s\n", format_time(text, reading->latest));
	fprintf(out, "width:        %s\n", format_width(text, reading_width(reading)));
	if (reading->flags & CLOCKBOUND_MODEL_TAI)
		fprintf(out, "TAI - UTC:    %d s\n", reading->tai_offset);
}

static void print_time(FILE *out, const char *name, __s64 time)
{
	char text[FORMAT_SIZE];

	if (time == CLOCKBOUND_TIME_MIN || time == CLOCKBOUND_TIME_MAX) {
		fprintf(out, "\"%s\":null,\"%s_ns\":null,", name, name);
		return;
	}
	fprintf(out, "\"%s\":\"%s\",\"%s_ns\":%lld,", name, format_time(text, time),
		name, time);
}

/**
 * reading_print_json() - print the members of a reading's JSON object
 * @out: where to
 * @reading: the reading
 *
 * The braces around them are the caller's, who may have more members.
 */
void reading_print_json(FILE *out, const struct clockbound_reading *reading)
{
	__u64 width = reading_width(reading);

	fputs("\"status\":", out);
	json_print_string(out, clockbound_status_text(reading->status));
	fprintf(out, ",\"trusted\":%s,", reading_trusted(reading) ? "true" : "false");
	print_time(out, "earliest", reading->earliest);
	print_time(out, "latest", reading->latest);
	if (width == WIDTH_UNLIMITED)
		fputs("\"width_ns\":null,", out);
	else
		fprintf(out, "\"width_ns\":%llu,", width);
	if (reading->flags & CLOCKBOUND_MODEL_TAI)
		fprintf(out, "\"tai_offset_s\":%d,", reading->tai_offset);
	else
		fputs("\"tai_offset_s\":null,", out);
	fprintf(out, "\"counter_value\":%llu,\"disruption_marker\":%llu",
		reading->counter_value, reading->disruption_marker);
}

/**
 * reading_show() - print a reading as the whole answer of a command
 * @json: as a JSON object
 * @reading: the reading
 */
void reading_show(bool json, const struct clockbound_reading *reading)
{
	if (!json) {
		reading_print(stdout, reading);
		return;
	}
	putchar('{');
	reading_print_json(stdout, reading);
	puts("}");
}
