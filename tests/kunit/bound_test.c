// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision: by hand, and for random histories of a whole machine against the
 * truth.
 *
 * The machine's counter runs at about 1 GHz. Its true time is exact: in units of
 * 2^-10 ns since START, advanced by the counter and by an error of the rate that
 * changes all the time within what the sources promise.
 */
#include <clockbound/eval.h>
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/time64.h>

#include "../../src/bound.h"

static unsigned int random_steps = 1000000;
module_param(random_steps, uint, 0444);
MODULE_PARM_DESC(random_steps, "how many random steps of a machine are tested");

#define START		1795219200LL	/* s */
#define PERIOD_1NS	0x89705F4136B4A597ULL
#define SHIFT_1NS	29
#define DRIFT_PPB	50000
#define RAW_SHIFT	24

struct machine {
	struct kunit *test;
	struct rnd_state rnd;
	struct cb_bound bound;
	struct clockbound_model model;

	u64 counter;
	s64 truth;		/* 2^-10 ns since START */
	s32 rate_ppb;		/* of the truth against the counter */
	u64 marker;
	u32 seq_count;
	struct cb_clock clock;
	bool slewing;

	s64 earliest;		/* of the last reading */
	u64 violations;		/* when it was taken */
	u64 disruptions;
	u64 trusted;
};

static u32 below(struct machine *m, u32 limit)
{
	return prandom_u32_state(&m->rnd) % limit;
}

/* Somewhere between -@limit and @limit. */
static s64 around(struct machine *m, u32 limit)
{
	return (s64)below(m, 2 * limit + 1) - limit;
}

static s64 true_ns(const struct machine *m)
{
	return START * NSEC_PER_SEC + (m->truth >> 10);
}

static s64 realtime(const struct machine *m)
{
	return m->clock.realtime + (s64)(((m->counter - m->clock.counter_value) * m->clock.mult +
					  m->clock.realtime_frac) >> m->clock.shift);
}

static u64 raw(const struct machine *m)
{
	return cb_clock_raw(&m->clock, m->counter);
}

static void decide(struct machine *m)
{
	cb_bound_decide(&m->bound, m->counter, &m->model);
}

/* An update of the timekeeper: the clock goes on, perhaps at another rate. */
static void tick(struct machine *m, bool was_set)
{
	struct cb_clock *clock = &m->clock;
	u64 distance = m->counter - clock->counter_value;
	u64 ns = distance * clock->mult + clock->realtime_frac;
	s64 error;

	clock->realtime += ns >> clock->shift;
	clock->realtime_frac = ns & ((1ULL << clock->shift) - 1);
	ns = distance * clock->raw_mult + clock->raw_frac;
	clock->raw += ns >> clock->raw_shift;
	clock->raw_frac = ns & ((1ULL << clock->raw_shift) - 1);
	clock->counter_value = m->counter;

	/* A daemon slews towards the truth, and otherwise the clock drifts. */
	error = clock->realtime - true_ns(m);
	m->slewing = abs(error) > 100000 && below(m, 2);
	clock->mult = 1U << RAW_SHIFT;
	if (m->slewing)
		clock->mult += error < 0 ? 8000 : -8000;	/* 477 ppm */
	if (cb_bound_clock(&m->bound, clock, was_set))
		decide(m);
}

/* Time passes: the truth advances, whatever the clocks make of it. */
static void pass(struct machine *m, u32 ticks)
{
	m->counter += ticks;
	m->truth += ((s64)ticks << 10) + div_s64((s64)ticks * m->rate_ppb, 1000000000 >> 10);
	m->rate_ppb = around(m, DRIFT_PPB - 1000);
}

static struct cb_sample vmclock_sample(struct machine *m)
{
	u32 maxerror = 1 + below(m, 100000);
	s64 time = true_ns(m) + around(m, maxerror);
	s64 seconds = div_s64(time, NSEC_PER_SEC);
	u64 ns = time - seconds * NSEC_PER_SEC;

