// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision with a registered page, by hand.
 */
#include <clockbound/eval.h>
#include <kunit/test.h>
#include <linux/math64.h>
#include <linux/time64.h>

#include "machine.h"

/* A page that says that it is @offset ns from the true time, +-@maxerror. */
static struct cb_sample page_at(struct machine *m, s64 offset, u32 maxerror)
{
	struct cb_sample sample = machine_sample(m);
	s64 time = machine_true(m) + offset;

	sample.time_type = VMCLOCK_TYPE_UTC;
	sample.time_sec = div_s64(time, NSEC_PER_SEC);
	/* ns * 2^64 / 10^9, with 35 bits: less than 1 ns too little */
	sample.time_frac_sec = ((time - sample.time_sec * NSEC_PER_SEC) << 33) / NSEC_PER_SEC << 31;
	sample.time_maxerror_nanosec = maxerror;
	return sample;
}

static void look_at_registered(struct machine *m, enum cb_verdict verdict,
			       const struct cb_sample *sample)
{
	cb_state_sample(&m->state, &m->state.facts.registered, verdict, sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
}

static void look_at_vmclock(struct machine *m, const struct cb_sample *sample)
{
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
}

static u32 decided(struct machine *m)
{
	return machine_publish(m);
}

/* The hypervisor's marker alone changes. */
static void disrupt(struct machine *m)
{
	struct cb_sample sample = m->state.facts.vmclock.sample;

	m->marker++;
	sample.disruption_marker = m->marker;
	look_at_vmclock(m, &sample);
}

static void registered_bounds(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);

	KUNIT_EXPECT_EQ(test, m->model.flags & CLOCKBOUND_MODEL_REGISTERED, 0);
	machine_register(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REGISTERED);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_REGISTERED);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_VMCLOCK);
	KUNIT_EXPECT_EQ(test, m->model.disruption_marker, m->marker);

	machine_unregister(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_EQ(test, m->model.flags & CLOCKBOUND_MODEL_REGISTERED, 0);
	KUNIT_EXPECT_EQ(test, m->state.facts.registered.verdict, CB_VERDICT_NO_DEVICE);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 0ULL);
}

/* A source that is not wanted bounds nothing, but its marker counts. */
static void registered_not_allowed(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);

	m->state.allowed = CB_SOURCE_VMCLOCK;
	machine_register(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_REGISTERED);
}

/* Its own marker voids what everybody said, and the pages go on with what they say. */
static void registered_marker(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	struct cb_sample narrow = page_at(m, 0, 10000), wide = page_at(m, 0, 90000);

	machine_register(m);
	narrow.disruption_marker = m->registered_marker;
	look_at_registered(m, CB_VERDICT_FULL, &narrow);
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REGISTERED | CB_SOURCE_REPORT);

	machine_pass(m, 1000);
	wide.disruption_marker = ++m->registered_marker;
	look_at_registered(m, CB_VERDICT_FULL, &wide);
	KUNIT_EXPECT_EQ(test, decided(m), CLOCKBOUND_EVENT_DISRUPTION);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 1ULL);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REGISTERED);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_GT(test, m->model.latest - m->model.earliest, 100000LL);
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);

	/* One that bounds nothing leaves nobody who does. */
	wide.disruption_marker = ++m->registered_marker;
	wide.clock_status = VMCLOCK_CLOCK_UNRELIABLE;
	look_at_registered(m, CB_VERDICT_FULL, &wide);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	wide.clock_status = VMCLOCK_CLOCK_SYNCHRONIZED;
	look_at_registered(m, CB_VERDICT_FULL, &wide);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 2ULL);
}

static void registered_generation(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct cb_sample sample = page_at(m, 0, 10000), vmclock = page_at(m, 0, 20000);

	look_at_vmclock(m, &vmclock);
	machine_register(m);
	sample.disruption_marker = m->registered_marker;
	sample.flags |= VMCLOCK_VM_GEN_PRESENT;
	look_at_registered(m, CB_VERDICT_FULL, &sample);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_VMCLOCK | CB_SOURCE_REGISTERED);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 0ULL);

	/* The hypervisor's page vouches for itself. */
	sample.vm_generation++;
	sample.clock_status = VMCLOCK_CLOCK_UNRELIABLE;
	look_at_registered(m, CB_VERDICT_FULL, &sample);
	KUNIT_EXPECT_EQ(test, decided(m), CLOCKBOUND_EVENT_GENERATION);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 1ULL);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_VMCLOCK);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_FALSE(test, m->state.facts.disrupted);
}

