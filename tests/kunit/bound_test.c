// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision, by hand.
 */
#include <clockbound/eval.h>
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/time64.h>

#include "lines.h"
#include "machine.h"

static void bound_report_refused(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report;

#define REFUSED(_error, _field, _value) do {						\
	report = machine_good_report(m);							\
	report._field = _value;								\
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), _error);	\
	KUNIT_EXPECT_EQ(test, m->state.facts.reports, 0ULL);				\
} while (0)
	REFUSED(-EINVAL, flags, 8);
	REFUSED(-EINVAL, flags, CLOCKBOUND_REPORT_LEAP_DELETE | CLOCKBOUND_REPORT_LEAP_INSERT);
	REFUSED(-EINVAL, status, CLOCKBOUND_STATUS_DISRUPTED);
	REFUSED(-EINVAL, status, ~0U);
	REFUSED(-EINVAL, max_drift, CLOCKBOUND_DRIFT_LIMIT_PPB);
	REFUSED(-EINVAL, bound, CLOCKBOUND_BOUND_LIMIT_NS);
	REFUSED(-EINVAL, bound, U64_MAX);
	REFUSED(-EINVAL, frequency, CLOCKBOUND_FREQUENCY_LIMIT_PPT);
	REFUSED(-EINVAL, frequency, -CLOCKBOUND_FREQUENCY_LIMIT_PPT);
	REFUSED(-EINVAL, frequency, S64_MIN);
	REFUSED(-EINVAL, time, 1LL << 62);
	REFUSED(-EINVAL, time, S64_MIN);
	REFUSED(-EINVAL, measured, report.as_of + 1);
	REFUSED(-EINVAL, as_of, machine_raw(m) + 1);
	REFUSED(-EINVAL, as_of, U64_MAX);
	REFUSED(-EINVAL, void_after, report.as_of - 1);
	REFUSED(-EINVAL, void_after, U64_MAX);
	REFUSED(-ESTALE, disruption_marker, m->marker - 1);
	REFUSED(-ESTALE, disruption_marker, 0);
	REFUSED(-ESTALE, flags, CLOCKBOUND_REPORT_NO_DISRUPTION);
#undef REFUSED
}

/* On another clocksource there are no lines over the counter, but there is a bound. */
static void bound_on_another_clocksource(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	struct clockbound_reading reading = { 0 };
	u64 now = machine_raw(m);

	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, now), 0);
	machine_decide(m);
	m->clock.usable = false;
	m->clock.source = 2;
	KUNIT_EXPECT_TRUE(test, machine_clock(m, true, machine_raw(m)));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_FALSE(test, cb_decide_read(&m->state, now, now, &reading));

	report.time = 1000000;
	report.bound = 5000;
	report.max_drift = 1000;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, now), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.valid_ticks, 0ULL);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_IOCTL);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_VMCLOCK);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);

	/* Whatever CLOCK_REALTIME says: the interval is the report's, of both moments. */
	KUNIT_ASSERT_TRUE(test, cb_decide_read(&m->state, now + NSEC_PER_SEC,
					       now + NSEC_PER_SEC + 300, &reading));
	KUNIT_EXPECT_LE(test, reading.earliest, 1000000 + NSEC_PER_SEC - 6000LL);
	KUNIT_EXPECT_GE(test, reading.earliest, 1000000 + NSEC_PER_SEC - 6003LL);
	/* The last one may be almost 1 ns later than it reads. */
	KUNIT_EXPECT_GE(test, reading.latest, 1000000 + NSEC_PER_SEC + 6302LL);
	KUNIT_EXPECT_LE(test, reading.latest, 1000000 + NSEC_PER_SEC + 6304LL);
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, reading.tai_offset, 37);
	KUNIT_ASSERT_TRUE(test, cb_decide_read(&m->state, report.as_of, report.as_of +
					      CLOCKBOUND_REPORT_FRESH_NS, &reading));
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_FALSE(test, cb_decide_read(&m->state, now, report.void_after, &reading));

	/* Free running, without disruption support, and nobody knows TAI. */
	report.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	report.flags = CLOCKBOUND_REPORT_NO_DISRUPTION;
	report.disruption_marker = 0;
	m->clock.tai_offset = 0;
	machine_clock(m, false, machine_raw(m));
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, now), 0);
	machine_decide(m);
	KUNIT_ASSERT_TRUE(test, cb_decide_read(&m->state, now, now + 10 * NSEC_PER_SEC,
					       &reading));
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_EQ(test, reading.disruption_marker, m->marker);
	KUNIT_EXPECT_EQ(test, reading.flags & CLOCKBOUND_MODEL_TAI, 0);
	report = machine_good_report(m);
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, now), 0);
	machine_decide(m);

	/* The timekeeper's updates tell how late it is. */
	m->clock.counter_value += CLOCKBOUND_REPORT_FRESH_NS;
	m->clock.raw = report.as_of + CLOCKBOUND_REPORT_FRESH_NS;
	KUNIT_EXPECT_TRUE(test, machine_clock(m, false, machine_raw(m)));
	KUNIT_EXPECT_EQ(test, machine_publish(m),
			CLOCKBOUND_EVENT_STATUS);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	m->clock.counter_value += report.void_after - m->clock.raw;
	m->clock.raw = report.void_after;
	machine_clock(m, false, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_FALSE(test, m->model.flags & CLOCKBOUND_MODEL_IOCTL);
}