	m->seq_count += 2;
	return (struct cb_sample) {
		.seq_count = m->seq_count,
		.size = 4096,
		.version = VMCLOCK_PAGE_VERSION,
		.counter_id = VMCLOCK_ID_X86_TSC,
		.time_type = VMCLOCK_TYPE_TAI,
		.disruption_marker = m->marker,
		.flags = VMCLOCK_TAI_OFFSET_VALID | VMCLOCK_PERIOD_MAXERROR_VALID |
			 VMCLOCK_TIME_MAXERROR_VALID,
		.clock_status = VMCLOCK_CLOCK_SYNCHRONIZED,
		.counter_period_shift = SHIFT_1NS,
		.tai_offset_sec = -37,
		.counter_value = m->counter,
		.period = PERIOD_1NS,
		.period_maxerror = PERIOD_1NS / 1000000 * (DRIFT_PPB / 1000),
		.time_sec = seconds + 37,
		/* ns * 2^64 / 10^9, with 35 bits: less than 1 ns too little */
		.time_frac_sec = (ns << 33) / NSEC_PER_SEC << 31,
		.time_maxerror_nanosec = maxerror + 2,
	};
}

static void update_page(struct machine *m)
{
	struct cb_sample sample = vmclock_sample(m);

	if (!below(m, 8))
		sample.clock_status = VMCLOCK_CLOCK_UNRELIABLE;
	else if (!below(m, 8))
		sample.clock_status = VMCLOCK_CLOCK_FREERUNNING;
	cb_bound_sample(&m->bound, CB_VERDICT_FULL, &sample, CLOCKBOUND_COUNTER_X86_TSC);
	decide(m);
}

