// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sync asks and reports, in every order of things.
 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "random.h"
#include "sync_core.h"

#define SECOND		1000000000ULL
#define MS		1000000ULL
#define START		(1000 * SECOND)

static struct sync_core core;
static struct clockbound_report report;
static __u64 now;

static void begin(bool disruptions)
{
	memset(&core, 0, sizeof(core));
	core.disruptions = disruptions;
	core.resettable = true;
	now = START;
	sync_core_begin(&core, 5, now);
}

/* The next question, which is to be asked at this time. */
static void assert_asks(enum sync_question question, __u64 at)
{
	assert_int_equal(sync_core_deadline(&core), at);
	if (at > now) {
		now = at - 1;
		assert_int_equal(sync_core_ask(&core, now), SYNC_NOTHING);
		now = at;
	}
	assert_int_equal(sync_core_ask(&core, now), question);
	assert_int_equal(sync_core_ask(&core, now), SYNC_NOTHING);
	assert_int_equal(sync_core_deadline(&core), now + SYNC_ANSWER_TIME);
}

/* What chronyd estimates: the age is added to it, for want of a clock. */
#define EPOCH		(1700000000 * SECOND)
#define FREQUENCY	(-20000000)
#define MAX_DRIFT	1500

static void assert_reports(__u32 status)
{
	assert_int_equal(report.size, sizeof(report));
	assert_int_equal(report.status, status);
}

static void assert_claims(__u64 as_of, __u64 bound, __u64 measured)
{
	assert_reports(CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(report.as_of, as_of);
	assert_int_equal(report.void_after, as_of + 1000 * SECOND);
	assert_int_equal(report.time, EPOCH + as_of);
	assert_int_equal(report.bound, bound);
	assert_int_equal(report.frequency, FREQUENCY);
	assert_int_equal(report.max_drift, MAX_DRIFT);
	/* Not after it, and a thousandth of the age before it at most */
	assert_in_range(report.measured, measured - (as_of - measured) / 1000 - 1, measured);
}

static struct measurement measurement_of(__u32 status, __u64 bound, __u64 age)
{
	return (struct measurement){
		.status = status,
		.age = age,
		.interval = ~0ULL,
		.estimate = {
			.raw = now,
			.time = (__s64)(EPOCH + now),
			.bound = bound,
			.frequency = FREQUENCY,
			.max_drift = MAX_DRIFT,
		},
	};
}

static bool answer(__u32 status, __u64 bound, __u64 age)
{
	struct measurement measurement = measurement_of(status, bound, age);

	return sync_core_measured(&core, core.sequence, &measurement, now, &report);
}

static bool accept(void)
{
	return sync_core_accepted(&core, core.sequence, now);
}

static bool fail_now(void)
{
	return sync_core_failed(&core, core.sequence, now, &report);
}

/* From the disruption to the first trusted report, 10 ms a step. */
static void recover(void)
{
	assert_asks(SYNC_RESET, sync_core_deadline(&core));
	now += 10 * MS;
	assert_true(accept());
	assert_asks(SYNC_BURST, now);
	now += 10 * MS;
	assert_true(accept());
	assert_asks(SYNC_MEASUREMENT, now);
	now += 10 * MS;
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 5 * MS));
	assert_claims(now, 100, now - 5 * MS);
}

TEST(first_measurement)
{
	begin(true);
	recover();
	assert_int_equal(report.disruption_marker, 5);
	assert_int_equal(report.flags, 0);
	assert_asks(SYNC_MEASUREMENT, now - 10 * MS + SECOND);
}

/* Nobody looks at disruptions, but somebody may have set the clock. */
TEST(disruptions_disabled)
{
	begin(false);
	recover();
	assert_int_equal(report.flags, CLOCKBOUND_REPORT_NO_DISRUPTION);
	assert_int_equal(report.disruption_marker, 0);
}

static void begin_measured(void)
{
	begin(true);
	recover();
	now = sync_core_deadline(&core);
}

TEST(leap_seconds)
{
	struct measurement measurement;
	int leap;

	begin_measured();
	for (leap = -1; leap <= 1; leap++) {
		assert_asks(SYNC_MEASUREMENT, sync_core_deadline(&core));
		measurement = measurement_of(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0);
		measurement.estimate.leap = leap;
		assert_true(sync_core_measured(&core, core.sequence, &measurement, now, &report));
		assert_int_equal(report.flags, leap < 0 ? CLOCKBOUND_REPORT_LEAP_DELETE :
				 leap ? CLOCKBOUND_REPORT_LEAP_INSERT : 0);
	}
}