/* I6, there as well: what was given out as earliest is a floor. */
static void bound_floor_by_clock(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	struct clockbound_reading before = { 0 }, after = { 0 };
	u64 now;

	m->clock.usable = false;
	m->state.clock = m->clock;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_publish(m);
	m->counter += NSEC_PER_SEC;
	now = machine_raw(m);
	KUNIT_ASSERT_TRUE(test, cb_decide_read(&m->state, now, now, &before));
	report.as_of = now;
	report.measured = now;
	report.time += NSEC_PER_SEC;
	report.bound += 1000000;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, now), 0);
	machine_publish(m);
	KUNIT_ASSERT_TRUE(test, cb_decide_read(&m->state, now, now, &after));
	KUNIT_EXPECT_EQ(test, after.earliest, before.earliest);
	KUNIT_EXPECT_GT(test, after.latest, before.latest);
	/* Then its own line is above it. */
	now += NSEC_PER_SEC;
	KUNIT_ASSERT_TRUE(test, cb_decide_read(&m->state, now, now, &after));
	KUNIT_EXPECT_GT(test, after.earliest, before.earliest + 990000000);

	/* A disruption ends that. */
	cb_state_disrupt(&m->state, true, now);
	cb_state_disrupt(&m->state, false, now);
	report.as_of = now;
	report.measured = now;
	report.time -= 3600 * NSEC_PER_SEC;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, now), 0);
	machine_publish(m);
	KUNIT_ASSERT_TRUE(test, cb_decide_read(&m->state, now, now, &after));
	KUNIT_EXPECT_LT(test, after.latest, before.earliest);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 0ULL);
}

/* A marker alone: reported, disrupted, reported again. */
static void bound_marker_alone(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	struct cb_sample sample;

	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	KUNIT_EXPECT_EQ(test, machine_publish(m),
			CLOCKBOUND_EVENT_STATUS);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REPORT);

	m->marker++;
	sample = m->state.facts.vmclock.sample;
	sample.disruption_marker = m->marker;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	KUNIT_EXPECT_EQ(test, machine_publish(m),
			CLOCKBOUND_EVENT_STATUS | CLOCKBOUND_EVENT_DISRUPTION);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	/* What was measured before it is refused. */
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);

	report = machine_good_report(m);
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	/* The narrower claim from before the disruption is not history any more. */
	KUNIT_EXPECT_EQ(test, m->state.report.as_of, report.as_of);
}

