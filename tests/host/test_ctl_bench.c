// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl bench with the fake device: what is printed, not how fast it is.
 */
#include "test.h"

#include "ctl_run.h"

#define SUBJECTS \
	"[\"clockbound_read\", \"ioctl-now\", \"vdso\", \"syscall\", \"counter\"]"

TEST_CTL(json)
{
	ctl_assert_json("bench --json", 0,
			"o[\"status\"] == \"synchronized\" and o[\"mapped\"] is True"
			" and o[\"calls\"] >= 1000"
			" and all(0 < m[\"low_ns\"] <= m[\"median_ns\"] <= m[\"high_ns\"]"
			" and abs(m[\"ratio\"] / (m[\"median_ns\"] / o[\"vdso\"][mode][\"median_ns\"])"
			" - 1) < 0.01"
			" for mode in (\"throughput\", \"latency\")"
			" for m in (o[s][mode] for s in " SUBJECTS "))");
}

/* A reading would be the ioctl: that is no figure for the page. */
TEST_CTL(not_mapped)
{
	fake.page->counter_id = CLOCKBOUND_COUNTER_NONE;
	assert_int_equal(ctl_run(FAKE " bench --device %s", fake.path), 0);
	ctl_assert_printed("\nreading by mmap              not possible here\n");
	ctl_assert_json("bench --json", 0,
			"o[\"mapped\"] is False and o[\"clockbound_read\"] is None"
			" and o[\"ioctl-now\"][\"latency\"][\"ratio\"] > 0");
}

TEST_CTL(without_bound)
{
	(*fake_marker(&fake))++;
	assert_int_equal(ctl_run(FAKE " bench --device %s 2>&1 >/dev/null", fake.path), 3);
	ctl_assert_printed("the time is disrupted: a reading with a bound costs something else");
	ctl_assert_json("bench --json", 3, "o[\"status\"] == \"disrupted\"");
}

TEST_MAIN(NULL, NULL)
