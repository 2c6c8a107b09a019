// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ends the counter's continuity, by hand: nothing from before counts after it.
 */
#include <clockbound/eval.h>
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/time64.h>

#include "../../src/publish/shm0.h"
#include "machine.h"

#define HOURS_28	(28ULL * 3600 * NSEC_PER_SEC)

/* A machine that has run for 28 h, with a registered page that is in order. */
static struct machine *old_machine(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);

	m->counter += HOURS_28;
	m->truth += (s64)HOURS_28 << 10;
	machine_tick(m, false);
	machine_register(m);
	KUNIT_ASSERT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	machine_read(m);
	KUNIT_ASSERT_EQ(test, m->trusted, 1ULL);
	return m;
}

static void expect_unknown(struct machine *m)
{
	KUNIT_EXPECT_EQ(m->test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_EQ(m->test, m->model.valid_ticks, 0ULL);
	KUNIT_EXPECT_EQ(m->test, m->state.facts.sources, 0);
}

/* The registered page is as it is given, and it is looked at now. */
static void look(struct machine *m, struct cb_sample *sample)
{
	sample->disruption_marker = m->registered_marker;
	sample->taken_at = m->counter;
	cb_state_sample(&m->state, &m->state.facts.registered, CB_VERDICT_FULL, sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	machine_read(m);
}

static void sleep_and_wake(struct machine *m, enum machine_counter counter)
{
	machine_suspend(m);
	machine_resume(m, counter, NSEC_PER_SEC);
	machine_wake(m);
}

/*
 * The timekeeper alone tells of it. A page that does not move is 28 h off by the new
 * counter, and one with a counter value of the old one is no better; not either when the
 * new one gets there.
 */
static void epoch_counter_restarts(struct kunit *test)
{
	struct machine *m = old_machine(test);
	struct cb_sample old, sample;

	machine_pass(m, 1000);
	old = machine_sample(m);
	m->counter = NSEC_PER_SEC / 10;
	m->clock.counter_value = m->counter;
	KUNIT_ASSERT_TRUE(test, machine_clock(m, true, m->clock.raw));
	machine_decide(m);
	expect_unknown(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.registered.verdict, CB_VERDICT_STALE);

	look(m, &old);
	expect_unknown(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.registered.verdict, CB_VERDICT_STALE);
	machine_pass(m, 1000);
	sample = machine_sample(m);
	look(m, &sample);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->trusted, 2ULL);

	m = old_machine(test);
	machine_pass(m, 1000);
	old = machine_sample(m);
	sleep_and_wake(m, MACHINE_COUNTER_RESTARTS);
	look(m, &old);
	m->counter += 2 * HOURS_28;
	machine_tick(m, false);
	look(m, &old);
	expect_unknown(m);
}

/* While the gate is closed nothing comes out, whatever comes in; and not by its opening. */
static void epoch_gate(struct kunit *test)
{
	struct machine *m = old_machine(test);
	struct clockbound_report stale = machine_good_report(m), report;
	struct cb_shm0_record record;
	struct cb_sample sample;
	u64 steps = m->state.facts.steps;

	stale.disruption_marker = m->marker;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &stale, machine_raw(m)), 0);
	machine_decide(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REGISTERED | CB_SOURCE_REPORT);

	cb_state_sleep(&m->state, m->counter, machine_raw(m));
	KUNIT_EXPECT_EQ(test, machine_publish(m), CLOCKBOUND_EVENT_STATUS);
	expect_unknown(m);
	cb_shm0_make(&m->state, m->counter, 0, &record);
	KUNIT_EXPECT_EQ(test, record.status, CLOCKBOUND_STATUS_UNKNOWN);

	sample = machine_sample(m);
	look(m, &sample);
	expect_unknown(m);
	machine_resume(m, MACHINE_COUNTER_GOES_ON, 1000);
	sample = machine_sample(m);
	look(m, &sample);
	machine_tick(m, true);
	report = machine_good_report(m);
	cb_state_report(&m->state, &report, machine_raw(m));
	machine_decide(m);
	expect_unknown(m);

	cb_state_wake(&m->state, &m->timeline, m->counter, machine_raw(m));
	KUNIT_EXPECT_EQ(test, machine_publish(m), CLOCKBOUND_EVENT_STEP);
	expect_unknown(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.steps, steps + 1);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 0ULL);

	machine_pass(m, 1000);
	stale.as_of = report.as_of - 1;
	stale.measured = stale.as_of;
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &stale, machine_raw(m)), -ESTALE);
	machine_decide(m);
	expect_unknown(m);
	report = machine_good_report(m);
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	machine_read(m);
	KUNIT_EXPECT_EQ(test, m->trusted, 2ULL);
}

