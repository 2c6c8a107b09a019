// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision around a leap second, by hand.
 */
#include <clockbound/eval.h>
#include <kunit/test.h>
#include <linux/time64.h>

#include "machine.h"

#define LEAP_AT		(MACHINE_MONTH_END * NSEC_PER_SEC)
#define LEAP_DAY	(MACHINE_MONTH_END / 86400)

/* A machine whose clock is right, to 2 ms, and nothing else. */
static struct machine *start(struct kunit *test, s64 before)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	machine_start(m, test, 1, CB_SOURCE_REPORT, MACHINE_MONTH_END - before);
	return m;
}

static int try_report(struct machine *m, u32 flags)
{
	struct clockbound_report report = machine_good_report(m);
	int error;

	report.flags = flags;
	error = cb_state_report(&m->state, &report, machine_raw(m));
	machine_decide(m);
	return error;
}

static void report(struct machine *m, u32 flags)
{
	KUNIT_ASSERT_EQ(m->test, try_report(m, flags), 0);
}

/* The counter goes on by so many ns, and the clocks with it. */
static void pass(struct machine *m, s64 ns)
{
	for (; ns > 0; ns -= 1000000000)
		machine_pass(m, min(ns, 1000000000LL));
	m->slew_held = true;
	machine_tick(m, false);
}

/* Readers are told in the last hour; before that a model ends in front of it. */
static void leap_far_away(struct kunit *test)
{
	struct machine *m = start(test, 7200);
	s64 earliest, latest;
	u64 last;

	m->clock.insert_at = LEAP_AT;
	machine_tick(m, false);
	report(m, 0);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->model.leap, 0);
	KUNIT_EXPECT_EQ(test, m->model.flags & CLOCKBOUND_MODEL_LEAP, 0);
	/* void_after is nearer here. */
	KUNIT_EXPECT_LT(test, m->model.valid_ticks, 1001ULL * NSEC_PER_SEC);

	/* A claim that lasts ends in front of the leap second. */
	m->state.report.void_after = machine_raw(m) + 100000 * NSEC_PER_SEC;
	m->state.report.fresh_until = m->state.report.void_after;
	machine_decide(m);
	last = m->counter + m->model.valid_ticks - 1;
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&m->model, last, &earliest, &latest));
	KUNIT_EXPECT_LT(test, latest, LEAP_AT);
	KUNIT_EXPECT_GT(test, latest, LEAP_AT - NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, 0, clockbound_eval(&m->model, last + 1, &earliest, &latest));
	/* It is decided again an hour before, with some room for the error. */
	KUNIT_EXPECT_LT(test, m->state.deadline, m->counter + 3600ULL * NSEC_PER_SEC);
	KUNIT_EXPECT_GT(test, m->state.deadline, m->counter + 3590ULL * NSEC_PER_SEC);

	m->counter = m->state.deadline + 10000000;
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.leap, 1);
	KUNIT_EXPECT_EQ(test, (s64)m->model.leap_day, LEAP_DAY);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_LEAP);
	KUNIT_EXPECT_TRUE(test, clockbound_eval(&m->model, m->counter + 3700ULL * NSEC_PER_SEC,
						&earliest, &latest));
}

