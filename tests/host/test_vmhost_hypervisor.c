// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor, with a simulated counter and a simulated host clock: what the
 * page says is true, pages nest, and every command does what it says. Nothing has
 * to be waited for, and every run is the same.
 */
#include "test.h"

#include "random.h"

#include <endian.h>
#include <linux/clockbound.h>
#include <stdlib.h>
#include <string.h>

/* In place of counter.h: each look at the counter takes a while. */
#define VMHOST_COUNTER_H

static __u64 counter;

static __u64 counter_read(void)
{
	counter += 20 + random_below(60);
	return counter;
}

static void counter_settle(void)
{
	counter += 1000;
}

/* With that counter */
#include "../../tools/vmhost/hypervisor.c"

#include "check.h"
#include "control.h"
#include "shared.h"

#define NOW		1795000000000000000LL
#define SECOND		NSEC_PER_SEC	/* ticks: a tick is a nanosecond */
#define TICK_10_MS	(SECOND / 100)
#define MAXERROR	1000
#define SKEW		123456789012345LL

static struct {
	__u64 start;		/* counter at NOW */
	__u64 bend;		/* counter from which on the clock runs faster */
	__s64 ppm;		/* by this */
	__s64 step;		/* and was set by this */
	__u64 maxerror;
	__u8 leap;
	__u8 tai;		/* 0 if it does not know */
} simulated;

static struct hypervisor hv;
static struct vmclock_page page;
static const struct region_slice slice = { (void *)&page, sizeof(page) };
static __s64 skew;		/* the guest's counter minus the host's */

/* What the host's clock says at host counter value @at */
static __s64 clock_at(__u64 at)
{
	__s64 ns = at - simulated.start;

	if (at > simulated.bend)
		ns += (__s64)(at - simulated.bend) * simulated.ppm / 1000000;
	return NOW + ns + simulated.step;
}

/* In place of those in hostclock.c */
void hostclock_sample(const struct hostclock *clock, struct sample *sample)
{
	(void)clock;
	sample->before = counter_read();
	sample->realtime = clock_at(counter_read());
	sample->after = counter_read();
	sample->maxerror = simulated.maxerror;
}

__u8 hostclock_leap(void)
{
	return simulated.leap;
}

__u8 hostclock_tai(__u8 otherwise)
{
	return simulated.tai ? simulated.tai : otherwise;
}

/* Lets @ticks go by as vmhost's main loop does. */
static void run(__u64 ticks)
{
	__u64 until = counter + ticks;

	for (;;) {
		hypervisor_sample(&hv);
		if (counter >= until)
			return;
		counter += TICK_10_MS;
		if (counter > until)
			counter = until;
	}
}

static void update(void)
{
	run(SECOND / 10);
	hypervisor_update(&hv);
}

/* A handshake that leaves so much open. */
static void measure(__s64 below, __s64 above)
{
	struct measurement measurement = {
		.offset = { .min = skew - below, .max = skew + above, .rounds = 1 },
	};

	measurement.first = counter_read() + skew;
	measurement.last = counter_read() + skew;
	hypervisor_measured(&hv, &measurement);
}

static void start_with_tai(bool with_offset, __u8 tai_offset)
{
	const struct options options = {
		.max_drift = 50000, .tai_offset = tai_offset
	};

	assert_true(hypervisor_init(&hv, &options, slice));
	if (with_offset)
		measure(20, 30);
	run(SECOND + SECOND / 10);
}

static void start(bool with_offset)
{
	start_with_tai(with_offset, 37);
}

FIXTURE(setup)
{
	memset(&page, 0, sizeof(page));
	counter = 1ULL << 40;
	skew = SKEW;
	simulated.start = counter;
	simulated.bend = ~0ULL;
	simulated.ppm = 0;
	simulated.step = 0;
	simulated.maxerror = MAXERROR;
	simulated.leap = VMCLOCK_LEAP_IND_NONE;
	simulated.tai = 0;
	return 0;
}

FIXTURE(teardown)
{
	history_free(&hv.history);
	return 0;
}

/* Reads the page as a guest does. */
static struct bound decode(void)
{
	return (struct bound) {
		.counter = le64toh(page.counter_value),
		.time = (((s128)le64toh(page.time_sec) << 64) |
			 le64toh(page.time_frac_sec)) +
			(page.time_type == VMCLOCK_TYPE_TAI ?
			 (__s16)le16toh(page.tai_offset_sec) : 0) * FIXED_SEC,
		.maxerror = le64toh(page.time_maxerror_nanosec),
		.period = le64toh(page.counter_period_frac_sec),
		.period_maxerror =
			le64toh(page.counter_period_maxerror_rate_frac_sec),
		.shift = page.counter_period_shift,
	};
}

/* Does the page's interval at host counter value @at contain @time? */
static bool says(__u64 at, __s64 time)
{
	struct bound bound = decode();
	__s64 earliest, latest;

	bound_interval(&bound, scale_counter(&hv.scale, at) + skew, &earliest, &latest);
	return earliest <= time && latest >= time;
}

static void assert_status(__u8 status)
{
	assert_int_equal(page.clock_status, status);
	assert_int_equal(le32toh(page.seq_count) & 1, 0);
}

