/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a decision depends on: pages, clocks, reports and disruptions as they come; and the
 * decision, from that to the model that is published. Pure functions on a structure that
 * the caller owns.
 */
#ifndef CB_STATE_H
#define CB_STATE_H

#include <linux/clockbound.h>

#include "../source/clock.h"
#include "../source/report.h"
#include "../source/source.h"

/* Which sources bound time. */
#define CB_SOURCE_VMCLOCK	(1 << 0)
#define CB_SOURCE_REPORT	(1 << 1)
#define CB_SOURCE_REGISTERED	(1 << 2)
#define CB_SOURCES		3
#define CB_SOURCE_ALL		(CB_SOURCE_VMCLOCK | CB_SOURCE_REPORT | CB_SOURCE_REGISTERED)

/* What is known, for people and monitoring. */
struct cb_facts {
	struct cb_source vmclock;	/* the hypervisor's page */
	struct cb_source registered;	/* the page that a process has registered */
	__u8 counter_id;		/* CLOCKBOUND_COUNTER_*, as it is now */
	bool clock_on_counter;		/* the system clock runs on it */
	__u8 sources;			/* CB_SOURCE_* that bound time now */
	__s8 leap;			/* that the model has ahead, as in struct cb_claim */
	__u16 leap_day;
	bool disrupted;			/* and no source has vouched for the counter since */
	bool forced;			/* disrupted by hand */
	bool contradiction;		/* the sources contradict each other */
	enum clockbound_status reported;	/* state of the reported clock */
	__u64 disruptions;		/* new markers and generations, and those by hand */
	__u64 steps;			/* of CLOCK_REALTIME; or the clock did not go on */
	__u64 violations;		/* contradictions seen */
	__u64 reports;			/* accepted */
};

/* All that a decision depends on, and what it came to. */
struct cb_state {
	struct cb_facts facts;
	__u8 allowed;			/* CB_SOURCE_* that may be used */
	bool asleep;			/* the machine is: no bound, whatever is said */

	/* The continuity of the counter, or of CLOCK_MONOTONIC_RAW over it, has ended: */
	__u64 epochs;			/* so often, not counting what the sources say */
	__u64 since;			/* the counter after the last time */

	struct cb_clock clock;		/* not usable before the first update */
	__u64 clock_steps;		/* as struct cb_timeline had it then */
	__u64 clock_epochs;
	__u64 epoch_counter;		/* from then on CLOCK_MONOTONIC_RAW is on its line */
	__u64 epoch_raw;		/* the same, by that clock, ns */

	bool reported;			/* there is a report: */
	struct cb_report report;
	struct cb_claim report_claim;	/* over CLOCK_MONOTONIC_RAW if clock is not usable */
	__u64 not_before;		/* what was measured before is void; by that clock, ns */
	enum clockbound_status reporter;	/* what it said last */
	enum cb_disruption disruption;	/* as the reported clock sees it */
	bool supported;			/* the reporter looks at disruptions */

	__u16 delete_day;		/* that the reporter says begins a second early; or 0 */
	bool deleted;			/* it did, and the reporter has not taken it back yet */
	__s8 leap;			/* that the clock has gone through, 1 or -1; or 0 */
	__u16 leap_day;			/* the day after it */

	struct cb_bound decided;	/* what all claims amount to */
	struct cb_bound shown;		/* as the model has it: show_leap(), keep_floor() */
	struct cb_bound published;	/* as it was last published */
	struct cb_bound decided_raw;	/* of a report, over CLOCK_MONOTONIC_RAW */
	struct cb_bound published_raw;	/* as readings have it */
	__u8 status;			/* of the model */
	struct cb_claim floor;		/* no reading gave more than its earliest, so counted */
	__u64 floor_ticks;		/* the model's lower line is flat there so long, or 0 */
	__u64 deadline;			/* counter at which to decide again */
	__u32 changes;			/* CLOCKBOUND_EVENT_* since the last model */
};

void cb_state_init(struct cb_state *state, __u8 allowed, __u8 counter_id);
void cb_state_sample(struct cb_state *state, struct cb_source *source, enum cb_verdict verdict,
		     const struct cb_sample *sample, __u8 counter_id, __u64 raw);
void cb_state_register(struct cb_state *state, enum cb_verdict verdict);
__s8 cb_state_leap_ahead(const struct cb_state *state, __u16 *leap_day);
bool cb_state_clock(struct cb_state *state, const struct cb_timeline *timeline,
		    __u64 counter, __u64 raw);
void cb_state_stood_still(struct cb_state *state, __u64 counter, __u64 raw);
void cb_state_sleep(struct cb_state *state, __u64 counter, __u64 raw);
void cb_state_wake(struct cb_state *state, const struct cb_timeline *timeline,
		   __u64 counter, __u64 raw);
int cb_state_report(struct cb_state *state, const struct clockbound_report *report,
		    __u64 raw);
void cb_state_disrupt(struct cb_state *state, bool force, __u64 raw);
void cb_state_age_report(struct cb_state *state, __u64 raw);

/* decide.c */
void cb_decide(struct cb_state *state, __u64 counter, struct clockbound_model *model);
void cb_decide_start(struct cb_state *state, __u64 counter, struct clockbound_model *model);
__u32 cb_decide_started(struct cb_state *state, __u64 raw);
bool cb_decide_read(const struct cb_state *state, __u64 first, __u64 last,
		    struct clockbound_reading *reading);
bool cb_decide_past(const struct cb_state *state, __u64 counter, struct clockbound_model *model);

#endif /* CB_STATE_H */