/* The reporter's word: it takes it back with its next report. */
static void leap_reported(struct kunit *test)
{
	struct machine *m = start(test, 10);

	report(m, CLOCKBOUND_REPORT_LEAP_DELETE);
	KUNIT_EXPECT_EQ(test, m->model.leap, -1);
	KUNIT_EXPECT_EQ(test, (s64)m->model.leap_day, LEAP_DAY);
	report(m, 0);
	KUNIT_EXPECT_EQ(test, m->model.leap, 0);
	/* Once it has happened, the reporter has to take it back before another one. */
	m->state.deleted = true;
	report(m, CLOCKBOUND_REPORT_LEAP_DELETE);
	KUNIT_EXPECT_EQ(test, m->model.leap, 0);
	report(m, 0);
	report(m, CLOCKBOUND_REPORT_LEAP_DELETE);
	KUNIT_EXPECT_EQ(test, m->model.leap, -1);
	/* What the timekeeper says counts for who has not heard of any. */
	m->clock.insert_at = LEAP_AT;
	machine_tick(m, false);
	KUNIT_EXPECT_EQ(test, m->model.leap, -1);
	report(m, 0);
	KUNIT_EXPECT_EQ(test, m->model.leap, 1);

	/* An announcement of the reporter's alone, and of both kinds. */
	m->clock.insert_at = 0;
	machine_tick(m, false);
	report(m, CLOCKBOUND_REPORT_LEAP_INSERT);
	KUNIT_EXPECT_EQ(test, m->model.leap, 1);
	KUNIT_EXPECT_EQ(test, (s64)m->model.leap_day, LEAP_DAY);

	/* The day is the one of the report, whatever the clock says. */
	report(m, 0);
	m->clock.realtime -= 7200 * NSEC_PER_SEC;
	machine_clock(m, true, machine_raw(m));
	pass(m, 20 * NSEC_PER_SEC);
	report(m, CLOCKBOUND_REPORT_LEAP_DELETE);
	KUNIT_EXPECT_EQ(test, (s64)m->state.delete_day, LEAP_DAY + 1);
	KUNIT_EXPECT_EQ(test, (s64)m->state.report.leap_day, LEAP_DAY + 1);
}

/* Which of two seconds of the same name it is, a report cannot tell. */
static void leap_is_near(struct kunit *test)
{
	static const u32 flags[] = {
		CLOCKBOUND_REPORT_LEAP_INSERT, CLOCKBOUND_REPORT_LEAP_DELETE, 0,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct machine *m = start(test, 10);

		if (!flags[i]) {
			m->clock.insert_at = LEAP_AT;
			machine_tick(m, false);
		}
		pass(m, 6 * NSEC_PER_SEC);
		report(m, flags[i]);
		KUNIT_EXPECT_NE(test, m->model.leap, 0);
		pass(m, 2900000000LL);
		KUNIT_EXPECT_EQ(test, try_report(m, flags[i]), -EAGAIN);
		/* What was reported before stays in force. */
		KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
		KUNIT_EXPECT_EQ(test, m->state.facts.reports, 1ULL);
	}
}

/* The clock is told nothing (chrony's leapsecmode slew): the reports alone know. */
static void leap_of_the_reporter(struct kunit *test)
{
	struct machine *m = start(test, 10);
	struct clockbound_reading reading = { 0 };

	report(m, CLOCKBOUND_REPORT_LEAP_INSERT);
	pass(m, 14 * NSEC_PER_SEC);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.leap, 0);
	KUNIT_EXPECT_EQ(test, (s64)m->model.leap_day, LEAP_DAY);
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&m->model, m->counter, &reading.earliest,
						 &reading.latest));
	KUNIT_EXPECT_LE(test, reading.earliest, machine_true(m) - NSEC_PER_SEC);
	KUNIT_EXPECT_GE(test, reading.latest, machine_true(m) - NSEC_PER_SEC);
	KUNIT_EXPECT_LE(test, reading.latest - reading.earliest, 6000000LL);
	KUNIT_EXPECT_EQ(test, m->model.tai_offset, 38);
}

/* A step of a second is no leap second unless all of it fits. */
static void leap_or_step(struct kunit *test)
{
	static const struct {
		s64 insert_at;
		s64 step;
		int tai;
		u64 steps;
	} cases[] = {
		{ LEAP_AT, -NSEC_PER_SEC, 1, 0 },	/* the leap second */
		{ 0, -NSEC_PER_SEC, 1, 1 },		/* nobody has announced it */
		{ LEAP_AT, -NSEC_PER_SEC, 0, 1 },	/* TAI steps */
		{ LEAP_AT, -NSEC_PER_SEC, 2, 1 },
		{ LEAP_AT, NSEC_PER_SEC, 1, 1 },	/* the other way */
		{ LEAP_AT, -2 * NSEC_PER_SEC, 1, 1 },
		{ LEAP_AT, 0, 1, 0 },			/* somebody corrects TAI */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct machine *m = start(test, 4);

		m->clock.insert_at = cases[i].insert_at;
		machine_tick(m, false);
		report(m, 0);
		m->clock.realtime += cases[i].step;
		m->clock.tai_offset += cases[i].tai;
		m->clock.insert_at = 0;
		machine_clock(m, true, machine_raw(m));
		machine_decide(m);
		KUNIT_EXPECT_EQ_MSG(test, m->state.facts.steps, cases[i].steps, "case %zu", i);
		KUNIT_EXPECT_GT(test, m->model.valid_ticks, 0ULL);
	}
}