/* How old the measurement is, is not known to the last: never too young. */
TEST(measured_before)
{
	begin_measured();
	assert_asks(SYNC_MEASUREMENT, now);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 512 * SECOND));
	assert_claims(now, 100, now - 512 * SECOND - SECOND / 2);
	assert_asks(SYNC_MEASUREMENT, now + SECOND);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, ~0ULL >> 2));
	assert_int_equal(report.measured, 0);
}

/* chronyd measures more often than once in two seconds. */
TEST(intervals)
{
	static const struct {
		__u64 interval, expected;
	} table[] = {
		{ SECOND / 2, SECOND / 2 },
		{ 0, 100 * MS },
		{ 2 * SECOND, SECOND },
	};
	struct measurement measurement;
	size_t i;

	begin_measured();
	for (i = 0; i < 3; i++) {
		assert_asks(SYNC_MEASUREMENT, now);
		measurement = measurement_of(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0);
		measurement.interval = table[i].interval;
		assert_true(sync_core_measured(&core, core.sequence, &measurement, now, &report));
		assert_int_equal(sync_core_deadline(&core), now + table[i].expected);
		now = sync_core_deadline(&core);
	}
}

/*
 * Somebody else has set or tuned the clock: it has to be measured again, and what was
 * reported stays in force.
 */
TEST(moved)
{
	__u64 moved;

	begin_measured();
	assert_asks(SYNC_MEASUREMENT, now);
	now += MS;
	sync_core_moved(&core, now);
	/* There is no report */
	assert_false(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0));
	assert_asks(SYNC_RESET, now);
	assert_true(fail_now());
	assert_reports(CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_int_equal(report.disruption_marker, 5);
	assert_asks(SYNC_RESET, now + SECOND);
	assert_true(accept());
	assert_asks(SYNC_BURST, now);
	assert_true(accept());
	now += 100 * MS;
	assert_int_equal(sync_core_ask(&core, now), SYNC_MEASUREMENT);
	/* Again, as long as chronyd has not tuned it back: it is not kept from measuring */
	moved = now;
	sync_core_moved(&core, now);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0));
	assert_reports(CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_asks(SYNC_MEASUREMENT, now + 100 * MS);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 100 * MS));
	assert_reports(CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_asks(SYNC_MEASUREMENT, now + 100 * MS);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 100 * MS));
	assert_claims(now, 100, now - 100 * MS);
	assert_true(report.measured > moved);
}

/* Before RESET and BURST are accepted, nothing counts anyhow. */
TEST(moved_early)
{
	begin(true);
	assert_asks(SYNC_RESET, now);
	sync_core_moved(&core, now);
	assert_true(accept());
	sync_core_moved(&core, now);
	assert_asks(SYNC_BURST, now);
	now += MS;
	assert_true(accept());
	assert_int_equal(core.measured_after, now);
}

