// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times, widths, readings and the plot as clockboundctl prints them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "history.h"
#include "json.h"
#include "plot.h"
#include "reading.h"

static void times(void **state)
{
	char text[FORMAT_SIZE];

	(void)state;
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

static void clocks(void **state)
{
	char text[FORMAT_SIZE];

	(void)state;
	assert_string_equal(format_clock(text, 1700000000123999999LL), "22:13:20.123");
	assert_string_equal(format_clock(text, -1), "23:59:59.999");
}

static void widths(void **state)
{
	char text[FORMAT_SIZE];

	(void)state;
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

static void changes(void **state)
{
	char text[FORMAT_SIZE];

	(void)state;
	assert_string_equal(format_change(text, 5, 5), "+0 ns");
	assert_string_equal(format_change(text, 5, 1234), "+1.229 us");
	assert_string_equal(format_change(text, 1234, 5), "-1.229 us");
	assert_string_equal(format_change(text, 0, WIDTH_UNLIMITED - 1), "+18446744073.710 s");
	assert_string_equal(format_change(text, WIDTH_UNLIMITED, 5), "-");
	assert_string_equal(format_change(text, 5, WIDTH_UNLIMITED), "-");
}

static void reading_widths(void **state)
{
	struct clockbound_reading reading = { .earliest = -5, .latest = 5 };

	(void)state;
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

static void trust(void **state)
{
	struct clockbound_reading reading = { .status = CLOCKBOUND_STATUS_UNKNOWN };

	(void)state;
	assert_false(reading_trusted(&reading));
	reading.status = CLOCKBOUND_STATUS_SYNCHRONIZED;
	assert_true(reading_trusted(&reading));
	reading.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	assert_true(reading_trusted(&reading));
	reading.status = CLOCKBOUND_STATUS_DISRUPTED;
	assert_false(reading_trusted(&reading));
	reading.status = 4;
	assert_false(reading_trusted(&reading));
}

static void assert_json_string(const char *text, const char *json)
{
	char *printed;
	size_t size;
	FILE *out = open_memstream(&printed, &size);

	json_print_string(out, text);
	fclose(out);
	assert_string_equal(printed, json);
	free(printed);
}

static void json_strings(void **state)
{
	(void)state;
	assert_json_string("", "\"\"");
	assert_json_string("a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\"");
	assert_json_string("\n\x1f", "\"\\u000a\\u001f\"");
	assert_json_string("\x7f\xff", "\"\\ufffd\\ufffd\"");
}

static void assert_json_number(const char *digits, const char *json)
{
	char *printed;
	size_t size;
	FILE *out = open_memstream(&printed, &size);

	json_print_number(out, digits);
	fclose(out);
	assert_string_equal(printed, json);
	free(printed);
}

static void json_numbers(void **state)
{
	(void)state;
	assert_json_number("0", "0");
	assert_json_number("18446744073709551615", "18446744073709551615");
	assert_json_number("", "null");
	assert_json_number("007", "null");
	assert_json_number("-1", "null");
	assert_json_number("1x", "null");
}

static void assert_row(const struct history *history, unsigned int columns,
		       unsigned int row, unsigned int rows, const char *expected)
{
	char text[PLOT_ROW_SIZE];

	assert_string_equal(plot_row(history, columns, row, rows, false, text), expected);
}

static void plot(void **state)
{
	struct history history = { .count = 0 };
	char text[PLOT_ROW_SIZE];
	__u64 smallest, largest;
	int i;

	(void)state;
	assert_row(&history, 10, 0, 1, "");
	assert_false(history_range(&history, 10, &smallest, &largest));

	history_add(&history, 99);
	assert_row(&history, 10, 0, 1, "_");
	history_add(&history, WIDTH_UNLIMITED);
	history_add(&history, 9999);
	assert_row(&history, 10, 0, 1, "_!#");
	assert_string_equal(plot_row(&history, 10, 0, 1, true, text), "\u2581!\u2588");
	assert_true(history_range(&history, 10, &smallest, &largest));
	assert_int_equal(smallest, 99);
	assert_int_equal(largest, 9999);

	/* Twenty times the width is more than half of the way to a hundred times. */
	history_add(&history, 1999);
	assert_row(&history, 10, 0, 2, " !#-");
	assert_row(&history, 10, 1, 2, "_!##");

	/* Only what is shown counts for the scale. */
	assert_row(&history, 2, 0, 1, "#_");

	for (i = 0; i < HISTORY_LENGTH; i++)
		history_add(&history, WIDTH_UNLIMITED - 1);
	history_add(&history, 0);
	plot_row(&history, 1000, 0, 1, true, text);
	assert_int_equal(strlen(text), 3 * HISTORY_LENGTH);
	assert_string_equal(text + 3 * HISTORY_LENGTH - 6, "\u2588\u2581");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(clocks),
		cmocka_unit_test(widths),
		cmocka_unit_test(changes),
		cmocka_unit_test(reading_widths),
		cmocka_unit_test(trust),
		cmocka_unit_test(json_strings),
		cmocka_unit_test(json_numbers),
		cmocka_unit_test(plot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