/* It is the same where the system clock does not run on the counter. */
static void epoch_gate_by_clock(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_reading reading = { 0 };
	struct clockbound_report report;
	u64 raw;

	m->clock.usable = false;
	m->clock.source = 2;
	machine_tick(m, true);
	report = machine_good_report(m);
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	raw = machine_raw(m);
	KUNIT_EXPECT_TRUE(test, cb_decide_read(&m->state, raw, raw, &reading));

	machine_suspend(m);
	expect_unknown(m);
	KUNIT_EXPECT_FALSE(test, m->model.flags & CLOCKBOUND_MODEL_IOCTL);
	KUNIT_EXPECT_FALSE(test, cb_decide_read(&m->state, raw, raw, &reading));
	machine_resume(m, MACHINE_COUNTER_RESTARTS, 1000);
	raw = machine_raw(m);
	report = machine_good_report(m);
	cb_state_report(&m->state, &report, raw);
	machine_decide(m);
	KUNIT_EXPECT_FALSE(test, cb_decide_read(&m->state, raw, raw, &reading));
	machine_wake(m);
	KUNIT_EXPECT_FALSE(test, cb_decide_read(&m->state, raw, raw, &reading));
}

/* Which page counts again, for each thing that the counter can have done. */
static void epoch_pages(struct kunit *test)
{
	enum machine_counter counter;

	for (counter = 0; counter <= MACHINE_COUNTER_RESTARTS; counter++) {
		struct machine *m = old_machine(test);
		struct cb_sample before = machine_sample(m), sample;

		machine_suspend(m);
		machine_resume(m, counter, NSEC_PER_SEC);
		machine_pass(m, 1000);
		sample = machine_sample(m);
		machine_pass(m, 1000);
		machine_wake(m);
		/* What has not moved. */
		expect_unknown(m);
		machine_pass(m, 1000);
		look(m, &before);
		expect_unknown(m);
		/* A counter value that is yet to come; and from before the resume. */
		before.counter_value = m->counter + 1;
		before.seq_count += 2;
		look(m, &before);
		expect_unknown(m);
		before.counter_value = m->state.since - 1;
		before.seq_count += 2;
		look(m, &before);
		expect_unknown(m);
		/* Written while the gate was closed, when the timekeeper went on. */
		sample.seq_count = before.seq_count + 2;
		look(m, &sample);
		KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
		KUNIT_EXPECT_EQ(test, m->trusted, 2ULL);
		KUNIT_EXPECT_EQ(test, m->state.facts.violations, 0ULL);
	}
}

/* A new marker says that its page knows, whatever its counter value is. */
static void epoch_new_marker(struct kunit *test)
{
	struct machine *m = old_machine(test);
	struct cb_sample sample;

	sleep_and_wake(m, MACHINE_COUNTER_RESTARTS);
	m->registered_marker++;
	sample = machine_sample(m);
	m->truth -= 1000 << 10;
	sample.counter_value -= 1000000;
	sample.time_maxerror_nanosec += 2000000;
	look(m, &sample);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 1ULL);
}