/* Of two measurements, only the one that was made at @raw or later is taken. */
static void expect_not_before(struct machine *m, u64 raw, u32 flags)
{
	struct clockbound_report report = machine_good_report(m);

	report.flags = flags;
	if (flags & CLOCKBOUND_REPORT_NO_DISRUPTION)
		report.disruption_marker = 0;
	report.measured = raw - 1;
	KUNIT_EXPECT_EQ(m->test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);
	report.measured = raw;
	KUNIT_EXPECT_EQ(m->test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
}

/* However long ago the clock's last news were. */
static void bound_not_before_disruption(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct cb_sample sample = m->state.facts.vmclock.sample;

	machine_pass(m, 1000000);
	sample.disruption_marker = ++m->marker;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	expect_not_before(m, machine_raw(m), CLOCKBOUND_REPORT_NO_DISRUPTION);
}

/* The marker is the same, so it is the time that tells the older measurement. */
static void bound_not_before_generation(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct cb_sample sample = m->state.facts.vmclock.sample;

	sample.flags |= VMCLOCK_VM_GEN_PRESENT;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_pass(m, 1000000);
	sample.vm_generation++;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 1ULL);
	expect_not_before(m, machine_raw(m), 0);
}

/* So does the registered page's marker, which no report knows, before the first one. */
static void bound_not_before_registered(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);

	machine_register(m);
	machine_pass(m, 1000000);
	machine_update_registered(m, true);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 1ULL);
	expect_not_before(m, machine_raw(m), 0);
}

/* The timekeeper's update says where it started, and the clock is set after that. */
static void bound_not_before_step(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	u64 raw;

	machine_pass(m, 1000000);
	machine_tick(m, false);
	m->clock.realtime += NSEC_PER_SEC;
	machine_pass(m, 1000);
	raw = machine_raw(m);
	machine_clock(m, true, raw);
	KUNIT_EXPECT_EQ(test, m->state.facts.steps, 1ULL);
	expect_not_before(m, raw, 0);

	/* On another clocksource, with nothing reported yet. */
	m = machine_marker_only(test);
	m->clock.usable = false;
	machine_clock(m, true, machine_raw(m));
	machine_pass(m, 1000000);
	m->clock.realtime += NSEC_PER_SEC;
	raw = machine_raw(m);
	machine_clock(m, true, raw);
	expect_not_before(m, raw, 0);
}

/* What was reported does not depend on the clock, but what is to come may. */
static void bound_step(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	struct clockbound_model before;

	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	/* Somebody else registers a notifier: the clock goes on. */
	KUNIT_EXPECT_FALSE(test, machine_clock(m, true, machine_raw(m)));
	KUNIT_EXPECT_EQ(test, m->state.facts.steps, 0ULL);

	machine_pass(m, 1000);
	machine_decide(m);
	before = m->model;
	machine_set_clock(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.steps, 1ULL);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->model.earliest, before.earliest);
	KUNIT_EXPECT_EQ(test, m->model.latest, before.latest);

	/* What was measured before it comes too late, whenever it is told. */
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);
	report.as_of = machine_raw(m);
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);
	report.measured = machine_raw(m);
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
}

/* CLOCK_MONOTONIC_RAW itself does not go on. */
static void bound_epoch(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);

	/* The module knows of nothing before its start, and as_of is later. */
	report.measured = 0;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	report.as_of -= NSEC_PER_SEC / 2;
	report.measured = report.as_of;
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);

	machine_sleep(m);
	KUNIT_EXPECT_EQ(test, m->model.valid_ticks, 0ULL);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_EQ(test, m->state.facts.steps, 1ULL);
	machine_pass(m, 1000);
	report = machine_good_report(m);
	report.as_of -= 1001;
	report.measured = report.as_of;
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);
	report = machine_good_report(m);
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* An honest report, and then a wide one while the clock is slewed away: DESIGN 2. */
static void bound_slew_away(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report;
	int i;

	for (i = 0; i < 8000; i++) {
		m->slew = i < 100 ? 0 : i < 580 ? 1398093 : 0;
		if (i % 100 == 0) {
			report = machine_good_report(m);
			report.bound = i < 100 ? 1000000 : 50000000;
			report.time += i < 100 ? 0 : 40000000;
			KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report,
							      machine_raw(m)), 0);
			machine_decide(m);
		}
		machine_pass(m, 10000000);
		m->slew_held = true;
		machine_tick(m, false);
		machine_read(m);
	}
	KUNIT_EXPECT_EQ(test, m->trusted, 8000ULL);
	/* Some 80 s later: as wide as the reports say, but for the floor. */
	KUNIT_EXPECT_LE(test, m->model.latest - machine_true(m), 95000000LL);
}