TEST(free_running)
{
	begin_measured();
	assert_asks(SYNC_MEASUREMENT, now);
	assert_true(answer(CLOCKBOUND_STATUS_FREE_RUNNING, 1, 0));
	assert_reports(CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_int_equal(report.bound, 0);
	assert_asks(SYNC_MEASUREMENT, now + SECOND);
	assert_true(answer(CLOCKBOUND_STATUS_UNKNOWN, 7, 0));
	assert_reports(CLOCKBOUND_STATUS_UNKNOWN);
	/* However long: it is chronyd's word, and void_after ends it */
	assert_asks(SYNC_MEASUREMENT, now + SECOND);
	now += 990 * SECOND;
	assert_true(answer(CLOCKBOUND_STATUS_FREE_RUNNING, 7, 0));
	assert_reports(CLOCKBOUND_STATUS_FREE_RUNNING);
	/* And if it is silent then, for a moment: what is in force is not taken back */
	now = sync_core_deadline(&core) + 990 * SECOND;
	assert_int_equal(sync_core_ask(&core, now), SYNC_MEASUREMENT);
	assert_true(answer(CLOCKBOUND_STATUS_FREE_RUNNING, 7, 0));
	assert_asks(SYNC_MEASUREMENT, now + SECOND);
	assert_true(fail_now());
	assert_reports(CLOCKBOUND_STATUS_FREE_RUNNING);
}

TEST(failed_questions)
{
	__u64 good;
	int i;

	begin_measured();
	assert_asks(SYNC_MEASUREMENT, now);
	good = now;
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0));
	/* Silence: each question fails after a second, and the next one is due */
	for (i = 1; i <= 10; i++) {
		assert_asks(SYNC_MEASUREMENT, good + i * SECOND);
		now = sync_core_deadline(&core);
		assert_true(fail_now());
		assert_reports(now - good < 5 * SECOND ? CLOCKBOUND_STATUS_FREE_RUNNING :
			       CLOCKBOUND_STATUS_UNKNOWN);
	}
	assert_int_equal(report.status, CLOCKBOUND_STATUS_UNKNOWN);
	/* Refused at once: the rhythm is the same */
	assert_asks(SYNC_MEASUREMENT, now);
	assert_true(fail_now());
	assert_asks(SYNC_MEASUREMENT, now + SECOND);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0));
	assert_int_equal(report.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* Exactly 5 s are not younger than 5 s. */
TEST(patience)
{
	__u64 good;

	begin_measured();
	assert_asks(SYNC_MEASUREMENT, now);
	good = now;
	/* However late the answer is */
	now += 900 * MS;
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0));
	assert_asks(SYNC_MEASUREMENT, good + SECOND);
	now = good + 5 * SECOND - 1;
	assert_true(fail_now());
	assert_int_equal(report.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	now = good + 5 * SECOND;
	assert_int_equal(sync_core_ask(&core, now), SYNC_MEASUREMENT);
	assert_true(fail_now());
	assert_int_equal(report.status, CLOCKBOUND_STATUS_UNKNOWN);
}

