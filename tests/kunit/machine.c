// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole machine whose true time is known.
 */
#include <clockbound/eval.h>
#include <linux/math64.h>
#include <linux/time64.h>

#include "../../src/claim/claim.h"
#include "machine.h"

#define PERIOD_1NS	0x89705F4136B4A597ULL
#define SHIFT_1NS	29
#define RAW_SHIFT	24
#define TAI_OFFSET	37

/* 83333 ppm of 2^RAW_SHIFT */
#define SLEW_MAX	1398093

/* What rounding a claim's error up may cost. */
#define NESTING_NS	4

/**
 * machine_below() - a random number
 * @m: the machine
 * @limit: it is below this, which is not 0
 */
u32 machine_below(struct machine *m, u32 limit)
{
	return prandom_u32_state(&m->rnd) % limit;
}

/**
 * machine_around() - a random number between -@limit and @limit
 * @m: the machine
 * @limit: at most 2^31 - 1
 */
s64 machine_around(struct machine *m, u32 limit)
{
	return (s64)machine_below(m, 2 * limit + 1) - limit;
}

/**
 * machine_true() - the true time, counted on through the leap second
 * @m: the machine
 *
 * Return: ns since 1970, rounded down.
 */
s64 machine_true(const struct machine *m)
{
	return m->start * NSEC_PER_SEC + (m->truth >> 10);
}

/* Where the leap second takes place, counted on. */
static s64 leap_at(const struct machine *m)
{
	return (MACHINE_MONTH_END - (m->leap < 0)) * NSEC_PER_SEC;
}

/* UTC of a time that is counted on. */
static s64 utc(const struct machine *m, s64 time)
{
	return time < leap_at(m) ? time : time - m->leap * NSEC_PER_SEC;
}

/**
 * machine_raw() - CLOCK_MONOTONIC_RAW now, ns
 * @m: the machine
 */
u64 machine_raw(const struct machine *m)
{
	return cb_clock_raw(&m->clock, m->counter);
}

/*
 * I5: where a model starts, it is inside of the one before, as long as no source is
 * lost, nothing has happened and nothing was reported.
 */
static void expect_nested(struct machine *m, struct cb_state *before)
{
	const struct cb_claim *old = &before->published.claim, *new = &m->state.published.claim;

	if (m->seen_disruptions == m->state.facts.disruptions &&
	    m->seen_steps == m->state.facts.steps &&
	    before->facts.violations == m->state.facts.violations &&
	    m->seen_reports == m->state.facts.reports &&
	    !(before->facts.sources & ~m->state.facts.sources) && m->state.published.ticks &&
	    cb_bound_move(&before->published, m->counter)) {
		s64 recount = cb_leap_recount(old->leap, old->leap_day, new->leap,
					      new->leap_day);

		KUNIT_ASSERT_GE(m->test, new->earliest, old->earliest + recount);
		KUNIT_ASSERT_LE(m->test, new->latest, old->latest + recount + NESTING_NS);
		m->nested++;
	}
	m->seen_disruptions = m->state.facts.disruptions;
	m->seen_steps = m->state.facts.steps;
	m->seen_reports = m->state.facts.reports;
}

/**
 * machine_publish() - decide, and let the model start
 * @m: the machine
 *
 * Return: CLOCKBOUND_EVENT_*: what has happened since the last time.
 */
u32 machine_publish(struct machine *m)
{
	cb_decide(&m->state, m->counter, &m->model);
	/* Some time passes in between. */
	m->counter += m->deciding;
	m->truth += (s64)m->deciding << 10;
	cb_decide_start(&m->state, m->counter, &m->model);
	return cb_decide_started(&m->state, machine_raw(m));
}

/**
 * machine_clock() - the engine takes in what the clock does
 * @m: the machine
 * @was_set: see cb_timeline_follow()
 * @raw: CLOCK_MONOTONIC_RAW now, ns
 *
 * As the engine does it: not while the machine sleeps. Return: whether there is something
 * to be decided.
 */
bool machine_clock(struct machine *m, bool was_set, u64 raw)
{
	cb_timeline_follow(&m->timeline, &m->clock, was_set);
	if (m->state.asleep)
		return false;
	return cb_state_clock(&m->state, &m->timeline, m->counter, raw);
}

/**
 * machine_decide() - publish
 * @m: the machine
 */