/* I6: a wide report after a narrow one. Its line takes over when it has come so far. */
static void bound_floor_ends(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	u64 deadline;
	s64 floor, gap;

	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	machine_pass(m, 1000000);
	report = machine_good_report(m);
	report.bound += 1000000000;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_ASSERT_GT(test, m->state.floor_ticks, 0);
	floor = m->model.earliest;
	KUNIT_EXPECT_EQ(test, m->model.earliest_rate, 0ULL);
	deadline = m->state.deadline;
	gap = floor - (report.time - (s64)report.bound);
	KUNIT_EXPECT_GT(test, deadline, m->counter + gap);
	KUNIT_EXPECT_LT(test, deadline, m->counter + gap + gap / 10000);
	machine_pass(m, deadline - m->counter - 1000);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.earliest, floor);
	machine_pass(m, 1000000);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->state.floor_ticks, 0);
	KUNIT_EXPECT_GT(test, m->model.earliest, floor);
}

static void bound_without_disruption_support(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	struct cb_sample sample;

	report.flags = CLOCKBOUND_REPORT_NO_DISRUPTION;
	report.disruption_marker = 0;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	/* I4: a reader looks at the marker, whoever reported. */
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_VMCLOCK);

	/* What it has reported is void all the same; what it reports later is not. */
	machine_pass(m, 1000);
	machine_tick(m, false);
	machine_pass(m, 1000);
	sample = m->state.facts.vmclock.sample;
	sample.disruption_marker++;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	KUNIT_EXPECT_EQ(test, m->model.valid_ticks, 0ULL);
	report.as_of = machine_raw(m);
	report.measured = report.as_of;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* A page under a new marker, and a report from before: it is the page that is right. */
static void bound_migrated_without_disruption_support(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	s64 earliest, latest, jump = 6000000 << 10;
	struct cb_sample sample;

	report.flags = CLOCKBOUND_REPORT_NO_DISRUPTION;
	report.disruption_marker = 0;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	sample = machine_sample(m);
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_VMCLOCK | CB_SOURCE_REPORT);

	/* It is so wide that it has both in it. */
	m->truth += jump;
	m->marker++;
	sample = machine_sample(m);
	sample.time_maxerror_nanosec += 10000000;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_VMCLOCK);
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&m->model, m->counter, &earliest, &latest));
	KUNIT_EXPECT_LE(test, earliest, machine_true(m) + 1);
	KUNIT_EXPECT_GE(test, latest, machine_true(m));
}

static void bound_free_running(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);

	/* Nobody was synchronized yet: there is nothing to run on. */
	report.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);

	report = machine_good_report(m);
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	report.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	report.bound = 1;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_GE(test, m->model.latest - machine_true(m), 2000000LL);

	report.status = CLOCKBOUND_STATUS_UNKNOWN;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
}

/* Two sources that cannot both be right: both are in the interval. */
static void bound_contradiction(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	struct cb_sample sample = machine_sample(m);
	s64 earliest, latest;

	report.bound = 1000;
	report.time += NSEC_PER_SEC;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);

	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	KUNIT_EXPECT_EQ(test, machine_publish(m),
			CLOCKBOUND_EVENT_VIOLATION | CLOCKBOUND_EVENT_STATUS);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&m->model, m->counter, &earliest, &latest));
	KUNIT_EXPECT_LE(test, earliest, machine_true(m));
	KUNIT_EXPECT_GE(test, latest, machine_true(m) + NSEC_PER_SEC);
	KUNIT_EXPECT_TRUE(test, m->state.facts.contradiction);

	/* It is counted once, and over when they agree. */
	KUNIT_EXPECT_EQ(test, machine_publish(m), 0);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 1ULL);
	report.time -= NSEC_PER_SEC;
	report.bound = 200000;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_FALSE(test, m->state.facts.contradiction);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);

	/* It is over as well when nobody claims anything; the next one counts. */
	report.time += NSEC_PER_SEC;
	report.bound = 1000;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 2ULL);
	report.status = CLOCKBOUND_STATUS_UNKNOWN;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FOREIGN, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_FALSE(test, m->state.facts.contradiction);
	report.status = CLOCKBOUND_STATUS_SYNCHRONIZED;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 3ULL);
}

