// SPDX-License-Identifier: GPL-2.0-only
/*
 * Durations and times as people type them: what is taken, and that nothing else is.
 */
#include "test.h"

#include "parse.h"

#define NSEC_PER_SEC	1000000000LL
#define NOVEMBER	(1700000000 * NSEC_PER_SEC)	/* 2023-11-14T22:13:20Z */
#define LEAP		(1483228800 * NSEC_PER_SEC)
#define LATEST		0x7fffffffffffffffLL

struct good {
	const char *text;
	__s64 ns;
};

static void assert_taken(bool (*parse)(const char *text, __s64 *ns), const struct good *good,
			 size_t count)
{
	__s64 ns;

	while (count--) {
		ns = -2;
		if (!parse(good[count].text, &ns) || ns != good[count].ns)
			fail_msg("%s: %lld, not %lld", good[count].text, ns, good[count].ns);
	}
}

static void assert_refused(bool (*parse)(const char *text, __s64 *ns), const char *const *bad,
			   size_t count)
{
	__s64 ns;

	while (count--)
		if (parse(bad[count], &ns))
			fail_msg("%s: %lld", bad[count], ns);
}

TEST(durations)
{
	static const struct good good[] = {
		{ "0s", 0 }, { "1ns", 1 }, { "250us", 250000 }, { "1.5ms", 1500000 },
		{ "60s", 60 * NSEC_PER_SEC }, { "2min", 120 * NSEC_PER_SEC },
		{ "0.25h", 900 * NSEC_PER_SEC }, { "0.0000000010000s", 1 },
		{ "00000000000000000000000001s", NSEC_PER_SEC },
		{ "9223372036854775807ns", LATEST }, { "9223372036.854775807s", LATEST },
	};
	static const char *const bad[] = {
		"", "s", "5", "-1s", "+1s", " 1s", "1 s", "1s ", "1S", "1m", ".5s", "1.s",
		"1.5.5s", "1e3s", "0x10s", "nans",
		/* No whole number of ns */
		"1.5ns", "0.0000000001s",
		/* Too long */
		"9223372036854775808ns", "9223372036.854775808s", "9223372037s",
		"99999999999999999999999ns", "2562048h",
	};

	assert_taken(parse_duration, good, COUNT(good));
	assert_refused(parse_duration, bad, COUNT(bad));
}

TEST(times)
{
	static const struct good good[] = {
		{ "0", 0 }, { "-1", -1 }, { "9223372036854775807", LATEST },
		{ "1970-01-01t00:00:00z", 0 }, { "1970-01-01 00:00:00Z", 0 },
		{ "2023-11-14T22:13:20.123456789Z", NOVEMBER + 123456789 },
		{ "2023-11-14T22:13:20.50000000000Z", NOVEMBER + 500000000 },
		{ "2023-11-15T03:43:20+05:30", NOVEMBER },
		{ "2023-11-14T14:13:20-08:00", NOVEMBER },
		{ "1969-12-31T23:59:59.999999999Z", -1 },
		{ "2024-02-29T00:00:00Z", 1709164800 * NSEC_PER_SEC },
		{ "2262-04-11T23:47:16.854775807Z", LATEST },
		{ "1677-09-21T00:12:44Z", -9223372036 * NSEC_PER_SEC },
		/* The second before it is over already, and in UTC's count comes twice. */
		{ "2016-12-31T23:59:60Z", LEAP }, { "2016-12-31T23:59:60.25Z", LEAP + 250000000 },
		{ "2017-01-01T08:59:60+09:00", LEAP },
	};
	static const char *const bad[] = {
		"", "now", "+5", "1.5", "0x10", " 5", "9223372036854775808",
		/* No zone, or none of UTC */
		"2023-11-14T22:13:20", "2023-11-14T22:13:20ZZ", "2023-11-14T22:13:20CET",
		"2023-11-14T22:13:20+1", "2023-11-14T22:13:20+0100",
		"2023-11-14T22:13:20+01:00Z", "2023-11-14T22:13:20+24:00",
		"2023-11-14T22:13:20+01:60",
		/* No such day or time of day */
		"2023-02-29T00:00:00Z", "2023-04-31T00:00:00Z", "2023-00-10T00:00:00Z",
		"2023-13-10T00:00:00Z", "2023-11-00T00:00:00Z", "2023-11-14T24:00:00Z",
		"2023-11-14T23:60:00Z", "2016-12-31T22:59:60Z", "2016-12-31T23:58:60Z",
		"2016-12-31T23:59:60+01:00", "2016-12-31T23:59:61Z",
		/* Another form */
		"2023-11-14", "2023-11-14T22:13Z", "2023-11-14T22:13:2", "2023-11-14T22:13:20.Z",
		"2023-11-14T22:13:20.1234567891Z", "23-11-14T22:13:20Z", "2023-+1-14T22:13:20Z",
		"20231114T221320Z",
		/* Outside of what ns can count */
		"2262-04-11T23:47:16.854775808Z", "2263-01-01T00:00:00Z",
		"0000-01-01T00:00:00Z",
	};

	assert_taken(parse_time, good, COUNT(good));
	assert_refused(parse_time, bad, COUNT(bad));
}

TEST_MAIN(NULL, NULL)
