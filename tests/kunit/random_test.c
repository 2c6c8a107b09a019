// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision, for random histories of whole machines against the truth.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/time64.h>

#include "machine.h"

/* For each of the seven cases: 10^7 in all. */
static unsigned int random_steps = 1500000;
module_param(random_steps, uint, 0444);
MODULE_PARM_DESC(random_steps, "how many random steps of a machine are tested");

/* So that timekeeping updates are some 10 ms apart. */
#define STEP_TICKS	4000000
#define SHORT_TICKS	20000

/* The provider of a registered page at work. */
static void random_provider(struct machine *m)
{
	if (!m->registered_marker)
		machine_register(m);
	else if (!machine_below(m, 10))
		machine_unregister(m);
	else
		machine_update_registered(m, !machine_below(m, 10));
}

/* Some time passes, and one thing happens. */
static void random_step(struct machine *m, u32 ticks)
{
	u32 choice = machine_below(m, 1000);

	machine_pass(m, 1 + machine_below(m, machine_below(m, 4) ? ticks : SHORT_TICKS));
	if (choice < 600) {
		machine_read(m);
	} else if (choice < 880) {
		machine_tick(m, false);
	} else if (choice < 920) {
		machine_update_page(m);
	} else if (choice < 940) {
		random_provider(m);
	} else if (choice < 990) {
		machine_tick(m, false);
		machine_report(m);
	}
	if (m->counter - m->clock.counter_value > 20000000)
		machine_tick(m, false);
}

/* Somebody has begun to write a page before the machine slept, and ends it afterwards. */
static void late_page(struct machine *m, struct cb_sample *sample, bool registered)
{
	/* The new counter could have had the value, too: nobody can tell. */
	if (sample->counter_value <= m->counter && m->state.since <= sample->counter_value)
		return;
	sample->seq_count += 2 * machine_below(m, 2);
	sample->taken_at = m->counter;
	if (!registered) {
		sample->disruption_marker = m->marker;
		cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, sample,
				CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	} else if (m->registered_marker) {
		sample->disruption_marker = m->registered_marker;
		cb_state_sample(&m->state, &m->state.facts.registered, CB_VERDICT_FULL, sample,
				CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	}
	machine_decide(m);
	machine_read(m);
}

/* What is read, written and reported around a sleep, whatever the counter does in it. */
static void random_suspend(struct machine *m)
{
	struct clockbound_report report = machine_good_report(m);
	struct cb_sample page = machine_sample(m);
	u64 trusted;

	machine_pass(m, machine_below(m, SHORT_TICKS));
	machine_read(m);
	machine_suspend(m);
	trusted = m->trusted;
	machine_read(m);
	machine_resume(m, machine_below(m, MACHINE_COUNTER_RESTARTS + 1),
		       machine_below(m, U32_MAX));
	machine_pass(m, 1 + machine_below(m, SHORT_TICKS));
	machine_tick(m, false);
	/* The engine does not look; if it did, that would not matter. */
	if (machine_below(m, 2))
		machine_update_page(m);
	if (machine_below(m, 2))
		machine_report(m);
	machine_decide(m);
	machine_read(m);
	KUNIT_ASSERT_EQ(m->test, m->trusted, trusted);
	machine_wake(m);
	machine_read(m);
	machine_pass(m, 1 + machine_below(m, SHORT_TICKS));
	if (machine_below(m, 2))
		late_page(m, &page, machine_below(m, 2));
	KUNIT_ASSERT_EQ(m->test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);
	machine_decide(m);
	machine_read(m);
	KUNIT_ASSERT_EQ(m->test, m->trusted, trusted);
}

static void random_disturbance(struct machine *m)
{
	switch (machine_below(m, 5)) {
	case 0:
		machine_set_clock(m);
		return;
	case 1:
		machine_sleep(m);
		return;
	case 2:
		random_suspend(m);
		return;
	}
	machine_disrupt(m);
	/* Not noticed for a while. */
	machine_pass(m, 1000);
	machine_read(m);
	machine_update_page(m);
	machine_tick(m, false);
}

static void random_machine(struct kunit *test, u8 allowed)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	machine_start(m, test, 20261121 + allowed, allowed, MACHINE_START);
	m->deciding = 3000;
	for (i = 0; i < random_steps; i++) {
		if (machine_below(m, 250))
			random_step(m, STEP_TICKS);
		else
			random_disturbance(m);
	}
	KUNIT_EXPECT_GT(test, m->trusted, random_steps / 5);
	KUNIT_EXPECT_GT(test, m->nested, random_steps / 40);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 0ULL);
	kunit_info(test, "%llu trusted readings, %llu disruptions, %llu steps, %llu epochs",
		   m->trusted, m->state.facts.disruptions, m->state.facts.steps,
		   m->state.epochs);
}

