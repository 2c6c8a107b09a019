/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon behind clockboundctl sync, for its own files only: sync.c has the loop,
 * sync_source.c what concerns the source, sync_device.c what concerns the device.
 * The loop calls both, the source calls the device, nothing calls back.
 */
#ifndef CTL_SYNC_DAEMON_H
#define CTL_SYNC_DAEMON_H

#include <clockbound.h>
#include <stdbool.h>

#include "adjtimex.h"
#include "chrony.h"
#include "clocks.h"
#include "continuity.h"
#include "sync_core.h"
#include "survey.h"
#include "sync_options.h"

/* No status was reported yet. */
#define SYNC_STATUS_NONE	(~0U)

/**
 * struct sync - the daemon
 * @options: its options
 * @core: what to do next
 * @device: the device, NULL while there is none
 * @look_at: when to look for it
 * @waiting: it was said that there is none
 * @status: the last status reported
 * @disrupted_at: when the disruption that is yet to be overcome was seen, 0 for none
 * @refused: the last report was refused
 * @by_hand: the module is disrupted whatever is reported, mostly by hand
 * @source: what messages call the source
 * @chrony: chronyd, if that is the source
 * @exchange: what chronyd has said in answer to the pending question, and when
 * @tries: how often it had to be asked again for that
 * @estimate: what that amounts to
 * @continuity: what is known from earlier ones
 * @said_age: how long ago its last measurement was then, ns
 * @survey: of its sources, which may be needed to make something of that
 * @phc_found: one of them is the PTP hardware clock that the options name
 * @phc_missing: none of them is, and it was said
 * @adjtimex: the kernel's record, if that is the source
 * @trouble: what was last said to be wrong with the source, NULL for nothing
 * @signals: descriptor that the signals come from
 * @watchdog_interval: how often the service manager is told that we live
 * @watchdog_at: when the next time
 * @done: the end has come
 * @result: exit code
 *
 * Times are CLOCK_MONOTONIC_RAW, ns.
 */
struct sync {
	struct sync_options options;
	struct sync_core core;

	struct clockbound_device *device;
	__u64 look_at;
	bool waiting;
	__u32 status;
	__u64 disrupted_at;
	bool refused;
	bool by_hand;

	const char *source;
	struct chrony chrony;
	struct exchange exchange;
	unsigned int tries;
	struct estimate estimate;
	struct continuity continuity;
	__u64 said_age;
	struct survey survey;
	bool phc_found;
	bool phc_missing;
	struct adjtimex_source adjtimex;
	const char *trouble;

	int signals;
	__u64 watchdog_interval;
	__u64 watchdog_at;
	bool done;
	int result;
};

/**
 * sync_now() - the time that the daemon goes by
 *
 * Return: CLOCK_MONOTONIC_RAW, ns.
 */
static inline __u64 sync_now(void)
{
	return (__u64)clock_ns(CLOCK_MONOTONIC_RAW);
}

void sync_device_open(struct sync *sync);
void sync_device_close(struct sync *sync);
void sync_device_take_events(struct sync *sync);
void sync_device_moved(struct sync *sync);
void sync_device_report(struct sync *sync, const struct clockbound_report *report);
void sync_device_disrupt(struct sync *sync, __u32 action);

int sync_source_init(struct sync *sync);
void sync_source_ask(struct sync *sync);
void sync_source_take_answer(struct sync *sync);
void sync_source_give_up(struct sync *sync);

#endif /* CTL_SYNC_DAEMON_H */