void machine_decide(struct machine *m)
{
	struct cb_state *before = &m->before;

	*before = m->state;
	machine_publish(m);
	expect_nested(m, before);
	m->named_marker = m->state.facts.registered.sample.disruption_marker;
	/* What a page says counts, whatever else there is. */
	if ((m->state.allowed & CB_SOURCE_VMCLOCK) && m->state.facts.vmclock.claim.latest_rate &&
	    !m->state.facts.forced && !m->state.asleep)
		KUNIT_ASSERT_GT(m->test, m->model.valid_ticks, 0ULL);
}

/* The system clock steps as it says itself that it is time. */
static bool clock_leaps(struct machine *m)
{
	struct cb_clock *clock = &m->clock;

	if (!m->leap || m->clock_leapt || clock->realtime < leap_at(m))
		return false;
	m->clock_leapt = true;
	clock->realtime -= m->leap * NSEC_PER_SEC;
	clock->tai_offset += m->leap;
	clock->insert_at = 0;
	return true;
}

/**
 * machine_tick() - an update of the timekeeper
 * @m: the machine
 * @was_set: the clock was set before
 *
 * The clock goes on, perhaps at another rate, perhaps through a leap second.
 */
void machine_tick(struct machine *m, bool was_set)
{
	struct cb_clock *clock = &m->clock;
	u64 distance = m->counter - clock->counter_value;
	u64 ns = distance * clock->mult + clock->realtime_frac;

	clock->realtime += ns >> clock->shift;
	clock->realtime_frac = ns & ((1ULL << clock->shift) - 1);
	ns = distance * clock->raw_mult + clock->raw_frac;
	clock->raw += ns >> clock->raw_shift;
	clock->raw_frac = ns & ((1ULL << clock->raw_shift) - 1);
	clock->counter_value = m->counter;

	was_set |= clock_leaps(m);

	/* Whoever slews it, towards the truth or away from it, does it as fast as chronyd. */
	if (!m->slew_held && !machine_below(m, 20))
		m->slew = machine_below(m, 3) ? machine_around(m, SLEW_MAX) : 0;
	clock->mult = (1U << RAW_SHIFT) + m->slew;
	if (machine_clock(m, was_set, machine_raw(m)))
		machine_decide(m);
}

/**
 * machine_pass() - time passes: the truth advances, whatever the clocks make of it
 * @m: the machine
 * @ticks: of the counter
 */
void machine_pass(struct machine *m, u32 ticks)
{
	m->counter += ticks;
	m->truth += ((s64)ticks << 10) + div_s64((s64)ticks * m->rate_ppb, 1000000000 >> 10);
	m->rate_ppb = machine_around(m, MACHINE_DRIFT_PPB - 1000);
}

/* What the hypervisor says of the leap second at @time, as it believes. */
static u8 leap_indicator(const struct machine *m, s64 time)
{
	if (!m->leap)
		return VMCLOCK_LEAP_IND_NONE;
	if (time < leap_at(m))
		return m->leap > 0 ? VMCLOCK_LEAP_IND_PRE_POS : VMCLOCK_LEAP_IND_PRE_NEG;
	if (m->leap < 0)
		return VMCLOCK_LEAP_IND_POST_NEG;
	return time < leap_at(m) + NSEC_PER_SEC ? VMCLOCK_LEAP_IND_POS :
						  VMCLOCK_LEAP_IND_POST_POS;
}

/**
 * machine_sample() - a page of the hypervisor's, right within what it says
 * @m: the machine
 */
struct cb_sample machine_sample(struct machine *m)
{
	u32 maxerror = 1 + machine_below(m, 100000);
	s64 counted_on = machine_true(m) + machine_around(m, maxerror);
	int tai_offset = TAI_OFFSET + (counted_on < leap_at(m) ? 0 : m->leap);
	bool tai = machine_below(m, 2);
	s64 time = utc(m, counted_on) + (tai ? tai_offset : 0) * NSEC_PER_SEC;
	s64 seconds = div_s64(time, NSEC_PER_SEC);
	u64 ns = time - seconds * NSEC_PER_SEC;
	u8 indicator = leap_indicator(m, counted_on);