/* A clock that leaps too early: the true time may be before the leap second. */
static void leap_too_early(struct kunit *test)
{
	struct machine *m = start(test, 4);
	struct clockbound_reading reading = { 0 };

	m->clock.insert_at = LEAP_AT;
	machine_tick(m, false);
	report(m, 0);
	/* 1 ms before the true time is there */
	pass(m, 3999000000LL);
	m->clock.realtime -= NSEC_PER_SEC;
	m->clock.tai_offset++;
	m->clock.insert_at = 0;
	KUNIT_ASSERT_TRUE(test, machine_clock(m, true, machine_raw(m)));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.steps, 0ULL);

	/* As much as 3 ms before, in the old count, or 1 ms after, in the new one. */
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&m->model, m->counter, &reading.earliest,
						 &reading.latest));
	reading.flags = m->model.flags;
	reading.tai_offset = m->model.tai_offset;
	KUNIT_ASSERT_TRUE(test, reading.flags & CLOCKBOUND_MODEL_LEAP);
	clockbound_eval_leap(&m->model, &reading);
	KUNIT_EXPECT_TRUE(test, reading.flags & CLOCKBOUND_MODEL_LEAP);
	KUNIT_EXPECT_EQ(test, reading.tai_offset, 37);
	KUNIT_EXPECT_LE(test, reading.earliest, LEAP_AT - NSEC_PER_SEC);
	KUNIT_EXPECT_GE(test, reading.latest, LEAP_AT);
	KUNIT_EXPECT_LE(test, reading.leap_earliest, LEAP_AT - 3000000);
	KUNIT_EXPECT_GE(test, reading.leap_earliest, LEAP_AT - 3300000);
	KUNIT_EXPECT_GE(test, reading.leap_latest, LEAP_AT + 1000000);
	KUNIT_EXPECT_LE(test, reading.leap_latest, LEAP_AT + 1300000);

	/* Then the clock is set: what was reported knows of the leap second all the same. */
	m->clock.realtime += 1000000;
	machine_clock(m, true, machine_raw(m));
	pass(m, NSEC_PER_SEC);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.steps, 1ULL);
	KUNIT_EXPECT_EQ(test, (s64)m->model.leap_day, LEAP_DAY);
	KUNIT_EXPECT_EQ(test, m->model.tai_offset, 38);
	KUNIT_EXPECT_LE(test, m->model.latest, LEAP_AT + 3000000);
}

/* On another clocksource: before, in and after the leap second. */
static void leap_by_clock(struct kunit *test)
{
	static const struct {
		s64 wait;		/* ns */
		bool in_leap;
		int tai_offset;
		s64 expected;		/* the true time after that, UTC; ns from the leap second */
	} steps[] = {
		{ 3990000000LL, false, 37, -10000000 },
		{ 9500000, true, 37, -500000 },
		{ 10000000, false, 38, 9500000 - NSEC_PER_SEC },
	};
	struct machine *m = start(test, 4);
	struct clockbound_reading reading;
	size_t i;

	m->clock.usable = false;
	m->clock.insert_at = LEAP_AT;
	m->state.clock = m->clock;
	report(m, 0);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		u64 now;

		m->clock.usable = true;		/* to let it pass */
		m->counter += steps[i].wait;
		m->clock.counter_value = m->counter;
		m->clock.raw += steps[i].wait;
		m->clock.realtime += steps[i].wait;
		now = m->clock.raw;
		m->clock.usable = false;
		machine_clock(m, false, machine_raw(m));
		machine_publish(m);
		KUNIT_ASSERT_TRUE(test, cb_decide_read(&m->state, now, now, &reading));
		KUNIT_EXPECT_EQ(test, !!(reading.flags & CLOCKBOUND_MODEL_LEAP),
				steps[i].in_leap);
		KUNIT_EXPECT_EQ(test, reading.tai_offset, steps[i].tai_offset);
		KUNIT_EXPECT_LE(test, reading.earliest, LEAP_AT + steps[i].expected);
		KUNIT_EXPECT_GE(test, reading.latest, LEAP_AT + steps[i].expected);
		if (steps[i].in_leap) {
			KUNIT_EXPECT_LE(test, reading.leap_earliest, LEAP_AT - 2000000);
			KUNIT_EXPECT_GE(test, reading.leap_latest, LEAP_AT + 1000000);
		} else {
			KUNIT_EXPECT_LE(test, reading.latest - reading.earliest, 5000000LL);
		}
	}
}