static void report(struct machine *m)
{
	struct clockbound_report report = {
		.size = sizeof(report),
		.as_of = raw(m),
		.void_after = raw(m) + (u64)(1 + below(m, 1000)) * NSEC_PER_SEC,
		.bound = abs(realtime(m) - true_ns(m)) + 1 + below(m, 200000),
		.max_drift = DRIFT_PPB + 10000,
		.status = below(m, 4) ? CLOCKBOUND_STATUS_SYNCHRONIZED : below(m, 3),
		.disruption_marker = m->marker,
	};

	KUNIT_ASSERT_EQ(m->test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
}

/* The clock jumps, and so does the truth as a function of the counter. */
static void disrupt(struct machine *m)
{
	m->marker += 1 + below(m, 5);
	m->truth += around(m, 1000000000) * 1000;
}

static void notice_disruption(struct machine *m)
{
	update_page(m);
}

static void set_clock(struct machine *m)
{
	m->clock.realtime += around(m, 3) * 3600 * NSEC_PER_SEC + 1;
	tick(m, true);
}

/* A reading by the reader's rules: the marker first, then the model. */
static void read_model(struct machine *m)
{
	s64 earliest, latest;
	u8 status;

	if (m->model.disruption_marker != m->marker)
		return;
	if (!clockbound_eval(&m->model, m->counter, &earliest, &latest))
		return;
	status = clockbound_eval_status(&m->model, m->counter);
	KUNIT_ASSERT_TRUE(m->test, status == CLOCKBOUND_STATUS_SYNCHRONIZED ||
			  status == CLOCKBOUND_STATUS_FREE_RUNNING);
	m->trusted++;

	/* I3, and I1: the sources have kept their promises. */
	KUNIT_ASSERT_LE(m->test, earliest, latest);
	KUNIT_ASSERT_LE(m->test, earliest, true_ns(m) + 1);
	KUNIT_ASSERT_GE(m->test, latest, true_ns(m));
	/* What CLOCK_REALTIME is off by, from the same counter value. */
	if (m->model.flags & CLOCKBOUND_MODEL_REALTIME)
		KUNIT_ASSERT_LE(m->test, abs(clockbound_eval_realtime(&m->model, m->counter) -
					     realtime(m)), 1);

	/* I6: without a disruption or a violation, earliest never decreases. */
	if (m->disruptions == m->bound.state.disruptions &&
	    m->violations == m->bound.state.violations)
		KUNIT_ASSERT_GE(m->test, earliest, m->earliest);
	m->earliest = earliest;
	m->disruptions = m->bound.state.disruptions;
	m->violations = m->bound.state.violations;
}

static void start(struct machine *m, struct kunit *test, u64 seed, u8 allowed)
{
	memset(m, 0, sizeof(*m));
	m->test = test;
	prandom_seed_state(&m->rnd, seed);
	m->earliest = CLOCKBOUND_TIME_MIN;
	m->marker = 1;
	m->clock = (struct cb_clock) {
		.usable = true,
		.realtime = START * NSEC_PER_SEC + around(m, 1000000),
		.mult = 1U << RAW_SHIFT,
		.shift = RAW_SHIFT,
		.raw_mult = 1U << RAW_SHIFT,
		.raw_shift = RAW_SHIFT,
		.tai_offset = 37,
	};
	cb_bound_init(&m->bound, allowed, CLOCKBOUND_COUNTER_X86_TSC);
	tick(m, true);
	update_page(m);
}

static void random_machine(struct kunit *test, u8 allowed)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	start(m, test, 20261121 + allowed, allowed);
	for (i = 0; i < random_steps; i++) {
		u32 choice = below(m, 1000);

		/* Ticks are at most 25 ms apart, or the daemon's slew goes astray. */
		pass(m, 1 + below(m, below(m, 4) ? 4000000 : 20000));
		if (choice < 600) {
			read_model(m);
		} else if (choice < 880) {
			tick(m, false);
		} else if (choice < 940) {
			update_page(m);
		} else if (choice < 990) {
			tick(m, false);
			report(m);
		} else if (choice < 992) {
			set_clock(m);
		} else if (choice < 994) {
			disrupt(m);
			/* Not noticed for a while. */
			pass(m, 1000);
			read_model(m);
			notice_disruption(m);
			tick(m, false);
		}
		if (m->counter - m->clock.counter_value > 20000000)
			tick(m, false);
	}
	KUNIT_EXPECT_GT(test, m->trusted, random_steps / 5);
	KUNIT_EXPECT_EQ(test, m->bound.state.violations, 0ULL);
	kunit_info(test, "%llu trusted readings, %llu disruptions, %llu steps, %llu reports",
		   m->trusted, m->bound.state.disruptions, m->bound.state.steps,
		   m->bound.state.reports);
}

static void bound_random_both(struct kunit *test)
{
	random_machine(test, CB_SOURCE_ALL);
}

static void bound_random_vmclock(struct kunit *test)
{
	random_machine(test, CB_SOURCE_VMCLOCK);
}

static void bound_random_system(struct kunit *test)
{
	random_machine(test, CB_SOURCE_SYSTEM);
}

static struct machine *by_hand(struct kunit *test)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct cb_sample sample;

	KUNIT_ASSERT_NOT_NULL(test, m);
	start(m, test, 1, CB_SOURCE_ALL);
	sample = vmclock_sample(m);
	sample.counter_id = VMCLOCK_ID_INVALID;
	cb_bound_sample(&m->bound, CB_VERDICT_FULL, &sample, CLOCKBOUND_COUNTER_X86_TSC);
	decide(m);
	return m;
}

static struct clockbound_report good_report(struct machine *m)
{
	return (struct clockbound_report) {
		.size = sizeof(struct clockbound_report),
		.as_of = raw(m),
		.void_after = raw(m) + 1000 * NSEC_PER_SEC,
		.bound = 2000000,
		.max_drift = 60000,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.disruption_marker = m->marker,
	};
}