/* The VMClock's marker voids it, until its provider has noticed. */
static void registered_outdated(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report;
	struct cb_sample sample;

	machine_register(m);
	disrupt(m);
	KUNIT_EXPECT_EQ(test, decided(m), CLOCKBOUND_EVENT_DISRUPTION | CLOCKBOUND_EVENT_STATUS);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_REGISTERED);

	machine_update_registered(m, false);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	/* Others go on without it. */
	report = machine_good_report(m);
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REPORT);

	/* That it has noticed is no other disruption. */
	sample = page_at(m, 0, 10000);
	sample.disruption_marker = ++m->registered_marker;
	look_at_registered(m, CB_VERDICT_FULL, &sample);
	KUNIT_EXPECT_EQ(test, decided(m), 0);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REGISTERED | CB_SOURCE_REPORT);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 1ULL);

	/* The next one is. */
	machine_update_registered(m, true);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 2ULL);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REGISTERED);

	/* Both in one look. */
	disrupt(m);
	machine_update_registered(m, true);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 3ULL);

	/* A new registration is the word of somebody who knows. */
	disrupt(m);
	machine_register(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

static void registered_disrupted_by_hand(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);

	machine_register(m);
	cb_state_disrupt(&m->state, true, m->state.clock.raw);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	cb_state_disrupt(&m->state, false, m->state.clock.raw);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* A page that cannot tell of a disruption any more does not keep readers out. */
static void registered_lost(struct kunit *test)
{
	static const enum cb_verdict lost[] = { CB_VERDICT_FOREIGN, CB_VERDICT_GONE };
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	struct cb_sample none = { 0 };
	unsigned int i;

	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_register(m);
	for (i = 0; i < ARRAY_SIZE(lost); i++) {
		look_at_registered(m, lost[i], &none);
		decided(m);
		KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REPORT);
		KUNIT_EXPECT_EQ(test, m->model.flags & CLOCKBOUND_MODEL_REGISTERED, 0);
		machine_update_registered(m, false);
		KUNIT_EXPECT_TRUE(test, m->state.facts.sources & CB_SOURCE_REGISTERED);
		KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 0ULL);
	}
	/* One that is just being written can. */
	look_at_registered(m, CB_VERDICT_BUSY, &none);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REPORT);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_REGISTERED);

	/* It comes back, and the counter was disturbed in between. */
	look_at_registered(m, CB_VERDICT_FOREIGN, &none);
	machine_update_registered(m, true);
	KUNIT_EXPECT_EQ(test, m->state.facts.disruptions, 1ULL);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REGISTERED);
}

/* What it claimed is forgotten, what readers have seen is not. */
static void registered_floor(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct cb_sample sample;
	s64 floor;

	machine_register(m);
	sample = page_at(m, 0, 1000);
	sample.disruption_marker = m->registered_marker;
	look_at_registered(m, CB_VERDICT_FULL, &sample);
	decided(m);
	floor = m->model.earliest;
	machine_unregister(m);

	sample = page_at(m, 0, 50000);
	look_at_vmclock(m, &sample);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_VMCLOCK);
	KUNIT_EXPECT_GE(test, m->model.earliest, floor);
	KUNIT_EXPECT_GT(test, m->model.latest, floor + 50000);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, 0ULL);
}

/*
 * A reporter that looks at no disruptions: readers check for them all the same, and one that
 * is known voids what it has reported.
 */
static void registered_without_disruption_support(struct kunit *test)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	struct cb_sample none = { 0 };

	report.flags = CLOCKBOUND_REPORT_NO_DISRUPTION;
	report.disruption_marker = 0;
	machine_register(m);
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	look_at_registered(m, CB_VERDICT_BUSY, &none);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REPORT);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_REGISTERED);
	machine_update_registered(m, true);
	look_at_registered(m, CB_VERDICT_BUSY, &none);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, 0);
}