TEST(order_after_a_disruption)
{
	__u64 disrupted;

	begin(true);
	recover();

	/* In the middle of a question, whose answer then counts no more */
	assert_asks(SYNC_MEASUREMENT, sync_core_deadline(&core));
	now += MS;
	disrupted = now;
	sync_core_disrupted(&core, 6, now);
	assert_false(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0));
	assert_false(fail_now());

	assert_asks(SYNC_RESET, disrupted);
	assert_false(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0));
	now += MS;
	assert_true(accept());
	assert_false(accept());
	assert_asks(SYNC_BURST, now);
	assert_false(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0));
	now += MS;
	assert_true(accept());
	assert_asks(SYNC_MEASUREMENT, now);
	assert_false(accept());
	/* Not yet */
	assert_true(answer(CLOCKBOUND_STATUS_FREE_RUNNING, 0, 0));
	assert_reports(CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_int_equal(report.disruption_marker, 6);
	/* Fast, and an old measurement is none, by a nanosecond */
	assert_asks(SYNC_MEASUREMENT, now + 100 * MS);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 100 * MS));
	assert_reports(CLOCKBOUND_STATUS_FREE_RUNNING);
	/* RAW may be slow: 0.1 % more is not certainly later */
	assert_asks(SYNC_MEASUREMENT, now + 100 * MS);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 200 * MS - 150000));
	assert_reports(CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_asks(SYNC_MEASUREMENT, now + 100 * MS);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 200 * MS));
	assert_reports(CLOCKBOUND_STATUS_SYNCHRONIZED);
	assert_int_equal(report.disruption_marker, 6);
	/* From now on its age does not matter any more */
	assert_asks(SYNC_MEASUREMENT, now + SECOND);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 1200 * MS));
	assert_reports(CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* An answer that came late, to a question from before. */
TEST(late_answers)
{
	struct measurement measurement;
	__u32 late;

	begin(true);
	recover();
	assert_asks(SYNC_MEASUREMENT, sync_core_deadline(&core));
	late = core.sequence;
	sync_core_disrupted(&core, 6, now);
	assert_asks(SYNC_RESET, now);
	assert_false(sync_core_accepted(&core, late, now));
	assert_true(accept());
	assert_asks(SYNC_BURST, now);
	late = core.sequence;
	/* Once more: the answer to BURST is about the disruption before */
	sync_core_disrupted(&core, 7, now);
	assert_false(sync_core_accepted(&core, late, now));
	assert_asks(SYNC_RESET, now);
	assert_true(accept());
	assert_asks(SYNC_BURST, now);
	assert_true(accept());
	assert_asks(SYNC_MEASUREMENT, now);
	measurement = measurement_of(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0);
	assert_false(sync_core_measured(&core, core.sequence - 1, &measurement, now, &report));
	assert_false(sync_core_failed(&core, core.sequence - 1, now, &report));
}

/* Until RESET and then BURST are both accepted, they are sent once a second. */
TEST(chronyd_is_away)
{
	__u64 start;
	int i;

	begin(true);
	recover();
	now += MS;
	start = now;
	sync_core_disrupted(&core, 6, now);
	for (i = 0; i < 3; i++) {
		assert_asks(SYNC_RESET, start + i * SECOND);
		assert_true(fail_now());
		assert_int_equal(report.status, CLOCKBOUND_STATUS_UNKNOWN);
		assert_int_equal(report.disruption_marker, 6);
	}
	assert_asks(SYNC_RESET, start + 3 * SECOND);
	assert_true(accept());
	assert_asks(SYNC_BURST, now);
	now += MS;
	assert_true(fail_now());
	assert_asks(SYNC_RESET, start + 4 * SECOND);
	assert_true(accept());
	assert_asks(SYNC_BURST, now);
	assert_true(accept());
	assert_asks(SYNC_MEASUREMENT, now);
}

/* What an earlier process has reported stays in force for a while. */
TEST(at_the_start)
{
	int i;

	begin(true);
	for (i = 0; i < 6; i++) {
		assert_asks(SYNC_RESET, START + i * SECOND);
		assert_true(fail_now());
		assert_int_equal(report.status, i < 5 ? CLOCKBOUND_STATUS_FREE_RUNNING :
						       CLOCKBOUND_STATUS_UNKNOWN);
	}
}

/* The same marker again, a hundred times a second: steps, or refused reports. */
TEST(storm)
{
	unsigned int resets = 0;
	__u64 end;

	begin(true);
	recover();
	end = now + 10 * SECOND;
	for (; now < end; now += 10 * MS) {
		sync_core_disrupted(&core, 5, now);
		resets += sync_core_ask(&core, now) == SYNC_RESET;
	}
	assert_in_range(resets, 9, 11);
	/* A new one is acted upon at once */
	sync_core_disrupted(&core, 6, now);
	assert_asks(SYNC_RESET, now);
}

/*
 * When nothing is measured, BURST is sent again: the first one may have been ignored
 * because of one that was going on. After a while, all goes on at leisure.
 */
TEST(no_measurement)
{
	unsigned int questions[2] = { 0 }, bursts[2] = { 0 };
	__u64 end;
	int late;

	begin(true);
	assert_asks(SYNC_RESET, START);
	assert_true(accept());
	end = START + 20 * SECOND + 640 * SECOND;
	for (; now < end; now = sync_core_deadline(&core)) {
		late = now >= START + 20 * SECOND;
		if (sync_core_ask(&core, now) == SYNC_BURST) {
			bursts[late]++;
			assert_true(accept());
			continue;
		}
		assert_int_equal(core.pending, SYNC_MEASUREMENT);
		questions[late]++;
		now += MS;
		assert_true(answer(CLOCKBOUND_STATUS_FREE_RUNNING, 0, 0));
		assert_int_equal(report.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	}
	print_message("# at first %u questions and %u bursts, then %u and %u\n", questions[0],
		      bursts[0], questions[1], bursts[1]);
	assert_in_range(questions[0], 200, 215);
	assert_in_range(bursts[0], 9, 10);
	assert_in_range(questions[1], 640, 655);
	assert_in_range(bursts[1], 10, 11);

	/* Counted from the first BURST on */
	assert_int_equal(core.measured_after, START);
}

/* Once there is a measurement, nobody bothers the sources any more. */
TEST(burst_until_measured)
{
	int i;

	begin(true);
	recover();
	for (i = 0; i < 100; i++) {
		now = sync_core_deadline(&core);
		assert_int_equal(sync_core_ask(&core, now), SYNC_MEASUREMENT);
		assert_true(answer(i % 2 ? CLOCKBOUND_STATUS_SYNCHRONIZED :
					   CLOCKBOUND_STATUS_FREE_RUNNING, 100, 0));
	}
}

/* A source that cannot be reset has to be seen to measure. */
TEST(adjtimex_source)
{
	begin(true);
	core.resettable = false;
	sync_core_begin(&core, 5, now);
	assert_asks(SYNC_MEASUREMENT, START);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, ~0ULL >> 2));
	assert_int_equal(report.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_asks(SYNC_MEASUREMENT, START + 100 * MS);
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, 0));
	assert_int_equal(report.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	sync_core_disrupted(&core, 6, now);
	assert_asks(SYNC_MEASUREMENT, now);
	now += MS;
	assert_true(answer(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, MS));
	assert_int_equal(report.status, CLOCKBOUND_STATUS_FREE_RUNNING);
}