/* The page is valid, and true from now on for a while and back to C1. */
static void assert_true_page(__s64 jump)
{
	__u64 now = counter_read();
	__u64 flags = le64toh(page.flags);

	assert_status(VMCLOCK_CLOCK_SYNCHRONIZED);
	assert_int_equal(flags, VMCLOCK_TAI_OFFSET_VALID |
			 VMCLOCK_PERIOD_MAXERROR_VALID |
			 VMCLOCK_TIME_MAXERROR_VALID | VMCLOCK_VM_GEN_PRESENT);
	for (__u64 at = le64toh(page.counter_value) - skew;
	     (__s64)(at - now) < SECOND; at += SECOND / 100)
		assert_true(says(at, clock_at(at) + jump));
}

/* Also if the host's clock is wrong by all that it may be, on either side. */
static void assert_true_to_the_edges(void)
{
	assert_true_page(simulated.maxerror);
	assert_true_page(-(__s64)simulated.maxerror);
}

static __s64 key(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	assert_non_null(at);
	return strtoll(at + strlen(name), NULL, 10);
}

/* As "check" does with what guests left in the shared memory */
static bool check(struct vmhost_record *records, size_t count, char *line, size_t size)
{
	const struct region_slice left = { (void *)records, count * sizeof(*records) };

	return check_records(&hv, left, line, size);
}

TEST_F(no_time_before_a_handshake)
{
	start(false);
	hypervisor_update(&hv);
	assert_status(VMCLOCK_CLOCK_INITIALIZING);
	assert_int_equal(le64toh(page.flags), VMCLOCK_VM_GEN_PRESENT);
	assert_int_equal(page.counter_id, VMCLOCK_ID_X86_TSC);
	assert_int_equal(le64toh(page.disruption_marker), 1);
	assert_int_equal(le64toh(page.counter_period_frac_sec), 0);
}

TEST_F(updates_are_true_and_nest)
{
	struct bound bounds[100];
	__u64 from[100];

	start(true);
	for (int i = 0; i < 100; i++) {
		assert_true_page(0);
		bounds[i] = decode();
		from[i] = hv.published + hv.allowed.min;
		assert_int_equal(hv.updates, i + 1);
		/* In all earlier ones, since the last of them is there. */
		for (int j = 0; j < i; j++)
			assert_true(bound_nests(&bounds[i], &bounds[j],
						from[i - 1]));
		update();
	}
	assert_int_equal(hv.kept, 0);
	assert_int_equal(hv.breaks, 0);
	assert_int_equal(hv.marker, 1);
	/* It does not widen for good either. */
	assert_true(bounds[99].maxerror < bounds[0].maxerror + 10000);
}

/* As when vmhost is kept from its work, and then makes up for it */
TEST_F(updates_in_a_hurry_nest)
{
	__u64 updates;

	start(true);
	updates = hv.updates;
	for (int i = 0; i < 1000; i++) {
		counter += random_below(TICK_10_MS);
		hypervisor_update(&hv);
	}
	assert_int_equal(hv.kept, 0);
	assert_in_range(hv.updates - updates, 200, 500);
	assert_true_to_the_edges();
}

TEST_F(a_slow_drift_stays_inside)
{
	start(true);
	simulated.bend = counter_read();
	simulated.ppm = 45;
	for (int i = 0; i < 30; i++) {
		update();
		assert_true_page(0);
	}
	assert_int_equal(hv.breaks, 0);
	assert_int_equal(hv.kept, 0);
}

static void assert_broken_and_recovered(void)
{
	assert_status(VMCLOCK_CLOCK_UNRELIABLE);
	assert_int_equal(hv.breaks, 1);
	assert_int_equal(le64toh(page.disruption_marker), 2);
	assert_int_equal(le64toh(page.flags), VMCLOCK_VM_GEN_PRESENT);
	run(SECOND + SECOND / 5);
	assert_true_page(0);
	assert_int_equal(le64toh(page.disruption_marker), 2);
	update();
	assert_true_page(0);
	assert_int_equal(hv.breaks, 1);
}

TEST_F(a_clock_that_was_set_is_noticed)
{
	start(true);
	simulated.step = 5000000;
	hypervisor_sample(&hv);
	assert_broken_and_recovered();
}

TEST_F(a_clock_that_runs_away_is_noticed)
{
	start(true);
	simulated.bend = counter_read();
	simulated.ppm = 1000;
	run(SECOND / 2);
	assert_int_equal(hv.breaks, 1);
	/* Measured anew it is a good clock again. */
	assert_broken_and_recovered();
}

TEST_F(without_a_new_bound_the_old_one_ages)
{
	struct bound before, after;
	__u64 from;

	start(true);
	simulated.maxerror = SAMPLE_NO_BOUND;
	for (int i = 0; i < 50; i++) {
		before = decode();
		from = hv.published + hv.allowed.min;
		update();
		after = decode();
		assert_status(VMCLOCK_CLOCK_FREERUNNING);
		assert_true(says(counter, clock_at(counter)));
		assert_true(bound_nests(&after, &before, from));
	}
	/* 5 s at a little more than 50 ppm */
	assert_in_range(after.maxerror, 240000, 270000);

	simulated.maxerror = 1000 * MAXERROR;
	update();
	update();
	assert_true_page(0);
	/* What was known better is not forgotten. */
	assert_in_range(decode().maxerror, 250000, 290000);
	simulated.maxerror = MAXERROR;
	update();
	update();
	assert_true_page(0);
	assert_true(decode().maxerror < 2 * MAXERROR);
	assert_int_equal(hv.kept, 0);
}

TEST_F(without_any_bound_there_is_no_time)
{
	simulated.maxerror = SAMPLE_NO_BOUND;
	start(true);
	assert_status(VMCLOCK_CLOCK_INITIALIZING);
	assert_int_equal(le64toh(page.flags), VMCLOCK_VM_GEN_PRESENT);
	simulated.maxerror = MAXERROR;
	run(SECOND / 4);
	assert_true_page(0);
}