static void bound_report_refused(struct kunit *test)
{
	struct machine *m = by_hand(test);
	struct clockbound_report report;

#define REFUSED(_error, _field, _value) do {						\
	report = good_report(m);							\
	report._field = _value;								\
	KUNIT_EXPECT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), _error);	\
	KUNIT_EXPECT_EQ(test, m->bound.state.reports, 0ULL);				\
} while (0)
	REFUSED(-EINVAL, flags, 2);
	REFUSED(-EINVAL, status, CLOCKBOUND_STATUS_DISRUPTED);
	REFUSED(-EINVAL, status, ~0U);
	REFUSED(-EINVAL, max_drift, CLOCKBOUND_DRIFT_LIMIT_PPB);
	REFUSED(-EINVAL, bound, CLOCKBOUND_BOUND_LIMIT_NS);
	REFUSED(-EINVAL, bound, U64_MAX);
	REFUSED(-EINVAL, as_of, raw(m) + 1);
	REFUSED(-EINVAL, as_of, U64_MAX);
	REFUSED(-EINVAL, void_after, report.as_of - 1);
	REFUSED(-EINVAL, void_after, U64_MAX);
	REFUSED(-ESTALE, disruption_marker, m->marker - 1);
	REFUSED(-ESTALE, disruption_marker, 0);
	REFUSED(-ESTALE, flags, CLOCKBOUND_REPORT_NO_DISRUPTION);
#undef REFUSED
}

/* On another clocksource there are no lines, but there is a bound. */
static void bound_on_another_clocksource(struct kunit *test)
{
	struct machine *m = by_hand(test);
	struct clockbound_report report = good_report(m);
	struct clockbound_reading reading = { 0 };
	u64 now = raw(m);

	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, now), 0);
	decide(m);
	m->clock.usable = false;
	KUNIT_EXPECT_TRUE(test, cb_bound_clock(&m->bound, &m->clock, true));
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_FALSE(test, cb_bound_read(&m->bound, 1000, now, &reading));

	report.bound = 5000;
	report.max_drift = 1000;
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, now), 0);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.valid_ticks, 0ULL);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_IOCTL);
	KUNIT_EXPECT_TRUE(test, m->model.flags & CLOCKBOUND_MODEL_VMCLOCK);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);

	KUNIT_ASSERT_TRUE(test, cb_bound_read(&m->bound, 1000000, now + NSEC_PER_SEC, &reading));
	KUNIT_EXPECT_LE(test, reading.earliest, 1000000 - 6000LL);
	KUNIT_EXPECT_GE(test, reading.earliest, 1000000 - 6010LL);
	KUNIT_EXPECT_GE(test, reading.latest, 1000000 + 6000LL);
	KUNIT_EXPECT_LE(test, reading.latest, 1000000 + 6010LL);
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, reading.tai_offset, 37);
	KUNIT_ASSERT_TRUE(test, cb_bound_read(&m->bound, 0, report.as_of +
					      CLOCKBOUND_REPORT_FRESH_NS, &reading));
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_FALSE(test, cb_bound_read(&m->bound, 0, report.void_after, &reading));

	/* Free running, without disruption support, and nobody knows TAI. */
	report.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	report.flags = CLOCKBOUND_REPORT_NO_DISRUPTION;
	report.disruption_marker = 0;
	m->clock.tai_offset = 0;
	cb_bound_clock(&m->bound, &m->clock, false);
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, now), 0);
	KUNIT_ASSERT_TRUE(test, cb_bound_read(&m->bound, 0, now, &reading));
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_EQ(test, reading.disruption_marker, 0ULL);
	KUNIT_EXPECT_EQ(test, reading.flags & CLOCKBOUND_MODEL_TAI, 0);
	report = good_report(m);
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, now), 0);
	decide(m);

	/* The timekeeper's updates tell how late it is. */
	m->clock.raw = report.as_of + CLOCKBOUND_REPORT_FRESH_NS;
	KUNIT_EXPECT_TRUE(test, cb_bound_clock(&m->bound, &m->clock, false));
	KUNIT_EXPECT_EQ(test, cb_bound_decide(&m->bound, m->counter, &m->model),
			CLOCKBOUND_EVENT_STATUS);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	m->clock.raw = report.void_after;
	cb_bound_clock(&m->bound, &m->clock, false);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_FALSE(test, m->model.flags & CLOCKBOUND_MODEL_IOCTL);
}