/**
 * struct world - a machine, its hypervisor and its chronyd
 * @marker: the disruption marker
 * @measured_under: the marker when chronyd measured, 0 if it has not
 * @measured_at: the time of that
 * @forgets: RESET makes chronyd forget, as it should
 */
struct world {
	__u64 marker;
	__u64 measured_under;
	__u64 measured_at;
	bool forgets;
};

static struct world world;

static void let_time_pass(__u64 most)
{
	now += random_below(most) + 1;
	if (!random_below(20))
		world.marker++;
	if (random_below(4))
		return;
	world.measured_at = now - random_below(MS);
	world.measured_under = world.marker;
	/* Made just before a disruption that nobody has noticed */
	if (!random_below(4))
		world.marker++;
}

/* What chronyd answers at this moment; its clock is up to 900 ppm slow or fast. */
static struct measurement chronyd_says(__u64 *under)
{
	__u64 age = now - world.measured_at;

	*under = world.measured_under;
	if (!world.measured_under)
		return measurement_of(CLOCKBOUND_STATUS_FREE_RUNNING, 0, 0);
	if (random_below(2))
		age += age * random_below(900) / 1000000;
	else
		age -= age * random_below(900) / 1000000;
	return measurement_of(CLOCKBOUND_STATUS_SYNCHRONIZED, 100, age);
}

/*
 * One question and its answer. Between any two steps time passes, chronyd
 * measures, the machine is disrupted, and the daemon notices, or not.
 */
static unsigned int question_and_answer(void)
{
	enum sync_question question;
	struct measurement says;
	__u64 sent, received, under;

	if (sync_core_deadline(&core) > now)
		now = sync_core_deadline(&core);
	if (random_below(2) && core.marker != world.marker)
		sync_core_disrupted(&core, world.marker, now);
	question = sync_core_ask(&core, now);
	let_time_pass(300 * MS);
	switch (question) {
	case SYNC_RESET:
		if (world.forgets)
			world.measured_under = 0;
		/* fall through */
	case SYNC_BURST:
		let_time_pass(300 * MS);
		if (random_below(10))
			sync_core_accepted(&core, core.sequence, now);
		else
			sync_core_failed(&core, core.sequence, now, &report);
		return 0;
	default:
		break;
	}

	says = chronyd_says(&under);
	sent = now;
	let_time_pass(300 * MS);
	received = now;
	/* The age is of the moment at which the answer came, and the report made later */
	says.age += received - sent;
	says.estimate.raw = received;
	now += random_below(100 * MS);
	if (!random_below(4) && core.marker != world.marker)
		sync_core_disrupted(&core, world.marker, now);
	if (!sync_core_measured(&core, core.sequence, &says, now, &report) ||
	    report.status != CLOCKBOUND_STATUS_SYNCHRONIZED)
		return 0;
	/* Here the kernel compares the markers; refused reports do no harm. */
	assert_true(report.disruption_marker <= under);
	if (report.disruption_marker != world.marker) {
		sync_core_disrupted(&core, world.marker, now);
		return 0;
	}
	return 1;
}

TEST(no_new_marker_with_an_old_measurement)
{
	unsigned int run, round, trusted = 0;

	for (run = 0; run < 2000; run++) {
		random_state = 0x9e3779b97f4a7c15ULL * (run + 1);
		begin(true);
		world = (struct world){ .marker = 5, .measured_under = 4, .measured_at = now };
		/* A chronyd that forgets nothing: then the age alone has to do */
		world.forgets = run % 2;
		for (round = 0; round < 500; round++)
			trusted += question_and_answer();
	}
	print_message("# %u reports were trusted\n", trusted);
	assert_true(trusted > 10000);
}

TEST_MAIN(NULL, NULL)