TEST_F(a_disruption_changes_the_marker_only)
{
	struct window window;
	struct bound before;

	start(true);
	before = decode();
	assert_null(hypervisor_disrupt(&hv, 0, &window));
	assert_true(window.before < window.after);
	assert_int_equal(le64toh(page.disruption_marker), 2);
	assert_int_equal(le64toh(page.vm_generation_counter), 1);
	assert_true(decode().time == before.time);
	assert_true_page(0);
	update();
	assert_int_equal(hv.updates, 2);
	assert_true_page(0);
}

static bool truth_at(__u64 at, __s64 *earliest, __s64 *latest)
{
	struct offset offset;

	return offsets_around(&hv.offsets, at, &offset) &&
	       hypervisor_truth(&hv, at, &offset, JUMPS_ALL, earliest, latest);
}

TEST_F(a_migration_moves_the_truth)
{
	static const __s64 jumps[] = { 5000000, -12000000, 40000000000LL };
	__s64 earliest, latest, sum = 0;
	struct window window;

	start(true);
	for (int i = 0; i < 3; i++) {
		struct bound old = decode();
		__u64 at;

		run(SECOND / 10);
		assert_null(hypervisor_disrupt(&hv, jumps[i], &window));
		assert_int_equal(le64toh(page.disruption_marker), 2 + i);
		at = counter;
		update();
		assert_int_equal(hv.updates, 2 + i);
		assert_true_page(sum + jumps[i]);

		/* Whoever goes on with the old page is wrong. */
		bound_interval(&old, at + skew, &earliest, &latest);
		assert_false(earliest <= clock_at(at) + sum + jumps[i] &&
			     latest >= clock_at(at) + sum + jumps[i]);

		/* The window is where it happened: both are true there. */
		assert_true(truth_at(window.before - 100,
				     &earliest, &latest));
		assert_in_range(latest - clock_at(window.before - 100 - SKEW) -
				sum, 0, 1000);
		assert_true(truth_at(window.after + 100,
				     &earliest, &latest));
		sum += jumps[i];
		assert_in_range(latest - clock_at(window.after + 100 - SKEW) -
				sum, 0, 1000);
		assert_true(truth_at((window.before / 2) + (window.after / 2),
				     &earliest, &latest));
		assert_true(latest - earliest >= llabs(jumps[i]));
	}
	assert_non_null(hypervisor_disrupt(&hv, 0x7fffffffffffffffLL, &window));
	assert_non_null(hypervisor_disrupt(&hv, -2 * JUMP_MAX, &window));
}

/* Narrow measurements of a counter that keeps its offset never say that it moved. */
TEST_F(a_counter_that_stays_is_left_alone)
{
	start(false);
	measure(30000, 20000);
	for (int i = 0; i < 1000; i++) {
		__s64 below = random_below(HANDSHAKE_NARROW_NS);

		measure(below, random_below(HANDSHAKE_NARROW_NS - below));
		counter += SECOND / 1000;
	}
	assert_int_equal(hv.creeps + hv.leaps + hv.breaks, 0);
	assert_int_equal(le64toh(page.disruption_marker), 1);
	update();
	assert_true_to_the_edges();
	/* It does narrow what a wide one left open. */
	assert_true(hv.allowed.max - hv.allowed.min < 4 * HANDSHAKE_NARROW_NS);
}

TEST_F(a_wide_handshake_does_not_tell)
{
	struct bound before;

	start(true);
	before = decode();
	measure(100000, 200000);
	assert_int_equal(hv.creeps + hv.leaps, 0);
	assert_true(decode().time == before.time);
	assert_int_equal(le64toh(page.disruption_marker), 1);
	/* Unless nothing of it is allowed. */
	skew += 900000;
	measure(100000, 200000);
	assert_int_equal(hv.creeps, 1);
	assert_int_equal(le64toh(page.disruption_marker), 2);
	assert_true_to_the_edges();
}

TEST_F(a_small_movement_is_allowed_for)
{
	start(true);
	for (int sign = -1; sign <= 1; sign += 2) {
		skew = SKEW + sign * 200;
		measure(20, 30);
		assert_true_to_the_edges();
		update();
		assert_true_to_the_edges();
	}
	assert_int_equal(hv.creeps, 0);
	assert_int_equal(le64toh(page.disruption_marker), 1);
}

/* Another page at once: no second without one. */
static void assert_followed(__u64 marker)
{
	assert_int_equal(le64toh(page.disruption_marker), marker);
	assert_true_to_the_edges();
	for (int i = 0; i < 3; i++) {
		update();
		assert_true_to_the_edges();
	}
	assert_int_equal(hv.breaks, 0);
	assert_int_equal(hv.kept, 0);
	assert_int_equal(le64toh(page.disruption_marker), marker);
}

TEST_F(a_creep_is_followed_and_then_allowed_for)
{
	__u64 maxerror;

	start(true);
	maxerror = decode().maxerror;
	skew += 5000;
	measure(20, 30);
	assert_int_equal(hv.creeps, 1);
	assert_int_equal(hv.leaps, 0);
	assert_in_range(hv.crept, 4900, 5100);
	assert_int_equal(hv.moved, hv.crept);
	assert_followed(2);
	assert_in_range(decode().maxerror, maxerror + 4900, maxerror + 5500);

	/* As much again is in the page already. */
	skew += 4900;
	measure(20, 30);
	assert_int_equal(hv.moved, 0);
	assert_followed(2);

	/* But a page does not allow for anything. */
	skew -= 900000;
	measure(20, 30);
	assert_int_equal(hv.creeps, 2);
	assert_in_range(-hv.moved, 895000, 905000);
	assert_in_range(hv.crept_most, 895000, 905000);
	assert_followed(3);
	assert_true(decode().maxerror < maxerror + ALLOWANCE_MAX + 1000);
}

