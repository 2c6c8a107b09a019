// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times, widths and JSON as clockboundctl prints them.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "format.h"
#include "json.h"
#include "reading.h"

TEST(times)
{
	char text[FORMAT_SIZE];

	assert_string_equal(format_time(text, 0), "1970-01-01T00:00:00.000000000Z");
	assert_string_equal(format_time(text, 1700000000123456789LL),
			    "2023-11-14T22:13:20.123456789Z");
	assert_string_equal(format_time(text, -1), "1969-12-31T23:59:59.999999999Z");
	assert_string_equal(format_time(text, -1000000000), "1969-12-31T23:59:59.000000000Z");
	assert_string_equal(format_time(text, -1000000001), "1969-12-31T23:59:58.999999999Z");
	assert_string_equal(format_time(text, CLOCKBOUND_TIME_MAX - 1),
			    "2262-04-11T23:47:16.854775806Z");
	assert_string_equal(format_time(text, CLOCKBOUND_TIME_MIN + 1),
			    "1677-09-21T00:12:43.145224193Z");
	assert_string_equal(format_time(text, CLOCKBOUND_TIME_MAX), "unlimited");
	assert_string_equal(format_time(text, CLOCKBOUND_TIME_MIN), "unlimited");
}

TEST(widths)
{
	char text[FORMAT_SIZE];

	assert_string_equal(format_width(text, 0), "0 ns");
	assert_string_equal(format_width(text, 999), "999 ns");
	assert_string_equal(format_width(text, 1000), "1.000 us");
	assert_string_equal(format_width(text, 999999), "999.999 us");
	assert_string_equal(format_width(text, 1000000), "1.000 ms");
	assert_string_equal(format_width(text, 1000001), "1.001 ms");
	assert_string_equal(format_width(text, 999999000), "999.999 ms");
	assert_string_equal(format_width(text, 999999001), "1.000 s");
	assert_string_equal(format_width(text, 1000000001), "1.001 s");
	assert_string_equal(format_width(text, WIDTH_UNLIMITED - 1), "18446744073.710 s");
	assert_string_equal(format_width(text, WIDTH_UNLIMITED), "unlimited");
}

TEST(reading_widths)
{
	struct clockbound_reading reading = { .earliest = -5, .latest = 5 };

	assert_int_equal(reading_width(&reading), 10);
	reading.latest = CLOCKBOUND_TIME_MAX - 1;
	reading.earliest = CLOCKBOUND_TIME_MIN + 1;
	assert_true(reading_width(&reading) == WIDTH_UNLIMITED - 2);
	reading.latest = CLOCKBOUND_TIME_MAX;
	assert_true(reading_width(&reading) == WIDTH_UNLIMITED);
	reading.latest = 0;
	reading.earliest = CLOCKBOUND_TIME_MIN;
	assert_true(reading_width(&reading) == WIDTH_UNLIMITED);
}

static void assert_json(void (*print)(FILE *out, const char *text), const char *text,
			const char *json)
{
	char *printed;
	size_t size;
	FILE *out = open_memstream(&printed, &size);

	print(out, text);
	fclose(out);
	assert_string_equal(printed, json);
	free(printed);
}

TEST(json_values)
{
	assert_json(json_print_string, "", "\"\"");
	assert_json(json_print_string, "a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\"");
	assert_json(json_print_string, "\n\x1f", "\"\\u000a\\u001f\"");
	assert_json(json_print_string, "\x7f\xff", "\"\\ufffd\\ufffd\"");
	assert_json(json_print_number, "18446744073709551615", "18446744073709551615");
	assert_json(json_print_number, "", "null");
	assert_json(json_print_number, "007", "null");
	assert_json(json_print_number, "-1", "null");
	assert_json(json_print_number, "1x", "null");
}

TEST_MAIN(NULL, NULL)