/* Without a VMClock its marker voids reports as well. */
static void registered_without_vmclock(struct kunit *test)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct clockbound_report report;

	KUNIT_ASSERT_NOT_NULL(test, m);
	machine_start(m, test, 1, CB_SOURCE_REPORT, MACHINE_START);
	cb_state_init(&m->state, CB_SOURCE_REPORT, CLOCKBOUND_COUNTER_X86_TSC);
	machine_tick(m, true);
	report = machine_good_report(m);
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);
	report.disruption_marker = 0;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	machine_register(m);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_REPORT);
	KUNIT_EXPECT_EQ(test, m->model.flags & CLOCKBOUND_MODEL_VMCLOCK, 0);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_REGISTERED);

	machine_pass(m, 1000);
	machine_update_registered(m, true);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);
	report.as_of = machine_raw(m);
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), -ESTALE);
	report.measured = report.as_of;
	KUNIT_EXPECT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);
	decided(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

static void near(struct kunit *test, s64 seen, s64 expected)
{
	KUNIT_EXPECT_GE(test, seen, expected - 4);
	KUNIT_EXPECT_LE(test, seen, expected + 4);
}

/* Three sources, of which @offset tells how far each is off; +-100 us each. */
static void three(struct kunit *test, const s64 offset[3], bool agree)
{
	struct machine *m = machine_marker_only(test);
	struct clockbound_report report = machine_good_report(m);
	struct cb_sample vmclock = page_at(m, offset[0], 100000);
	struct cb_sample registered = page_at(m, offset[1], 100000);
	s64 earliest, latest, low = offset[0], high = offset[0];
	unsigned int i;

	/* Nobody has said anything yet. */
	cb_state_init(&m->state, CB_SOURCE_ALL, CLOCKBOUND_COUNTER_X86_TSC);
	report.time += offset[2];
	machine_clock(m, true, machine_raw(m));
	look_at_vmclock(m, &vmclock);
	cb_state_register(&m->state, CB_VERDICT_BUSY);
	look_at_registered(m, CB_VERDICT_FULL, &registered);
	report.bound = 100000;
	KUNIT_ASSERT_EQ(test, cb_state_report(&m->state, &report, machine_raw(m)), 0);

	KUNIT_EXPECT_EQ(test, !!(decided(m) & CLOCKBOUND_EVENT_VIOLATION), !agree);
	KUNIT_EXPECT_EQ(test, m->state.facts.sources, CB_SOURCE_ALL);
	KUNIT_EXPECT_EQ(test, m->state.facts.contradiction, !agree);
	KUNIT_EXPECT_EQ(test, m->state.facts.violations, agree ? 0ULL : 1ULL);
	KUNIT_EXPECT_EQ(test, m->model.status, agree ? CLOCKBOUND_STATUS_SYNCHRONIZED :
						       CLOCKBOUND_STATUS_FREE_RUNNING);
	/* Once is enough. */
	KUNIT_EXPECT_EQ(test, decided(m), 0);

	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&m->model, m->counter, &earliest, &latest));
	for (i = 1; i < 3; i++) {
		low = min(low, offset[i]);
		high = max(high, offset[i]);
	}
	earliest -= machine_true(m);
	latest -= machine_true(m);
	/* The intersection, or the hull, but for what is rounded. */
	if (agree) {
		near(test, earliest, high - 100000);
		near(test, latest, low + 100000);
	} else {
		near(test, earliest, low - 100000);
		near(test, latest, high + 100000);
	}
}

static void registered_three_sources(struct kunit *test)
{
	static const s64 agree[][3] = {
		{ 0, 50000, -50000 }, { -90000, 0, 90000 }, { 20000, 20000, 20000 },
	};
	static const s64 contradict[][3] = {
		{ 0, 50000, 300000 }, { 0, 300000, 50000 }, { 300000, 0, 50000 },
		{ -150000, 0, 150000 }, { 0, -150000, 150000 }, { -1000000, 1000000, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(agree); i++)
		three(test, agree[i], true);
	for (i = 0; i < ARRAY_SIZE(contradict); i++)
		three(test, contradict[i], false);
}

static struct kunit_case registered_cases[] = {
	KUNIT_CASE(registered_bounds),
	KUNIT_CASE(registered_not_allowed),
	KUNIT_CASE(registered_marker),
	KUNIT_CASE(registered_generation),
	KUNIT_CASE(registered_outdated),
	KUNIT_CASE(registered_disrupted_by_hand),
	KUNIT_CASE(registered_lost),
	KUNIT_CASE(registered_floor),
	KUNIT_CASE(registered_without_disruption_support),
	KUNIT_CASE(registered_without_vmclock),
	KUNIT_CASE(registered_three_sources),
	{ }
};

static struct kunit_suite registered_suite = {
	.name = "clockbound_registered",
	.test_cases = registered_cases,
};

kunit_test_suite(registered_suite);