TEST_F(a_jump_is_followed)
{
	start(true);
	skew -= 5000000;
	measure(20, 30);
	assert_int_equal(hv.leaps, 1);
	assert_int_equal(hv.creeps, 0);
	assert_in_range(-hv.moved, 4999000, 5001000);
	assert_followed(2);
}

/* Nothing may be written to the page now, so it is done afterwards. */
TEST_F(a_movement_waits_for_its_page)
{
	struct vmclock_page before;

	start(true);
	assert_null(hypervisor_pause(&hv));
	before = page;
	skew += 5000;
	measure(20, 30);
	run(SECOND / 10);
	assert_memory_equal(&page, &before, sizeof(page));
	assert_null(hypervisor_resume(&hv));
	assert_followed(2);

	assert_null(hypervisor_hold(&hv));
	before = page;
	skew += 50000;
	measure(20, 30);
	assert_memory_equal(&page, &before, sizeof(page));
	assert_null(hypervisor_release(&hv));
	assert_followed(3);
	assert_int_equal(hv.creeps, 2);
}

TEST_F(without_time_only_a_jump_is_told)
{
	start(true);
	assert_null(hypervisor_set_marker_only(&hv, true));
	for (int i = 0; i < 3; i++) {
		skew += 50000;
		measure(20, 30);
		update();
	}
	assert_int_equal(hv.creeps, 3);
	assert_int_equal(hv.breaks, 0);
	assert_int_equal(le64toh(page.disruption_marker), 1);
	/* What was said before it does not hold any more. */
	assert_null(hypervisor_set_marker_only(&hv, false));
	assert_followed(2);

	assert_null(hypervisor_set_marker_only(&hv, true));
	skew += 2 * CREEP_MAX;
	measure(20, 30);
	assert_int_equal(le64toh(page.disruption_marker), 3);
	assert_null(hypervisor_set_marker_only(&hv, false));
	assert_followed(3);
}

/* Nobody knows yet how long a tick is, but it did move. */
TEST_F(a_movement_before_the_rate_is_known)
{
	const struct options options = { .max_drift = 50000, .tai_offset = 37 };

	assert_true(hypervisor_init(&hv, &options, slice));
	measure(20, 30);
	skew += 5000;
	measure(20, 30);
	assert_int_equal(hv.leaps, 1);
	run(SECOND + SECOND / 5);
	assert_followed(2);
}

/* A moment is dated by what was measured around it, before the movement and after it. */
TEST_F(the_truth_is_that_of_its_span)
{
	__s64 times[3], earliest, latest;
	struct vmhost_record records[3];
	char line[1024];
	__u64 at[3];

	start(true);
	for (int i = 0; i < 3; i++) {
		run(SECOND / 10);
		measure(20, 30);
		counter += 1000;
		if (i == 1)
			skew += 3000000;
		at[i] = counter + skew;
		times[i] = clock_at(counter);
		run(SECOND / 10);
		measure(20, 30);
	}
	for (int i = 0; i < 3; i++) {
		assert_true(truth_at(at[i], &earliest, &latest));
		assert_true(earliest <= times[i] && latest >= times[i]);
		if (i == 1)
			assert_in_range(latest - earliest, 3000000, 3001000);
		else
			assert_in_range(latest - earliest, 0, 1000);
	}
	assert_false(truth_at(1, &earliest, &latest));

	/* And those who ask for more than one span are told how far it moved. */
	for (int i = 0; i < 3; i++)
		records[i] = (struct vmhost_record) {
			.counter_value = at[i], .earliest = times[i], .latest = times[i],
		};
	assert_true(check(records, 3, line, sizeof(line)));
	assert_int_equal(key(line, "unlogged="), 0);
	assert_int_equal(key(line, "outside="), 0);
	assert_in_range(key(line, "hull_ns="), 3000000, 3001000);
}

static void assert_no_time(__u64 marker)
{
	assert_status(VMCLOCK_CLOCK_INITIALIZING);
	assert_int_equal(le64toh(page.disruption_marker), marker);
	assert_int_equal(le64toh(page.flags), VMCLOCK_VM_GEN_PRESENT);
	assert_int_equal(le64toh(page.counter_period_frac_sec), 0);
	assert_int_equal(le64toh(page.counter_value), 0);
}

/* No time at once, and time again as soon as there is an offset: not a second later. */
TEST_F(a_lost_counter_is_told_at_once)
{
	start(true);
	for (int i = 0; i < 3; i++) {
		hypervisor_counter_lost(&hv);
		assert_no_time(2 + i);
		update();
		skew -= 60 * SECOND;
		update();
		assert_no_time(2 + i);
		measure(20, 30);
		assert_followed(2 + i);
		assert_int_equal(hv.moved, 0);
	}
	assert_int_equal(hv.creeps + hv.leaps, 0);
	assert_int_equal(le64toh(page.vm_generation_counter), 1);
}