/* Memory that is registered afterwards may be from before. */
static void epoch_registered_later(struct kunit *test)
{
	struct machine *m = old_machine(test);
	struct cb_sample sample = machine_sample(m);

	machine_unregister(m);
	sleep_and_wake(m, MACHINE_COUNTER_RESTARTS);
	cb_state_register(&m->state, CB_VERDICT_BUSY);
	m->registered_marker = 7;
	look(m, &sample);
	expect_unknown(m);
	sample = machine_sample(m);
	look(m, &sample);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* Something else does not want to sleep: the clocks have gone on all the time. */
static void epoch_not_slept(struct kunit *test)
{
	struct machine *m = old_machine(test);
	struct cb_sample sample = machine_sample(m);
	struct clockbound_report report = machine_good_report(m);

	machine_suspend(m);
	machine_pass(m, 1000);
	cb_state_wake(&m->state, &m->timeline, m->counter, machine_raw(m));
	KUNIT_EXPECT_EQ(test, machine_publish(m), CLOCKBOUND_EVENT_STEP);
	expect_unknown(m);
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);
	look(m, &sample);
	expect_unknown(m);
	machine_pass(m, 1000);
	sample = machine_sample(m);
	look(m, &sample);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* I6: a sleep is long, but time does not go back in it; whatever the counter does. */
static void epoch_floor(struct kunit *test)
{
	enum machine_counter counter;

	for (counter = 0; counter <= MACHINE_COUNTER_RESTARTS; counter++) {
		struct machine *m = old_machine(test);
		struct cb_sample sample;
		s64 earliest;

		machine_pass(m, 5000000);
		machine_read(m);
		earliest = m->earliest;
		sleep_and_wake(m, counter);
		sample = machine_sample(m);
		sample.time_maxerror_nanosec = 10 * NSEC_PER_SEC;
		look(m, &sample);
		KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
		KUNIT_EXPECT_GE(test, m->model.earliest, earliest);
		KUNIT_EXPECT_EQ(test, m->state.facts.violations, 0ULL);
	}
}

/* A TSC that has been found to be unstable, and, what no kernel does, is good again. */
static void epoch_unstable(struct kunit *test)
{
	struct machine *m = old_machine(test);
	struct clockbound_report report = machine_good_report(m);
	struct cb_sample sample = machine_sample(m);
	u64 epochs = m->state.epochs;

	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_decide(m);
	machine_pass(m, 1000);
	sample.disruption_marker = m->registered_marker;
	sample.taken_at = m->counter;
	cb_state_sample(&m->state, &m->state.facts.registered, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_NONE, machine_raw(m));
	machine_decide(m);
	expect_unknown(m);
	KUNIT_EXPECT_EQ(test, m->state.epochs, epochs + 1);
	look(m, &sample);
	expect_unknown(m);
	sample = machine_sample(m);
	look(m, &sample);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* Another clocksource, and a page of the hypervisor's: it has to say it anew. */
static void epoch_clocksource(struct kunit *test)
{
	struct machine *m = old_machine(test);

	machine_update_page(m);
	machine_unregister(m);
	m->clock.source = 2;
	m->clock.usable = false;
	machine_tick(m, true);
	expect_unknown(m);
	KUNIT_EXPECT_EQ(test, m->state.since, m->counter);
	KUNIT_EXPECT_TRUE(test, m->state.facts.vmclock.stale);
	while (m->state.facts.vmclock.verdict != CB_VERDICT_FULL)
		machine_update_page(m);
	KUNIT_EXPECT_TRUE(test, m->model.valid_ticks);
}

static struct kunit_case epoch_cases[] = {
	KUNIT_CASE(epoch_counter_restarts),
	KUNIT_CASE(epoch_gate),
	KUNIT_CASE(epoch_gate_by_clock),
	KUNIT_CASE(epoch_pages),
	KUNIT_CASE(epoch_new_marker),
	KUNIT_CASE(epoch_registered_later),
	KUNIT_CASE(epoch_not_slept),
	KUNIT_CASE(epoch_floor),
	KUNIT_CASE(epoch_unstable),
	KUNIT_CASE(epoch_clocksource),
	{ }
};

static struct kunit_suite epoch_suite = {
	.name = "clockbound_epoch",
	.test_cases = epoch_cases,
};

kunit_test_suite(epoch_suite);