/* A marker alone: reported, disrupted, reported again. */
static void bound_marker_alone(struct kunit *test)
{
	struct machine *m = by_hand(test);
	struct clockbound_report report = good_report(m);
	struct cb_sample sample;

	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	KUNIT_EXPECT_EQ(test, cb_bound_decide(&m->bound, m->counter, &m->model),
			CLOCKBOUND_EVENT_STATUS);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->bound.state.sources, CB_SOURCE_SYSTEM);

	m->marker++;
	sample = m->bound.state.sample;
	sample.disruption_marker = m->marker;
	cb_bound_sample(&m->bound, CB_VERDICT_FULL, &sample, CLOCKBOUND_COUNTER_X86_TSC);
	KUNIT_EXPECT_EQ(test, cb_bound_decide(&m->bound, m->counter, &m->model),
			CLOCKBOUND_EVENT_STATUS | CLOCKBOUND_EVENT_DISRUPTION);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	/* What was measured before it is refused. */
	KUNIT_EXPECT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), -ESTALE);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);

	report = good_report(m);
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	/* The narrower claim from before the disruption is not history any more. */
	KUNIT_EXPECT_EQ(test, m->bound.claim.as_of, report.as_of);
}

static void bound_step_voids_the_report(struct kunit *test)
{
	struct machine *m = by_hand(test);
	struct clockbound_report report = good_report(m);

	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
	/* Somebody else registers a notifier: the clock goes on. */
	KUNIT_EXPECT_FALSE(test, cb_bound_clock(&m->bound, &m->clock, true));
	KUNIT_EXPECT_EQ(test, m->bound.state.steps, 0ULL);

	pass(m, 1000);
	set_clock(m);
	/* What was measured before it comes too late. */
	KUNIT_EXPECT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), -ESTALE);
	KUNIT_EXPECT_EQ(test, m->bound.state.steps, 1ULL);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_EQ(test, m->model.valid_ticks, 0ULL);
}

static void bound_without_disruption_support(struct kunit *test)
{
	struct machine *m = by_hand(test);
	struct clockbound_report report = good_report(m);
	struct cb_sample sample;

	report.flags = CLOCKBOUND_REPORT_NO_DISRUPTION;
	report.disruption_marker = 0;
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->model.flags & CLOCKBOUND_MODEL_VMCLOCK, 0);

	sample = m->bound.state.sample;
	sample.disruption_marker++;
	cb_bound_sample(&m->bound, CB_VERDICT_FULL, &sample, CLOCKBOUND_COUNTER_X86_TSC);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

static void bound_free_running(struct kunit *test)
{
	struct machine *m = by_hand(test);
	struct clockbound_report report = good_report(m);

	/* Nobody was synchronized yet: there is nothing to run on. */
	report.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);

	report = good_report(m);
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	report.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	report.bound = 1;
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_GE(test, m->model.latest - m->model.realtime, 2000000LL);

	report.status = CLOCKBOUND_STATUS_UNKNOWN;
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
}