/* Before the clock has been watched for a second there is no rate to keep. */
TEST_F(a_counter_that_is_lost_early)
{
	const struct options options = { .max_drift = 50000, .tai_offset = 37 };

	assert_true(hypervisor_init(&hv, &options, slice));
	measure(20, 30);
	hypervisor_counter_lost(&hv);
	skew -= SECOND;
	run(2 * SECOND);
	assert_no_time(2);
	measure(20, 30);
	assert_followed(2);
}

/* This does not wait for "resume"; only a sequence count that is held odd hides it. */
TEST_F(a_lost_counter_is_told_to_the_paused)
{
	struct vmclock_page before;

	start(true);
	assert_null(hypervisor_pause(&hv));
	hypervisor_counter_lost(&hv);
	assert_no_time(2);
	skew -= SECOND;
	measure(20, 30);
	run(SECOND / 10);
	assert_no_time(2);
	assert_null(hypervisor_resume(&hv));
	hypervisor_sample(&hv);
	assert_followed(2);

	assert_null(hypervisor_hold(&hv));
	before = page;
	hypervisor_counter_lost(&hv);
	assert_memory_equal(&page, &before, sizeof(page));
	assert_null(hypervisor_release(&hv));
	assert_no_time(3);
}

TEST_F(paused_there_is_no_first_time)
{
	start(false);
	assert_null(hypervisor_pause(&hv));
	measure(20, 30);
	run(SECOND / 10);
	assert_no_time(1);
	assert_null(hypervisor_resume(&hv));
	hypervisor_sample(&hv);
	assert_followed(1);
}

TEST_F(a_lost_counter_without_time)
{
	start(true);
	assert_null(hypervisor_set_marker_only(&hv, true));
	hypervisor_counter_lost(&hv);
	assert_status(VMCLOCK_CLOCK_UNKNOWN);
	assert_int_equal(le64toh(page.disruption_marker), 2);
	skew -= SECOND;
	assert_null(hypervisor_set_marker_only(&hv, false));
	update();
	assert_no_time(2);
	measure(20, 30);
	assert_followed(2);
}

/* The answer would come when there is time on the page: not by this handshake. */
TEST_F(a_loss_after_the_handshake_is_answered)
{
	static struct control control;
	char answer[1024];

	start(true);
	hypervisor_counter_lost(&hv);
	control.hv = hv;
	control.handshake.state = HANDSHAKE_DONE;
	assert_true(control_handshake(&control, answer, sizeof(answer)));
	assert_non_null(strstr(answer, "another handshake"));
	assert_false(control_busy(&control));
}

/* A reading between the last handshake before and the first one after is not dated. */
TEST_F(no_truth_across_a_loss)
{
	static const bool dated[] = { true, false, false, true };
	struct vmhost_record records[4];
	__s64 earliest, latest;
	char line[1024];

	start(true);
	for (int i = 0; i < 4; i++) {
		run(SECOND / 10);
		if (i == 2) {
			hypervisor_counter_lost(&hv);
			skew -= SECOND / 20;
		}
		records[i] = (struct vmhost_record) {
			.counter_value = counter + skew,
			.earliest = clock_at(counter),
			.latest = clock_at(counter),
		};
		run(SECOND / 10);
		if (i == 0 || i >= 2)
			measure(20, 30);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(truth_at(records[i].counter_value, &earliest, &latest),
				 dated[i]);
		if (!dated[i])
			continue;
		assert_true(earliest <= records[i].earliest && latest >= records[i].latest);
		assert_in_range(latest - earliest, 0, 1000);
	}
	assert_true(check(records, 4, line, sizeof(line)));
	assert_int_equal(key(line, "unlogged="), 2);
	assert_int_equal(key(line, "outside="), 0);
}

TEST_F(a_known_offset_needs_no_handshake)
{
	__s64 earliest, latest;
	__u64 first;

	start(false);
	hypervisor_offset_known(&hv, skew);
	assert_followed(1);
	first = counter + skew;
	for (int i = 0; i < 2 * OFFSETS_KEPT; i++) {
		counter += SECOND / 1000;
		hypervisor_offset_known(&hv, skew);
	}
	assert_followed(1);
	assert_true(truth_at(first, &earliest, &latest));

	/* A guest that sets its counter, also by less than a page allows for */
	for (int i = 0; i < 3; i++) {
		static const __s64 steps[] = { 200, -5000, -3000 * SECOND };

		skew += steps[i];
		hypervisor_offset_known(&hv, skew);
		assert_followed(2 + i);
	}
	assert_int_equal(hv.creeps + hv.leaps, 0);
	assert_false(truth_at(first, &earliest, &latest));

	/* A handshake finds the same. */
	measure(200, 300);
	hypervisor_offset_known(&hv, skew);
	assert_followed(4);

	/* And what was lost otherwise is known again, where it was or not. */
	hypervisor_counter_lost(&hv);
	assert_no_time(5);
	hypervisor_offset_known(&hv, skew);
	assert_followed(5);
}

/* What the page and the log say when the guest's counter runs at another rate */
static void assert_true_scaled(__s64 jump)
{
	__u64 at = counter_read();
	__s64 earliest, latest;

	assert_status(VMCLOCK_CLOCK_SYNCHRONIZED);
	assert_true(truth_at(scale_counter(&hv.scale, at - SECOND / 10) + skew,
			     &earliest, &latest));
	assert_in_range(clock_at(at - SECOND / 10) + jump - earliest, 0, latest - earliest);
	assert_in_range(latest - earliest, 0, 1000);
	for (__u64 ticks = 0; ticks < SECOND; ticks += SECOND / 100) {
		assert_true(says(at + ticks, clock_at(at + ticks) + jump + MAXERROR));
		assert_true(says(at + ticks, clock_at(at + ticks) + jump - MAXERROR));
	}
	assert_true(decode().maxerror < 10 * MAXERROR);
}