/* A hypervisor that takes its announcement back. */
static void leap_withdrawn(struct kunit *test)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct cb_sample sample;

	KUNIT_ASSERT_NOT_NULL(test, m);
	machine_start(m, test, 1, CB_SOURCE_VMCLOCK, MACHINE_MONTH_END - 10);
	sample = machine_sample(m);
	sample.leap_indicator = VMCLOCK_LEAP_IND_PRE_POS;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.leap, 1);
	sample.leap_indicator = VMCLOCK_LEAP_IND_NONE;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.leap, 0);
	KUNIT_EXPECT_EQ(test, m->model.flags & CLOCKBOUND_MODEL_LEAP, 0);
	/* And the lines are not past it. */
	KUNIT_EXPECT_LT(test, (s64)m->model.leap_day, LEAP_DAY);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 0ULL);
}

/* In the inserted second, UTC is ambiguous: the earlier page is still true. */
static void leap_in_the_inserted_second(struct kunit *test)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct cb_sample sample;
	s64 earliest;

	KUNIT_ASSERT_NOT_NULL(test, m);
	machine_start(m, test, 1, CB_SOURCE_VMCLOCK, MACHINE_MONTH_END - 10);
	sample = machine_sample(m);
	sample.leap_indicator = VMCLOCK_LEAP_IND_POS;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	/* Nothing was announced: who knows what it is. */
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);

	sample.leap_indicator = VMCLOCK_LEAP_IND_PRE_POS;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	earliest = m->model.earliest;
	sample.leap_indicator = VMCLOCK_LEAP_IND_POS;
	sample.time_sec += 5;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->model.earliest, earliest);
	KUNIT_EXPECT_EQ(test, m->state.facts.vmclock.verdict, CB_VERDICT_LEAP_SECOND);

	/* But not on another host. */
	sample.disruption_marker++;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.valid_ticks, 0ULL);
}

/* One leap second is past, for the page and for the clock, and another is announced. */
static void leap_after_leap(struct kunit *test)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct cb_sample sample;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	machine_start(m, test, 1, CB_SOURCE_ALL, MACHINE_MONTH_END - 4);
	m->leap = 1;
	m->slew_held = true;
	m->clock.insert_at = LEAP_AT;
	machine_tick(m, false);
	report(m, 0);
	sample = machine_sample(m);
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.leap, 1);
	for (i = 0; i < 550; i++) {
		machine_pass(m, 10000000);
		machine_tick(m, false);
	}
	KUNIT_ASSERT_TRUE(test, m->clock_leapt);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.leap, 0);
	KUNIT_EXPECT_EQ(test, (s64)m->model.leap_day, LEAP_DAY);
	KUNIT_EXPECT_EQ(test, m->model.tai_offset, 38);

	sample = machine_sample(m);
	sample.leap_indicator = VMCLOCK_LEAP_IND_PRE_NEG;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_VMCLOCK | CB_SOURCE_REPORT);
	KUNIT_EXPECT_EQ(test, m->state.published.claim.leap, -1);
	KUNIT_EXPECT_GT(test, m->model.valid_ticks, 900ULL * NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 0ULL);
}

static struct kunit_case bound_leap_cases[] = {
	KUNIT_CASE(leap_after_leap),
	KUNIT_CASE(leap_far_away),
	KUNIT_CASE(leap_reported),
	KUNIT_CASE(leap_is_near),
	KUNIT_CASE(leap_of_the_reporter),
	KUNIT_CASE(leap_or_step),
	KUNIT_CASE(leap_too_early),
	KUNIT_CASE(leap_by_clock),
	KUNIT_CASE(leap_withdrawn),
	KUNIT_CASE(leap_in_the_inserted_second),
	{ }
};

static struct kunit_suite bound_leap_suite = {
	.name = "clockbound_bound_leap",
	.test_cases = bound_leap_cases,
};

kunit_test_suite(bound_leap_suite);
