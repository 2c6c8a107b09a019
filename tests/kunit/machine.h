/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole machine whose true time is known: a VMClock page, a registered page, a
 * system clock and its reporter that keep their promises, disruptions, steps, and a
 * leap second.
 *
 * The counter runs at about 1 GHz. The true time is exact: in units of 2^-10 ns since
 * @start, advanced by the counter and by an error of the rate that changes all the
 * time within what the sources promise. It counts on through a leap second, as TAI
 * does.
 */
#ifndef CB_TESTS_MACHINE_H
#define CB_TESTS_MACHINE_H

#include <kunit/test.h>
#include <linux/prandom.h>

#include "../../src/publish/state.h"

#define MACHINE_START		1795219200LL	/* s */
#define MACHINE_MONTH_END	1796083200LL	/* s, the month's that START is in */
#define MACHINE_DRIFT_PPB	50000

/* What the counter does while the machine sleeps. */
enum machine_counter {
	MACHINE_COUNTER_GOES_ON,
	MACHINE_COUNTER_STANDS_STILL,
	MACHINE_COUNTER_RESTARTS,
};

struct machine {
	struct kunit *test;
	struct rnd_state rnd;
	struct cb_state state;
	struct clockbound_model model;

	u64 counter;
	s64 start;		/* s since 1970 */
	s64 truth;		/* 2^-10 ns since @start */
	s32 rate_ppb;		/* of the truth against the counter */
	u64 marker;
	u32 seq_count;
	u64 registered_marker;	/* 0 if there is no registered page */
	s64 overlooked;		/* how the truth has jumped since its provider looked */
	u32 deciding;		/* ticks from a decision to the start of its model */
	u64 named_marker;	/* of the registered page, as @model has it */
	struct cb_clock clock;
	struct cb_timeline timeline;	/* as the hook has it */
	s32 slew;		/* of the system clock, in units of its mult */
	bool slew_held;		/* that is for the test to choose */

	int leap;		/* at MACHINE_MONTH_END: 1, -1 or 0 */
	bool clock_leapt;	/* the system clock has gone through it */

	s64 earliest;		/* of the last reading, counted on */
	u64 violations;		/* when it was taken */
	u64 disruptions;
	u64 trusted;
	u64 in_leap;		/* readings that contain the leap second */

	struct cb_state before;	/* as it was before the last decision */
	u64 seen_disruptions;	/* in that decision */
	u64 seen_steps;
	u64 seen_reports;
	u64 nested;		/* models that were inside of the one before */
};

u32 machine_below(struct machine *m, u32 limit);
s64 machine_around(struct machine *m, u32 limit);
struct machine *machine_marker_only(struct kunit *test);
struct clockbound_report machine_good_report(struct machine *m);
void machine_start(struct machine *m, struct kunit *test, u64 seed, u8 allowed, s64 start);
s64 machine_true(const struct machine *m);
u64 machine_raw(const struct machine *m);
u32 machine_publish(struct machine *m);
bool machine_clock(struct machine *m, bool was_set, u64 raw);
void machine_decide(struct machine *m);
void machine_pass(struct machine *m, u32 ticks);
void machine_tick(struct machine *m, bool was_set);
struct cb_sample machine_sample(struct machine *m);
void machine_update_page(struct machine *m);
void machine_register(struct machine *m);
void machine_update_registered(struct machine *m, bool notice);
void machine_unregister(struct machine *m);
void machine_report(struct machine *m);
void machine_disrupt(struct machine *m);
void machine_set_clock(struct machine *m);
void machine_sleep(struct machine *m);
void machine_suspend(struct machine *m);
void machine_resume(struct machine *m, enum machine_counter counter, u32 slept);
void machine_wake(struct machine *m);
void machine_read(struct machine *m);

#endif /* CB_TESTS_MACHINE_H */