TEST_F(a_scaled_counter)
{
	static const struct scale scales[] = {
		{ 3ULL << 47, 48 }, { 3ULL << 30, 32 }, { 0x1234567890abULL, 48 }, { 0, 0 },
	};
	struct window window;

	start(true);
	assert_null(hypervisor_disrupt(&hv, 5000000, &window));
	for (size_t i = 0; i < COUNT(scales); i++) {
		hypervisor_scale(&hv, &scales[i]);
		assert_no_time(3 + i);
		hypervisor_offset_known(&hv, skew);
		run(SECOND / 2);
		assert_no_time(3 + i);
		run(SECOND * 3 / 4);
		for (int j = 0; j < 5; j++) {
			hypervisor_scale(&hv, &scales[i]);
			hypervisor_offset_known(&hv, skew);
			assert_true_scaled(5000000);
			update();
		}
		assert_int_equal(le64toh(page.disruption_marker), 3 + i);
	}
	assert_int_equal(hv.breaks + hv.kept + hv.creeps + hv.leaps, 0);
}

/* What was measured before is not dated by a counter that comes to the same values later. */
TEST_F(a_change_of_scale_begins_a_new_log)
{
	const struct scale scale = { .ratio = 3, .frac_bits = 2 };
	__s64 earliest, latest;
	__u64 before;

	start(true);
	before = counter + skew;
	run(SECOND / 10);
	hypervisor_offset_known(&hv, skew);
	assert_true(truth_at(before, &earliest, &latest));

	hypervisor_scale(&hv, &scale);
	skew += SECOND * 3600;
	hypervisor_offset_known(&hv, skew);
	run(SECOND);
	counter += counter / 2;
	run(SECOND);
	assert_false(truth_at(before, &earliest, &latest));
}

/* Its rounds would fit by chance, or say that the counter moved. */
TEST_F(no_handshake_with_a_scaled_counter)
{
	const struct scale scale = { .ratio = 3, .frac_bits = 1 };
	static struct control control;
	char answer[1024], line[] = "handshake";

	start(true);
	hypervisor_scale(&hv, &scale);
	control.hv = hv;
	assert_true(control_command(&control, 1, line, answer, sizeof(answer)));
	assert_non_null(strstr(answer, "KVM scales"));
	assert_false(control_busy(&control));
}

static void assert_inherited(const struct identity *from)
{
	__u64 step = le64toh(page.disruption_marker) - from->marker;

	assert_true(step >= 1ULL << 32 && step < 1ULL << 63);
	assert_int_equal(le64toh(page.vm_generation_counter), from->generation);
	assert_int_equal(page.counter_id, from->counter_id);
	assert_int_equal(page.time_type, from->time_type);
	assert_int_equal(le32toh(page.seq_count) & 1, 0);
	assert_int_equal(le64toh(page.flags), VMCLOCK_VM_GEN_PRESENT);
	assert_int_equal(le64toh(page.counter_period_frac_sec), 0);
}

/* Three clones, and one that takes over the page that its source has left in the memory. */
TEST_F(a_clone_has_a_marker_of_its_own)
{
	const struct options options = { .max_drift = 50000, .tai_offset = 37 };
	struct identity identity;
	__u64 markers[4];

	start(true);
	hypervisor_identity(&hv, &identity);
	assert_int_equal(identity.marker, le64toh(page.disruption_marker));
	assert_int_equal(identity.generation, le64toh(page.vm_generation_counter));
	assert_int_equal(identity.counter_id, page.counter_id);
	assert_int_equal(identity.time_type, page.time_type);
	history_free(&hv.history);

	page.seq_count |= htole32(1);
	for (int i = 3; i >= 0; i--) {
		identity.generation = 100 + i;
		assert_true(hypervisor_init(&hv, &options, slice));
		assert_null(hypervisor_inherit(&hv, &identity));
		assert_inherited(&identity);
		assert_status(VMCLOCK_CLOCK_INITIALIZING);
		markers[i] = hv.marker;
		for (int j = i + 1; j < 4; j++)
			assert_true(markers[i] != markers[j]);
		if (i) {
			history_free(&hv.history);
			memset(&page, 0, sizeof(page));
		}
	}
	run(SECOND + SECOND / 10);
	assert_inherited(&identity);
	measure(20, 30);
	assert_followed(markers[0]);
}

TEST_F(what_is_constant_is_inherited)
{
	const struct options options = { .max_drift = 50000 };
	struct identity identity = {
		.marker = ~0ULL, .generation = 7,
		.counter_id = VMCLOCK_ID_X86_TSC, .time_type = VMCLOCK_TYPE_TAI,
	};
	struct vmclock_page before;

	/* TAI for a guest whose new host does not know it: it would be UTC by another name. */
	assert_true(hypervisor_init(&hv, &options, slice));
	before = page;
	assert_non_null(strstr(hypervisor_inherit(&hv, &identity), "--tai-offset"));
	identity.time_type = VMCLOCK_TYPE_MONOTONIC;
	assert_non_null(strstr(hypervisor_inherit(&hv, &identity), "UTC nor TAI"));
	identity.time_type = VMCLOCK_TYPE_UTC;
	identity.counter_id = VMCLOCK_ID_ARM_VCNT;
	assert_non_null(strstr(hypervisor_inherit(&hv, &identity), "TSC"));
	assert_memory_equal(&page, &before, sizeof(page));

	identity.counter_id = VMCLOCK_ID_INVALID;
	assert_null(hypervisor_inherit(&hv, &identity));
	assert_inherited(&identity);
	assert_status(VMCLOCK_CLOCK_UNKNOWN);
	history_free(&hv.history);

	/* UTC stays UTC. */
	simulated.tai = 37;
	identity.counter_id = VMCLOCK_ID_X86_TSC;
	assert_true(hypervisor_init(&hv, &options, slice));
	assert_null(hypervisor_inherit(&hv, &identity));
	assert_inherited(&identity);
	run(SECOND + SECOND / 10);
	measure(20, 30);
	assert_int_equal(page.time_type, VMCLOCK_TYPE_UTC);
	assert_followed(hv.marker);
}