/* The first model is made before the clock has been looked at. */
static void bound_before_anything(struct kunit *test)
{
	struct cb_state *state = kunit_kzalloc(test, sizeof(*state), GFP_KERNEL);
	struct clockbound_model model;

	KUNIT_ASSERT_NOT_NULL(test, state);
	cb_state_init(state, CB_SOURCE_ALL, CLOCKBOUND_COUNTER_X86_TSC);
	cb_decide(state, 1000, &model);
	cb_decide_start(state, 1010, &model);
	KUNIT_EXPECT_EQ(test, cb_decide_started(state, 0), 0);
	KUNIT_EXPECT_EQ(test, model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_EQ(test, model.valid_ticks, 0ULL);
	KUNIT_EXPECT_EQ(test, model.flags, 0);
}

/* The hypervisor contradicts itself: it is believed again when it has measured anew. */
static void bound_contradicts_its_history(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct cb_sample sample = machine_sample(m);
	s64 earliest, latest;

	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	sample.seq_count += 2;
	sample.time_sec -= 10;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	KUNIT_EXPECT_TRUE(test, machine_publish(m) &
			  CLOCKBOUND_EVENT_VIOLATION);
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&m->model, m->counter, &earliest, &latest));
	KUNIT_EXPECT_LE(test, earliest, machine_true(m) - 10 * NSEC_PER_SEC + 100000);
	KUNIT_EXPECT_GE(test, latest, machine_true(m));
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);

	/* Not because it says so twice, or says a third thing of the same moment. */
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_GE(test, m->model.latest, machine_true(m));
	sample.seq_count += 2;
	sample.time_sec -= 5;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_GE(test, m->model.latest, machine_true(m));
	KUNIT_EXPECT_LT(test, m->model.earliest, machine_true(m) - 14 * NSEC_PER_SEC);

	sample.seq_count += 2;
	sample.counter_value++;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	/* For good. */
	machine_decide(m);
	KUNIT_EXPECT_LT(test, m->model.latest, machine_true(m) - 14 * NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 2ULL);
}

/* What it has said cannot all be true for long: lines that cross contradict each other. */
static void bound_history_crosses(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct cb_sample sample = machine_sample(m);

	/* A little slow and just late enough, then a little fast and just early enough. */
	sample.period_maxerror = 0;
	sample.time_maxerror_nanosec = 1000;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	sample.seq_count += 2;
	sample.period -= sample.period / 100000;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 0ULL);
	/* 2 us apart at 10 ppm: 200 ms. */
	KUNIT_EXPECT_LT(test, m->model.valid_ticks, NSEC_PER_SEC / 4);
	machine_pass(m, NSEC_PER_SEC);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 1ULL);
}

/*
 * A moment in the past: each page goes back by its own rates. The tightest lines of today,
 * extended backwards by each other's rates, are no bound of then.
 */