/* Two sources that cannot both be right: both are in the interval. */
static void bound_contradiction(struct kunit *test)
{
	struct machine *m = by_hand(test);
	struct clockbound_report report = good_report(m);
	struct cb_sample sample = vmclock_sample(m);
	s64 earliest, latest;

	report.bound = 1000;
	m->clock.realtime = true_ns(m) + NSEC_PER_SEC;
	cb_bound_clock(&m->bound, &m->clock, true);
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);

	cb_bound_sample(&m->bound, CB_VERDICT_FULL, &sample, CLOCKBOUND_COUNTER_X86_TSC);
	KUNIT_EXPECT_EQ(test, cb_bound_decide(&m->bound, m->counter, &m->model),
			CLOCKBOUND_EVENT_VIOLATION | CLOCKBOUND_EVENT_STATUS);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&m->model, m->counter, &earliest, &latest));
	KUNIT_EXPECT_LE(test, earliest, true_ns(m));
	KUNIT_EXPECT_GE(test, latest, true_ns(m) + NSEC_PER_SEC);
	KUNIT_EXPECT_TRUE(test, m->bound.state.contradiction);

	/* It is counted once, and over when they agree. */
	KUNIT_EXPECT_EQ(test, cb_bound_decide(&m->bound, m->counter, &m->model), 0);
	KUNIT_EXPECT_EQ(test, m->bound.state.violations, 1ULL);
	m->clock.realtime -= NSEC_PER_SEC;
	cb_bound_clock(&m->bound, &m->clock, true);
	report.bound = 200000;
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
	KUNIT_EXPECT_FALSE(test, m->bound.state.contradiction);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* The hypervisor contradicts itself: the newer page is right from then on. */
static void bound_contradicts_its_history(struct kunit *test)
{
	struct machine *m = by_hand(test);
	struct cb_sample sample = vmclock_sample(m);
	s64 earliest, latest;

	cb_bound_sample(&m->bound, CB_VERDICT_FULL, &sample, CLOCKBOUND_COUNTER_X86_TSC);
	decide(m);
	sample.seq_count += 2;
	sample.time_sec -= 10;
	cb_bound_sample(&m->bound, CB_VERDICT_FULL, &sample, CLOCKBOUND_COUNTER_X86_TSC);
	KUNIT_EXPECT_TRUE(test, cb_bound_decide(&m->bound, m->counter, &m->model) &
			  CLOCKBOUND_EVENT_VIOLATION);
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&m->model, m->counter, &earliest, &latest));
	KUNIT_EXPECT_LE(test, earliest, true_ns(m) - 10 * NSEC_PER_SEC + 100000);
	KUNIT_EXPECT_GE(test, latest, true_ns(m));
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_FREE_RUNNING);

	decide(m);
	KUNIT_EXPECT_LT(test, m->model.latest, true_ns(m) - 9 * NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->bound.state.violations, 1ULL);
}

static void bound_disrupted_by_hand(struct kunit *test)
{
	struct machine *m = by_hand(test);
	struct cb_sample sample = vmclock_sample(m);
	struct clockbound_report report = good_report(m);

	cb_bound_sample(&m->bound, CB_VERDICT_FULL, &sample, CLOCKBOUND_COUNTER_X86_TSC);
	decide(m);
	cb_bound_disrupt(&m->bound, true);
	KUNIT_EXPECT_EQ(test, cb_bound_decide(&m->bound, m->counter, &m->model),
			CLOCKBOUND_EVENT_DISRUPTION | CLOCKBOUND_EVENT_STATUS);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	KUNIT_EXPECT_EQ(test, m->model.valid_ticks, 0ULL);
	/* Once more is no other disruption. */
	cb_bound_disrupt(&m->bound, true);
	KUNIT_EXPECT_EQ(test, cb_bound_decide(&m->bound, m->counter, &m->model), 0);
	/* Nothing helps until it is released. */
	KUNIT_EXPECT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_DISRUPTED);
	cb_bound_disrupt(&m->bound, false);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, m->bound.state.sources, CB_SOURCE_VMCLOCK);
}