static void assert_tai(__u8 type, __s16 offset)
{
	bool known = le64toh(page.flags) & VMCLOCK_TAI_OFFSET_VALID;

	assert_status(VMCLOCK_CLOCK_SYNCHRONIZED);
	assert_int_equal(page.time_type, type);
	assert_int_equal((__s16)le16toh(page.tai_offset_sec), -offset);
	assert_int_equal(known, offset != 0);
	/* UTC is right in any case. */
	assert_true(says(counter, clock_at(counter)));
}

/* Nobody knows TAI: the page says UTC, and does not change what is constant in it. */
TEST_F(tai_is_what_the_kernel_says)
{
	start_with_tai(true, 0);
	assert_tai(VMCLOCK_TYPE_UTC, 0);
	simulated.tai = 37;
	update();
	assert_tai(VMCLOCK_TYPE_UTC, 37);
	hypervisor_close(&hv);

	start_with_tai(true, 0);
	assert_tai(VMCLOCK_TYPE_TAI, 37);
	simulated.tai = 38;
	update();
	assert_tai(VMCLOCK_TYPE_TAI, 38);
	hypervisor_close(&hv);

	simulated.tai = 0;
	start_with_tai(true, 36);
	assert_tai(VMCLOCK_TYPE_TAI, 36);
	simulated.tai = 37;
	update();
	assert_tai(VMCLOCK_TYPE_TAI, 37);
}

TEST_F(leap_seconds_are_announced)
{
	start(true);
	assert_int_equal(page.leap_indicator, VMCLOCK_LEAP_IND_NONE);
	simulated.leap = VMCLOCK_LEAP_IND_PRE_POS;
	update();
	assert_int_equal(page.leap_indicator, VMCLOCK_LEAP_IND_PRE_POS);
	/* It came: the page that follows the new measurement knows. */
	simulated.leap = VMCLOCK_LEAP_IND_NONE;
	simulated.tai = 38;
	simulated.step = -SECOND;
	run(SECOND + SECOND / 5);
	assert_int_equal(hv.breaks, 1);
	assert_tai(VMCLOCK_TYPE_TAI, 38);
	assert_int_equal(page.leap_indicator, VMCLOCK_LEAP_IND_NONE);
}

TEST_F(statuses_stick)
{
	start(true);
	for (int status = VMCLOCK_CLOCK_UNKNOWN;
	     status <= VMCLOCK_CLOCK_UNRELIABLE; status++) {
		assert_null(hypervisor_set_status(&hv, status));
		assert_status(status);
		update();
		assert_status(status);
	}
	assert_null(hypervisor_set_status(&hv, STATUS_AUTO));
	assert_true_page(0);
	assert_int_equal(hv.marker, 1);
}

TEST_F(a_generation_is_not_a_disruption)
{
	start(true);
	assert_null(hypervisor_generation(&hv));
	assert_int_equal(le64toh(page.vm_generation_counter), 2);
	assert_int_equal(le64toh(page.disruption_marker), 1);
	assert_true_page(0);
}

TEST_F(a_marker_only_device_has_no_time)
{
	struct window window;

	start(true);
	assert_null(hypervisor_set_marker_only(&hv, true));
	hypervisor_update(&hv);
	assert_status(VMCLOCK_CLOCK_UNKNOWN);
	assert_int_equal(page.counter_id, VMCLOCK_ID_INVALID);
	assert_int_equal(le64toh(page.flags), VMCLOCK_VM_GEN_PRESENT);
	assert_int_equal(le64toh(page.counter_period_frac_sec), 0);
	assert_null(hypervisor_disrupt(&hv, 0, &window));
	assert_int_equal(le64toh(page.disruption_marker), 2);
	assert_null(hypervisor_set_marker_only(&hv, false));
	assert_int_equal(page.counter_id, VMCLOCK_ID_X86_TSC);
	assert_true_page(0);
}

TEST_F(paused_means_no_updates)
{
	static const __u8 zero[4];
	struct vmclock_page before;

	start(true);
	assert_null(hypervisor_pause(&hv));
	before = page;
	run(SECOND / 5);
	hypervisor_update(&hv);
	assert_memory_equal(&page, &before, sizeof(page));
	/* And it undoes what "raw" did. */
	assert_true(writer_raw(&hv.writer, 0, zero, sizeof(zero)));
	assert_null(hypervisor_resume(&hv));
	assert_int_equal(le32toh(page.magic), VMCLOCK_PAGE_MAGIC);
	hypervisor_update(&hv);
	assert_int_equal(hv.updates, 2);
	assert_true_page(0);
}