static void random_all(struct kunit *test)
{
	random_machine(test, CB_SOURCE_ALL);
}

static void random_vmclock(struct kunit *test)
{
	random_machine(test, CB_SOURCE_VMCLOCK);
}

static void random_report(struct kunit *test)
{
	random_machine(test, CB_SOURCE_REPORT);
}

static void random_registered(struct kunit *test)
{
	random_machine(test, CB_SOURCE_REGISTERED);
}

#define LEAP_STEPS	8000

static bool near_leap(const struct machine *m)
{
	s64 at = (MACHINE_MONTH_END - (m->leap < 0)) * NSEC_PER_SEC;

	return abs(machine_true(m) - at) < STEP_TICKS;
}

/* A few seconds around a leap second, again and again, in either direction. */
static void random_leaps(struct kunit *test, u8 allowed)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	u64 trusted = 0, in_leap = 0;
	unsigned int run, i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (run = 0; run < random_steps / LEAP_STEPS; run++) {
		machine_start(m, test, run, allowed, MACHINE_MONTH_END - 5);
		m->leap = run % 2 ? 1 : -1;
		if (m->leap > 0)
			m->clock.insert_at = MACHINE_MONTH_END * NSEC_PER_SEC;
		machine_tick(m, false);
		for (i = 0; i < LEAP_STEPS; i++)
			random_step(m, near_leap(m) ? SHORT_TICKS : STEP_TICKS);
		KUNIT_ASSERT_TRUE(test, m->clock_leapt);
		KUNIT_ASSERT_GT(test, machine_true(m), (MACHINE_MONTH_END + 1) * NSEC_PER_SEC);
		KUNIT_ASSERT_EQ(test, m->state.facts.violations, 0ULL);
		KUNIT_ASSERT_EQ(test, m->state.facts.steps, 0ULL);
		trusted += m->trusted;
		in_leap += m->in_leap;
	}
	KUNIT_EXPECT_GT(test, trusted, random_steps / 5);
	KUNIT_EXPECT_GT(test, in_leap, run);
	kunit_info(test, "%llu trusted readings, %llu across the leap second", trusted, in_leap);
}

static void random_leaps_all(struct kunit *test)
{
	random_leaps(test, CB_SOURCE_ALL);
}

static void random_leaps_vmclock(struct kunit *test)
{
	random_leaps(test, CB_SOURCE_VMCLOCK);
}

static void random_leaps_report(struct kunit *test)
{
	random_leaps(test, CB_SOURCE_REPORT);
}

static struct kunit_case random_cases[] = {
	KUNIT_CASE_SLOW(random_all),
	KUNIT_CASE_SLOW(random_vmclock),
	KUNIT_CASE_SLOW(random_report),
	KUNIT_CASE_SLOW(random_registered),
	KUNIT_CASE_SLOW(random_leaps_all),
	KUNIT_CASE_SLOW(random_leaps_vmclock),
	KUNIT_CASE_SLOW(random_leaps_report),
	{ }
};

static struct kunit_suite random_suite = {
	.name = "clockbound_random",
	.test_cases = random_cases,
};

kunit_test_suite(random_suite);