static void bound_generation(struct kunit *test)
{
	struct machine *m = by_hand(test);
	struct cb_sample sample = vmclock_sample(m);

	sample.flags |= VMCLOCK_VM_GEN_PRESENT;
	sample.vm_generation = 5;
	cb_bound_sample(&m->bound, CB_VERDICT_FULL, &sample, CLOCKBOUND_COUNTER_X86_TSC);
	KUNIT_EXPECT_EQ(test, cb_bound_decide(&m->bound, m->counter, &m->model),
			CLOCKBOUND_EVENT_STATUS);
	sample.vm_generation = 6;
	cb_bound_sample(&m->bound, CB_VERDICT_FULL, &sample, CLOCKBOUND_COUNTER_X86_TSC);
	/* A full page vouches for itself, so nothing but the event tells. */
	KUNIT_EXPECT_EQ(test, cb_bound_decide(&m->bound, m->counter, &m->model),
			CLOCKBOUND_EVENT_GENERATION);
	KUNIT_EXPECT_EQ(test, m->model.vm_generation, 6ULL);
	KUNIT_EXPECT_EQ(test, m->bound.state.disruptions, 1ULL);

	cb_bound_sample(&m->bound, CB_VERDICT_FOREIGN, &sample, CLOCKBOUND_COUNTER_X86_TSC);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_EQ(test, m->bound.state.verdict, CB_VERDICT_FOREIGN);
}

/* A claim that ends is not used, and what came before it still is the floor. */
static void bound_claim_ends(struct kunit *test)
{
	struct machine *m = by_hand(test);
	struct clockbound_report report = good_report(m);
	s64 floor;

	report.bound = 1000;
	report.void_after = report.as_of + NSEC_PER_SEC;
	m->clock.realtime = true_ns(m);
	cb_bound_clock(&m->bound, &m->clock, true);
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	pass(m, 2 * NSEC_PER_SEC);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.status, CLOCKBOUND_STATUS_UNKNOWN);
	floor = m->bound.floor;
	KUNIT_EXPECT_GT(test, floor, true_ns(m) - 2 * NSEC_PER_SEC);

	/* A claim that is wider than that takes it up. */
	report = good_report(m);
	report.bound = 10 * NSEC_PER_SEC;
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	decide(m);
	KUNIT_EXPECT_EQ(test, m->model.earliest, floor);
	KUNIT_EXPECT_TRUE(test, m->bound.floored);

	/* One that lies in front of it contradicts what was said before. */
	m->clock.realtime -= 3600 * NSEC_PER_SEC;
	cb_bound_clock(&m->bound, &m->clock, true);
	report.bound = 1000;
	KUNIT_ASSERT_EQ(test, cb_bound_report(&m->bound, &report, raw(m)), 0);
	KUNIT_EXPECT_TRUE(test, cb_bound_decide(&m->bound, m->counter, &m->model) &
			  CLOCKBOUND_EVENT_VIOLATION);
	KUNIT_EXPECT_EQ(test, m->bound.state.violations, 1ULL);
	KUNIT_EXPECT_LT(test, m->model.latest, floor);
}

static struct kunit_case bound_cases[] = {
	KUNIT_CASE(bound_generation),
	KUNIT_CASE(bound_claim_ends),
	KUNIT_CASE(bound_report_refused),
	KUNIT_CASE(bound_on_another_clocksource),
	KUNIT_CASE(bound_marker_alone),
	KUNIT_CASE(bound_step_voids_the_report),
	KUNIT_CASE(bound_without_disruption_support),
	KUNIT_CASE(bound_free_running),
	KUNIT_CASE(bound_contradiction),
	KUNIT_CASE(bound_contradicts_its_history),
	KUNIT_CASE(bound_disrupted_by_hand),
	KUNIT_CASE_SLOW(bound_random_both),
	KUNIT_CASE_SLOW(bound_random_vmclock),
	KUNIT_CASE_SLOW(bound_random_system),
	{ }
};

static struct kunit_suite bound_suite = {
	.name = "clockbound_bound",
	.test_cases = bound_cases,
};

kunit_test_suite(bound_suite);