static void bound_of_the_past(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct cb_sample one = machine_sample(m), two;
	u64 then = m->counter - 1000 * NSEC_PER_SEC;
	struct clockbound_model past = m->model;
	s64 earliest, latest, from[2], to[2];
	struct cb_claim claims[2];

	/* Today the lower line is of the first, and the upper one of the second. */
	one.period_maxerror = one.period / 100000000;
	one.time_frac_sec = 1ULL << 60;
	two = one;
	two.period_maxerror /= 2;
	two.time_frac_sec -= 1ULL << 36;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &one,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_register(m);
	cb_state_sample(&m->state, &m->state.facts.registered, CB_VERDICT_FULL, &two,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_ASSERT_EQ(test, m->state.facts.sources, CB_SOURCE_VMCLOCK | CB_SOURCE_REGISTERED);
	KUNIT_ASSERT_TRUE(test, cb_decide_past(&m->state, then, &past));
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&past, then, &earliest, &latest));
	cb_vmclock_claim(&one, CLOCKBOUND_COUNTER_X86_TSC, &claims[0]);
	cb_vmclock_claim(&two, CLOCKBOUND_COUNTER_X86_TSC, &claims[1]);
	KUNIT_ASSERT_EQ(test, 1, claim_eval(&claims[0], then, &from[0], &to[0]));
	KUNIT_ASSERT_EQ(test, 1, claim_eval(&claims[1], then, &from[1], &to[1]));
	KUNIT_EXPECT_EQ(test, earliest, max(from[0], from[1]));
	KUNIT_EXPECT_EQ(test, latest, min(to[0], to[1]));
	/* And that is not where the present model leads. */
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&m->model, then, &earliest, &latest));
	KUNIT_EXPECT_TRUE(test, earliest > max(from[0], from[1]) ||
			  latest < min(to[0], to[1]));
}

/* One page, none, one that has a leap second ahead, and two that contradict each other. */
static void bound_of_the_past_alone(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	u64 then = m->counter - 1000 * NSEC_PER_SEC;
	struct clockbound_model past = m->model;
	struct cb_sample sample;
	s64 earliest, latest;

	KUNIT_EXPECT_FALSE(test, cb_decide_past(&m->state, then, &past));
	machine_register(m);
	KUNIT_ASSERT_EQ(test, m->state.facts.sources, CB_SOURCE_REGISTERED);
	KUNIT_ASSERT_TRUE(test, cb_decide_past(&m->state, then, &past));
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&past, then, &earliest, &latest));
	KUNIT_EXPECT_LE(test, earliest, machine_true(m) - 1000 * NSEC_PER_SEC + 60000000);
	KUNIT_EXPECT_GE(test, latest, machine_true(m) - 1000 * NSEC_PER_SEC - 60000000);
	KUNIT_EXPECT_EQ(test, past.flags & CLOCKBOUND_MODEL_LEAP, 0);
	sample = machine_sample(m);
	sample.leap_indicator = VMCLOCK_LEAP_IND_PRE_POS;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_ASSERT_TRUE(test, cb_decide_past(&m->state, then, &past));
	KUNIT_EXPECT_TRUE(test, past.flags & CLOCKBOUND_MODEL_LEAP);
	KUNIT_EXPECT_EQ(test, past.leap, 1);
	/* Further than any claim reaches. */
	KUNIT_EXPECT_FALSE(test, cb_decide_past(&m->state, m->counter - (1ULL << 62), &past));

	sample.seq_count += 2;
	sample.counter_value++;
	sample.time_sec -= 10;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_FALSE(test, cb_decide_past(&m->state, then, &past));
}

/* What a page says of its clock counts, not what it said before. */
static void bound_free_running_page(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct cb_sample sample = machine_sample(m);

	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	sample.seq_count += 2;
	sample.clock_status = VMCLOCK_CLOCK_FREERUNNING;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	KUNIT_EXPECT_EQ(test, machine_publish(m),
			CLOCKBOUND_EVENT_STATUS);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);
}

