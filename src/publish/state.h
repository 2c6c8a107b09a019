/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a decision depends on: pages, clocks, reports and disruptions as they come.
 * Pure functions on a structure that the caller owns.
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

/**
 * struct cb_facts - what is known, for people and monitoring
 * @vmclock: the hypervisor's page
 * @registered: the page that a process has registered
 * @counter_id: CLOCKBOUND_COUNTER_*, as it is now
 * @clock_on_counter: whether the system clock runs on that counter
 * @sources: CB_SOURCE_* that bound time now
 * @leap: the leap second that the model has ahead, as in struct cb_claim
 * @leap_day: see there
 * @disrupted: a disruption that no source has vouched for since
 * @forced: disrupted by hand
 * @contradiction: the sources contradict each other
 * @reported: state of the reported clock
 * @disruptions: changes of the marker or the generation seen, and those by hand
 * @steps: how often CLOCK_REALTIME was set, or the system clock did not go on
 * @violations: contradictions seen
 * @reports: reports accepted
 */
struct cb_facts {
	struct cb_source vmclock;
	struct cb_source registered;
	__u8 counter_id;
	bool clock_on_counter;
	__u8 sources;
	__s8 leap;
	__u16 leap_day;
	bool disrupted;
	bool forced;
	bool contradiction;
	enum clockbound_status reported;
	__u64 disruptions;
	__u64 steps;
	__u64 violations;
	__u64 reports;
};

/**
 * struct cb_floor - what time it was at least
 * @earliest: no reading gave an earliest above this, ns since 1970
 * @leap: the count that it is in, as in struct cb_claim
 * @leap_day: see there
 */
struct cb_floor {
	__s64 earliest;
	__s8 leap;
	__u16 leap_day;
};

/**
 * struct cb_state - all that a decision depends on, and what it came to
 * @facts: what is known
 * @allowed: CB_SOURCE_* that may be used
 * @asleep: the machine is about to sleep, or does: there is no bound, whatever is said
 * @epochs: how often the continuity of the counter, or of CLOCK_MONOTONIC_RAW as its
 *	function, has ended, by all that is known without the sources
 * @since: the counter after the last time
 * @clock: the system clock, not usable before the first update
 * @clock_steps: as struct cb_timeline had it then
 * @clock_epochs: see there
 * @epoch_counter: counter from which on CLOCK_MONOTONIC_RAW is on @clock's line
 * @epoch_raw: the same, by that clock, ns
 * @reported: there is a @report
 * @report: the last one
 * @report_claim: what it claims; where the system clock does not run on the counter, over
 *	CLOCK_MONOTONIC_RAW
 * @not_before: what was measured before this, CLOCK_MONOTONIC_RAW, ns, is void
 * @delete_day: the day whose first second comes a second early, as the reporter
 *	says, days since 1970; 0 if none is announced
 * @deleted: that has happened, and the reporter has not taken it back yet
 * @leap: the leap second that the clock has gone through, 1 or -1; 0 if none
 * @leap_day: the day after it
 * @leaps: leap seconds that it has gone through
 * @reporter: what the reporter said last
 * @disruption: what is known about disruptions, as the reported clock sees it
 * @supported: whether the reporter looks at disruptions
 * @decided: what all claims amount to
 * @shown: the same, as the model has it: it ends in front of a leap second that is far
 *	away, and has a floor
 * @published: the same, as it was when it was last published
 * @decided_raw: what a report amounts to where the system clock does not run on the counter,
 *	over CLOCK_MONOTONIC_RAW
 * @published_raw: the same, as readings have it
 * @status: of the model
 * @floor: of all that is published
 * @floored: the last model's lower line is at @floor, and flat
 * @floor_ticks: after so many ticks its source's own line is above it
 * @deadline: counter at which a model has to be decided again
 * @changes: CLOCKBOUND_EVENT_* since the last model
 */
struct cb_state {
	struct cb_facts facts;
	__u8 allowed;
	bool asleep;
	__u64 epochs;
	__u64 since;
	struct cb_clock clock;
	__u64 clock_steps;
	__u64 clock_epochs;
	__u64 epoch_counter;
	__u64 epoch_raw;
	bool reported;
	struct cb_report report;
	struct cb_claim report_claim;
	__u64 not_before;
	__u16 delete_day;
	bool deleted;
	__s8 leap;
	__u16 leap_day;
	__u64 leaps;
	enum clockbound_status reporter;
	enum cb_disruption disruption;
	bool supported;
	struct cb_bound decided;
	struct cb_bound shown;
	struct cb_bound published;
	struct cb_bound decided_raw;
	struct cb_bound published_raw;
	__u8 status;
	struct cb_floor floor;
	bool floored;
	__u64 floor_ticks;
	__u64 deadline;
	__u32 changes;
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

#endif /* CB_STATE_H */