	/* Some forget about it in the next month, but not before that has certainly begun. */
	if (indicator >= VMCLOCK_LEAP_IND_POST_POS &&
	    counted_on > leap_at(m) + 2 * NSEC_PER_SEC && machine_below(m, 2))
		indicator = VMCLOCK_LEAP_IND_NONE;
	m->seq_count += 2;
	return (struct cb_sample) {
		.seq_count = m->seq_count,
		.size = 4096,
		.version = VMCLOCK_PAGE_VERSION,
		.counter_id = VMCLOCK_ID_X86_TSC,
		.time_type = tai ? VMCLOCK_TYPE_TAI : VMCLOCK_TYPE_UTC,
		.disruption_marker = m->marker,
		.flags = VMCLOCK_TAI_OFFSET_VALID | VMCLOCK_PERIOD_MAXERROR_VALID |
			 VMCLOCK_TIME_MAXERROR_VALID,
		.clock_status = VMCLOCK_CLOCK_SYNCHRONIZED,
		.leap_indicator = indicator,
		.counter_period_shift = SHIFT_1NS,
		.tai_offset_sec = -tai_offset,
		.counter_value = m->counter,
		.period = PERIOD_1NS,
		.period_maxerror = PERIOD_1NS / 1000000 * (MACHINE_DRIFT_PPB / 1000),
		.time_sec = seconds,
		/* ns * 2^64 / 10^9, with 35 bits: less than 1 ns too little */
		.time_frac_sec = (ns << 33) / NSEC_PER_SEC << 31,
		.time_maxerror_nanosec = maxerror + 2,
		.taken_at = m->counter,
	};
}

/**
 * machine_update_page() - the hypervisor writes a new page, and it is noticed
 * @m: the machine
 */
void machine_update_page(struct machine *m)
{
	struct cb_sample sample = machine_sample(m);

	if (!machine_below(m, 8))
		sample.clock_status = VMCLOCK_CLOCK_UNRELIABLE;
	else if (!machine_below(m, 8))
		sample.clock_status = VMCLOCK_CLOCK_FREERUNNING;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
}

/**
 * machine_register() - a process registers a page, and it is noticed
 * @m: the machine
 */
void machine_register(struct machine *m)
{
	m->registered_marker = 1 + machine_below(m, 5);
	m->overlooked = 0;
	cb_state_register(&m->state, CB_VERDICT_BUSY);
	machine_update_registered(m, false);
}

/**
 * machine_update_registered() - the process writes a new page, and it is noticed
 * @m: the machine; has a registered page
 * @notice: the process sees that there has been a disruption, or believes so
 *
 * Unless it does, what it writes is wrong if there has been one.
 */