static void bound_disrupted_by_hand(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct cb_sample sample = machine_sample(m);
	struct clockbound_report report = machine_good_report(m);

	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	cb_state_disrupt(&m->state, true, m->state.clock.raw);
	KUNIT_EXPECT_EQ(test, machine_publish(m),
			CLOCKBOUND_EVENT_DISRUPTION | CLOCKBOUND_EVENT_STATUS);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	KUNIT_EXPECT_EQ(test, m->model.valid_ticks, 0ULL);
	/* Once more is no other disruption. */
	cb_state_disrupt(&m->state, true, m->state.clock.raw);
	KUNIT_EXPECT_EQ(test, machine_publish(m), 0);
	/* Nothing helps until it is released. */
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	cb_state_disrupt(&m->state, false, m->state.clock.raw);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_VMCLOCK);

	/* However long ago the clock was looked at: only what is measured later counts. */
	machine_pass(m, 1000000);
	cb_state_disrupt(&m->state, true, machine_raw(m));
	cb_state_disrupt(&m->state, false, machine_raw(m));
	report = machine_good_report(m);
	report.measured--;
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);
	report.measured++;
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
}

static void bound_generation(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct cb_sample sample = machine_sample(m);

	sample.flags |= VMCLOCK_VM_GEN_PRESENT;
	sample.vm_generation = 5;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	KUNIT_EXPECT_EQ(test, machine_publish(m),
			CLOCKBOUND_EVENT_STATUS);
	sample.vm_generation = 6;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	/* A full page vouches for itself, so nothing but the event tells. */
	KUNIT_EXPECT_EQ(test, machine_publish(m),
			CLOCKBOUND_EVENT_GENERATION);
	KUNIT_EXPECT_EQ(test, m->model.vm_generation, 6ULL);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 1ULL);

	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FOREIGN, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_EQ(test, m->state.facts.vmclock.verdict, CB_VERDICT_FOREIGN);
}

/* A claim that ends is not used, and what came before it still is the floor. */
static void bound_claim_ends(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	s64 floor;

	report.bound = 1000;
	report.void_after = report.as_of + NSEC_PER_SEC;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	machine_pass(m, 2 * NSEC_PER_SEC);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	floor = m->state.floor.earliest;
	KUNIT_EXPECT_GT(test, floor, machine_true(m) - 2 * NSEC_PER_SEC);

	/* A claim that is wider than that takes it up. */
	report = machine_good_report(m);
	report.bound = 10 * NSEC_PER_SEC;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.earliest, floor);
	KUNIT_EXPECT_GT(test, m->state.floor_ticks, 0);

	/* One that lies in front of it contradicts what was said before. */
	report.time -= 3600 * NSEC_PER_SEC;
	report.bound = 1000;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	KUNIT_EXPECT_TRUE(test, machine_publish(m) &
			  CLOCKBOUND_EVENT_VIOLATION);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 1ULL);
	KUNIT_EXPECT_LT(test, m->model.latest, floor);
}

static struct kunit_case bound_cases[] = {
	KUNIT_CASE(bound_generation),
	KUNIT_CASE(bound_claim_ends),
	KUNIT_CASE(bound_report_refused),
	KUNIT_CASE(bound_on_another_clocksource),
	KUNIT_CASE(bound_floor_by_clock),
	KUNIT_CASE(bound_marker_alone),
	KUNIT_CASE(bound_step),
	KUNIT_CASE(bound_epoch),
	KUNIT_CASE(bound_slew_away),
	KUNIT_CASE(bound_floor_ends),
	KUNIT_CASE(bound_not_before_disruption),
	KUNIT_CASE(bound_not_before_generation),
	KUNIT_CASE(bound_not_before_registered),
	KUNIT_CASE(bound_not_before_step),
	KUNIT_CASE(bound_without_disruption_support),
	KUNIT_CASE(bound_migrated_without_disruption_support),
	KUNIT_CASE(bound_free_running),
	KUNIT_CASE(bound_contradiction),
	KUNIT_CASE(bound_before_anything),
	KUNIT_CASE(bound_contradicts_its_history),
	KUNIT_CASE(bound_history_crosses),
	KUNIT_CASE(bound_of_the_past),
	KUNIT_CASE(bound_of_the_past_alone),
	KUNIT_CASE(bound_free_running_page),
	KUNIT_CASE(bound_disrupted_by_hand),
	{ }
};

static struct kunit_suite bound_suite = {
	.name = "clockbound_bound",
	.test_cases = bound_cases,
};

kunit_test_suite(bound_suite);