TEST_F(held_odd_nothing_changes)
{
	struct vmclock_page before;
	struct window window;

	start(true);
	assert_null(hypervisor_hold(&hv));
	assert_null(hypervisor_hold(&hv));
	assert_int_equal(le32toh(page.seq_count) & 1, 1);
	before = page;
	run(SECOND / 5);
	hypervisor_update(&hv);
	assert_non_null(hypervisor_disrupt(&hv, 5, &window));
	assert_non_null(hypervisor_generation(&hv));
	assert_non_null(hypervisor_set_status(&hv, 0));
	assert_non_null(hypervisor_set_marker_only(&hv, true));
	assert_non_null(hypervisor_resume(&hv));
	simulated.step = 5000000;
	hypervisor_sample(&hv);
	assert_memory_equal(&page, &before, sizeof(page));
	assert_null(hypervisor_release(&hv));
	assert_status(VMCLOCK_CLOCK_UNRELIABLE);
	assert_non_null(hypervisor_release(&hv));
}

TEST_F(another_hypervisor_is_a_disruption)
{
	const struct options options = { .max_drift = 50000 };
	__u32 seq;

	start(true);
	assert_null(hypervisor_generation(&hv));
	assert_null(hypervisor_hold(&hv));
	hypervisor_close(&hv);
	assert_status(VMCLOCK_CLOCK_UNKNOWN);
	assert_int_equal(le64toh(page.disruption_marker), 1);
	assert_int_equal(le64toh(page.flags), VMCLOCK_VM_GEN_PRESENT);
	seq = le32toh(page.seq_count);
	assert_true(hypervisor_init(&hv, &options, slice));
	assert_status(VMCLOCK_CLOCK_INITIALIZING);
	assert_int_equal(le64toh(page.disruption_marker), 2);
	assert_int_equal(le64toh(page.vm_generation_counter), 2);
	assert_true(le32toh(page.seq_count) > seq);
}

static struct vmhost_record read_record(void)
{
	struct bound bound = decode();
	struct vmhost_record record = {
		.counter_value = counter_read() + skew,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
	};

	bound_interval(&bound, record.counter_value, &record.earliest,
		       &record.latest);
	return record;
}

TEST_F(check_tells_good_from_bad)
{
	struct vmhost_record records[8];
	struct window window;
	char line[1024];

	start(true);
	records[0] = read_record();
	records[1] = read_record();
	records[1].earliest = CLOCKBOUND_TIME_MIN;	/* unknown */
	records[1].latest = CLOCKBOUND_TIME_MAX;
	records[1].status = CLOCKBOUND_STATUS_UNKNOWN;
	records[2] = read_record();
	records[2].earliest += 1000000;		/* wrong */
	records[2].latest += 1000000;
	records[3] = read_record();
	records[3].earliest = records[3].latest + 1;	/* inverted, and wrong */
	run(SECOND / 10);
	records[4] = read_record();
	assert_null(hypervisor_disrupt(&hv, 5000000, &window));
	records[5] = read_record();
	records[6] = read_record();
	records[6].earliest -= 5000000;		/* by the old mapping */
	records[6].latest -= 5000000;
	records[7] = read_record();
	records[7].counter_value += 1LL << 50;	/* still to come */
	run(SECOND / 10);

	/* Nobody has measured after them: they may be right or wrong. */
	assert_true(check(records, 8, line, sizeof(line)));
	assert_int_equal(key(line, "unlogged="), 8);
	assert_int_equal(key(line, "outside="), 0);
	measure(25, 20);
	assert_true(check(records, 8, line, sizeof(line)));
	assert_int_equal(key(line, "hull_ns="), 56);
	assert_int_equal(key(line, "readings="), 8);
	assert_int_equal(key(line, "trusted="), 6);
	assert_int_equal(key(line, "outside="), 3);
	assert_int_equal(key(line, "stale="), 1);
	assert_int_equal(key(line, "inverted="), 1);
	assert_int_equal(key(line, "unlogged="), 1);
	assert_int_equal(key(line, "jumps="), 1);
	assert_int_equal(key(line, "recovered="), 1);

	assert_true(check(records, 0, line, sizeof(line)));
	assert_int_equal(key(line, "readings="), 0);
	assert_int_equal(key(line, "max_width="), 0);
}

TEST_F(check_measures_widths_and_recovery)
{
	struct vmhost_record records[300];
	struct window window;
	char line[1024];
	__s64 width;

	start(true);
	for (int i = 0; i < 300; i++) {
		records[i] = read_record();
		if (i == 99)
			assert_null(hypervisor_disrupt(&hv, -9000000, &window));
		if (i >= 100 && i < 200)
			records[i].status = CLOCKBOUND_STATUS_DISRUPTED;
		if (i == 200)
			assert_null(hypervisor_disrupt(&hv, 0, &window));
		/* An interval may be wider than it must be. */
		records[i].latest = records[i].earliest + 10000000 + i;
		counter_settle();
	}
	run(SECOND / 10);
	measure(20, 30);
	assert_true(check(records, 300, line, sizeof(line)));
	assert_int_equal(key(line, "outside="), 0);
	assert_int_equal(key(line, "trusted="), 200);
	assert_int_equal(key(line, "min_width="), 10000000);
	assert_int_equal(key(line, "median_width="), 10000200);
	assert_int_equal(key(line, "max_width="), 10000299);
	assert_int_equal(key(line, "jumps="), 2);
	assert_int_equal(key(line, "recovered="), 2);
	/* From somewhere between records 99 and 100 to record 200 */
	width = records[200].counter_value - records[99].counter_value;
	assert_in_range(key(line, "first_trusted_after_jump_ns="), width * 9 / 10, width);
}

TEST_MAIN(NULL, NULL)