void machine_update_registered(struct machine *m, bool notice)
{
	struct cb_sample sample;

	if (notice) {
		m->registered_marker++;
		m->overlooked = 0;
	}
	m->truth -= m->overlooked;
	sample = machine_sample(m);
	m->truth += m->overlooked;
	sample.disruption_marker = m->registered_marker;
	cb_state_sample(&m->state, &m->state.facts.registered, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
}

/**
 * machine_unregister() - the process takes its page back
 * @m: the machine
 */
void machine_unregister(struct machine *m)
{
	m->registered_marker = 0;
	cb_state_register(&m->state, CB_VERDICT_NO_DEVICE);
	machine_decide(m);
}

/**
 * machine_good_report() - a report that is right, within 2 ms
 * @m: the machine
 */
struct clockbound_report machine_good_report(struct machine *m)
{
	return (struct clockbound_report) {
		.size = sizeof(struct clockbound_report),
		.as_of = machine_raw(m),
		.void_after = machine_raw(m) + 1000 * NSEC_PER_SEC,
		.time = utc(m, machine_true(m)),
		.bound = 2000000,
		.measured = machine_raw(m),
		.max_drift = 60000,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.disruption_marker = m->marker,
	};
}

/* Some know that a second will be inserted, all know that one will be left out. */
static u32 leap_flags(struct machine *m, s64 time)
{
	if (!m->leap || time >= leap_at(m))
		return 0;
	if (m->leap < 0)
		return CLOCKBOUND_REPORT_LEAP_DELETE;
	return machine_below(m, 2) ? CLOCKBOUND_REPORT_LEAP_INSERT : 0;
}

/**
 * machine_report() - the daemon reports, rightly
 * @m: the machine
 *
 * Now and then it is far off, and says so. Close to a leap second it may be refused.
 */
void machine_report(struct machine *m)
{
	u32 bound = 1 + machine_below(m, machine_below(m, 4) ? 200000 : 50000000);
	s64 time = machine_true(m) + machine_around(m, bound);
	s64 frequency = machine_around(m, 20000000);
	struct clockbound_report report = {
		.size = sizeof(report),
		.flags = leap_flags(m, time),
		.as_of = machine_raw(m),
		.void_after = machine_raw(m) + (u64)(1 + machine_below(m, 1000)) * NSEC_PER_SEC,
		.time = utc(m, time),
		/* The true time was rounded down. */
		.bound = bound + 1,
		.frequency = frequency,
		.measured = machine_raw(m),
		.max_drift = MACHINE_DRIFT_PPB + abs(frequency) / 1000 + 1,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.disruption_marker = m->marker,
	};
	bool near_leap = m->leap && abs(time - leap_at(m)) <= 3 * NSEC_PER_SEC + bound;
	int error;

	/* What is taken back there cannot be said again before it is over. */
	if (!near_leap && !machine_below(m, 4))
		report.status = machine_below(m, 3);
	error = cb_state_report(&m->state, &report, machine_raw(m));
	if (!near_leap)
		KUNIT_ASSERT_EQ(m->test, error, 0);
	else if (error)
		KUNIT_ASSERT_EQ(m->test, error, -EAGAIN);
	machine_decide(m);
}

/**
 * machine_disrupt() - the counter jumps, and so does the truth as its function
 * @m: the machine
 *
 * Nobody has noticed yet.
 */
void machine_disrupt(struct machine *m)
{
	s64 jump = machine_around(m, 1000000000) * 1000;

	m->marker += 1 + machine_below(m, 5);
	m->truth += jump;
	m->overlooked += jump;
}

/**
 * machine_set_clock() - somebody sets the system clock
 * @m: the machine
 */
void machine_set_clock(struct machine *m)
{
	m->clock.realtime += machine_around(m, 3) * 3600 * NSEC_PER_SEC + 1;
	machine_tick(m, true);
}

/**
 * machine_sleep() - CLOCK_MONOTONIC_RAW stands still for a while, and nobody said so before
 * @m: the machine; its counter goes on
 */
void machine_sleep(struct machine *m)
{
	machine_pass(m, machine_below(m, 10000000));
	m->clock.counter_value = m->counter;
	m->clock.realtime += machine_below(m, 2000000);
	machine_tick(m, true);
}

/**
 * machine_suspend() - the machine is about to sleep
 * @m: the machine
 */
void machine_suspend(struct machine *m)
{
	machine_tick(m, false);
	cb_state_sleep(&m->state, m->counter, machine_raw(m));
	machine_decide(m);
}

/**
 * machine_resume() - the timekeeper goes on, the gate is still closed
 * @m: the machine, asleep
 * @counter: what the counter has done meanwhile
 * @slept: for so many ns; CLOCK_MONOTONIC_RAW stood still
 */
void machine_resume(struct machine *m, enum machine_counter counter, u32 slept)
{
	machine_tick(m, false);
	m->truth += (s64)slept << 10;
	if (counter == MACHINE_COUNTER_GOES_ON)
		m->counter += slept;
	else if (counter == MACHINE_COUNTER_STANDS_STILL)
		m->counter += 1 + machine_below(m, 1000);
	else
		m->counter = 1 + machine_below(m, 1000000);
	m->clock.counter_value = m->counter;
	m->clock.realtime += machine_below(m, 2000000);
	machine_clock(m, true, m->clock.raw);
}

/**
 * machine_wake() - the gate is opened
 * @m: the machine, asleep
 */
void machine_wake(struct machine *m)
{
	cb_state_wake(&m->state, &m->timeline, m->counter, machine_raw(m));
	machine_decide(m);
}

/* A reading by the reader's rules: the marker first, then the model. */
static bool take_reading(struct machine *m, struct clockbound_reading *reading)
{
	if (m->model.disruption_marker != m->marker ||
	    ((m->model.flags & CLOCKBOUND_MODEL_REGISTERED) &&
	     m->named_marker != m->registered_marker) ||
	    !clockbound_eval(&m->model, m->counter, &reading->earliest, &reading->latest))
		return false;
	reading->status = clockbound_eval_status(&m->model, m->counter);
	reading->flags = m->model.flags;
	reading->tai_offset = m->model.tai_offset;
	if (m->model.flags & CLOCKBOUND_MODEL_LEAP)
		clockbound_eval_leap(&m->model, reading);
	return true;
}

/* The interval, counted on: TAI without the offset that it has at the start. */
static void count_on(struct machine *m, const struct clockbound_reading *reading,
		     s64 *earliest, s64 *latest)
{
	s64 offset = (s64)(reading->tai_offset - TAI_OFFSET) * NSEC_PER_SEC;
	bool leap = reading->flags & CLOCKBOUND_MODEL_LEAP;

	KUNIT_ASSERT_TRUE(m->test, reading->flags & CLOCKBOUND_MODEL_TAI);
	*earliest = (leap ? reading->leap_earliest : reading->earliest) + offset;
	*latest = (leap ? reading->leap_latest : reading->latest) + offset;
	if (!leap)
		return;
	KUNIT_ASSERT_LT(m->test, *earliest, leap_at(m));
	KUNIT_ASSERT_GE(m->test, *latest, leap_at(m));
	m->in_leap++;
}

/**
 * machine_read() - take a reading, if there is one, and compare it with the truth
 * @m: the machine
 */
void machine_read(struct machine *m)
{
	struct clockbound_reading reading = { 0 };
	s64 earliest, latest, now = machine_true(m);

	if (!take_reading(m, &reading))
		return;
	KUNIT_ASSERT_TRUE(m->test, reading.status == CLOCKBOUND_STATUS_SYNCHRONIZED ||
			  reading.status == CLOCKBOUND_STATUS_FREE_RUNNING);
	m->trusted++;
	count_on(m, &reading, &earliest, &latest);

	/* I3, and I1: the sources have kept their promises. */
	KUNIT_ASSERT_LE(m->test, reading.earliest, reading.latest);
	KUNIT_ASSERT_LE(m->test, earliest, now + 1);
	KUNIT_ASSERT_GE(m->test, latest, now);
	KUNIT_ASSERT_LE(m->test, reading.earliest, utc(m, now) + 1);
	KUNIT_ASSERT_GE(m->test, reading.latest, utc(m, now));

	/* I6: without a disruption or a violation, earliest never decreases. */
	if (m->disruptions == m->state.facts.disruptions &&
	    m->violations == m->state.facts.violations)
		KUNIT_ASSERT_GE(m->test, earliest, m->earliest);
	m->earliest = earliest;
	m->disruptions = m->state.facts.disruptions;
	m->violations = m->state.facts.violations;
}

/**
 * machine_start() - start a machine
 * @m: the machine
 * @test: the test that it is for
 * @seed: of all that is random
 * @allowed: CB_SOURCE_* that may be used
 * @start: the time that it is, s since 1970
 */
void machine_start(struct machine *m, struct kunit *test, u64 seed, u8 allowed, s64 start)
{
	memset(m, 0, sizeof(*m));
	m->test = test;
	prandom_seed_state(&m->rnd, seed);
	m->start = start;
	m->earliest = CLOCKBOUND_TIME_MIN;
	m->marker = 1;
	m->clock = (struct cb_clock) {
		.usable = true,
		.source = 1,
		.mask = U64_MAX,
		.realtime = start * NSEC_PER_SEC + machine_around(m, 1000000),
		.mult = 1U << RAW_SHIFT,
		.shift = RAW_SHIFT,
		.raw = NSEC_PER_SEC,
		.raw_mult = 1U << RAW_SHIFT,
		.raw_shift = RAW_SHIFT,
		.tai_offset = TAI_OFFSET,
	};
	cb_state_init(&m->state, allowed, CLOCKBOUND_COUNTER_X86_TSC);
	machine_tick(m, true);
	machine_update_page(m);
}

/**
 * machine_marker_only() - start a machine whose VMClock has but a marker
 * @test: the test that it is for, which frees it
 *
 * Return: the machine.
 */
struct machine *machine_marker_only(struct kunit *test)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct cb_sample sample;

	KUNIT_ASSERT_NOT_NULL(test, m);
	machine_start(m, test, 1, CB_SOURCE_ALL, MACHINE_START);
	sample = machine_sample(m);
	sample.counter_id = VMCLOCK_ID_INVALID;
	cb_state_sample(&m->state, &m->state.facts.vmclock, CB_VERDICT_FULL, &sample,
			CLOCKBOUND_COUNTER_X86_TSC, machine_raw(m));
	machine_decide(m);
	return m;
}
