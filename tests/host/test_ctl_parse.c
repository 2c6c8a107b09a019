// SPDX-License-Identifier: GPL-2.0-only
/*
 * Durations and times as people type them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parse.h"

#define NSEC_PER_SEC	1000000000LL

static void assert_duration(const char *text, __s64 expected)
{
	__s64 ns = -1;

	if (!parse_duration(text, &ns) || ns != expected)
		fail_msg("%s: %lld, not %lld", text, ns, expected);
}

static void assert_no_duration(const char *text)
{
	__s64 ns;

	if (parse_duration(text, &ns))
		fail_msg("%s: %lld", text, ns);
}

static void durations(void **state)
{
	(void)state;
	assert_duration("0s", 0);
	assert_duration("1ns", 1);
	assert_duration("250us", 250000);
	assert_duration("1.5ms", 1500000);
	assert_duration("60s", 60 * NSEC_PER_SEC);
	assert_duration("2min", 120 * NSEC_PER_SEC);
	assert_duration("0.25h", 900 * NSEC_PER_SEC);
	assert_duration("0.000000001s", 1);
	assert_duration("0.0000000010000s", 1);
	assert_duration("00000000000000000000000001s", NSEC_PER_SEC);
	assert_duration("9223372036854775807ns", 0x7fffffffffffffffLL);
	assert_duration("9223372036.854775807s", 0x7fffffffffffffffLL);
}

static void no_durations(void **state)
{
	(void)state;
	assert_no_duration("");
	assert_no_duration("s");
	assert_no_duration("5");
	assert_no_duration("-1s");
	assert_no_duration("+1s");
	assert_no_duration(" 1s");
	assert_no_duration("1 s");
	assert_no_duration("1s ");
	assert_no_duration("1S");
	assert_no_duration("1m");
	assert_no_duration(".5s");
	assert_no_duration("1.s");
	assert_no_duration("1.5.5s");
	assert_no_duration("1e3s");
	assert_no_duration("0x10s");
	assert_no_duration("nans");
	/* No whole number of ns */
	assert_no_duration("1.5ns");
	assert_no_duration("0.0000000001s");
	/* Too long */
	assert_no_duration("9223372036854775808ns");
	assert_no_duration("9223372036.854775808s");
	assert_no_duration("9223372037s");
	assert_no_duration("99999999999999999999999ns");
	assert_no_duration("2562048h");
}

static void assert_time(const char *text, __s64 expected)
{
	__s64 ns = -1;

	if (!parse_time(text, &ns) || ns != expected)
		fail_msg("%s: %lld, not %lld", text, ns, expected);
}

static void assert_no_time(const char *text)
{
	__s64 ns;

	if (parse_time(text, &ns))
		fail_msg("%s: %lld", text, ns);
}

static void times(void **state)
{
	(void)state;
	assert_time("0", 0);
	assert_time("-1", -1);
	assert_time("9223372036854775807", 0x7fffffffffffffffLL);
	assert_time("1970-01-01T00:00:00Z", 0);
	assert_time("1970-01-01t00:00:00z", 0);
	assert_time("1970-01-01 00:00:00Z", 0);
	assert_time("2023-11-14T22:13:20.123456789Z", 1700000000123456789LL);
	assert_time("2023-11-14T22:13:20.5Z", 1700000000500000000LL);
	assert_time("2023-11-14T22:13:20.50000000000Z", 1700000000500000000LL);
	assert_time("2023-11-15T03:43:20+05:30", 1700000000 * NSEC_PER_SEC);
	assert_time("2023-11-14T14:13:20-08:00", 1700000000 * NSEC_PER_SEC);
	assert_time("1969-12-31T23:59:59.999999999Z", -1);
	assert_time("2024-02-29T00:00:00Z", 1709164800 * NSEC_PER_SEC);
	assert_time("2262-04-11T23:47:16.854775807Z", 0x7fffffffffffffffLL);
	assert_time("1677-09-21T00:12:44Z", -9223372036 * NSEC_PER_SEC);
}

/* The second before it is over already, and in UTC's count comes twice. */
static void inserted_second(void **state)
{
	(void)state;
	assert_time("2016-12-31T23:59:60Z", 1483228800 * NSEC_PER_SEC);
	assert_time("2016-12-31T23:59:60.25Z", 1483228800250000000LL);
	assert_time("2017-01-01T08:59:60+09:00", 1483228800 * NSEC_PER_SEC);
	assert_no_time("2016-12-31T22:59:60Z");
	assert_no_time("2016-12-31T23:58:60Z");
	assert_no_time("2016-12-31T23:59:60+01:00");
	assert_no_time("2016-12-31T23:59:61Z");
}

static void no_times(void **state)
{
	(void)state;
	assert_no_time("");
	assert_no_time("now");
	assert_no_time("+5");
	assert_no_time("1.5");
	assert_no_time("0x10");
	assert_no_time(" 5");
	assert_no_time("9223372036854775808");
	/* No zone, or none of UTC */
	assert_no_time("2023-11-14T22:13:20");
	assert_no_time("2023-11-14T22:13:20ZZ");
	assert_no_time("2023-11-14T22:13:20CET");
	assert_no_time("2023-11-14T22:13:20+1");
	assert_no_time("2023-11-14T22:13:20+0100");
	assert_no_time("2023-11-14T22:13:20+01:00Z");
	assert_no_time("2023-11-14T22:13:20+24:00");
	assert_no_time("2023-11-14T22:13:20+01:60");
	/* No such day or time of day */
	assert_no_time("2023-02-29T00:00:00Z");
	assert_no_time("2023-04-31T00:00:00Z");
	assert_no_time("2023-00-10T00:00:00Z");
	assert_no_time("2023-13-10T00:00:00Z");
	assert_no_time("2023-11-00T00:00:00Z");
	assert_no_time("2023-11-14T24:00:00Z");
	assert_no_time("2023-11-14T23:60:00Z");
	/* Another form */
	assert_no_time("2023-11-14");
	assert_no_time("2023-11-14T22:13Z");
	assert_no_time("2023-11-14T22:13:2");
	assert_no_time("2023-11-14T22:13:20.Z");
	assert_no_time("2023-11-14T22:13:20.1234567891Z");
	assert_no_time("23-11-14T22:13:20Z");
	assert_no_time("2023-+1-14T22:13:20Z");
	assert_no_time("20231114T221320Z");
	/* Outside of what ns can count */
	assert_no_time("2262-04-11T23:47:16.854775808Z");
	assert_no_time("2263-01-01T00:00:00Z");
	assert_no_time("0000-01-01T00:00:00Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations),
		cmocka_unit_test(no_durations),
		cmocka_unit_test(times),
		cmocka_unit_test(inserted_second),
		cmocka_unit_test(no_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
