// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device as sync uses it: waiting for it, what it tells, what is told to it, and
 * the status that people see.
 */
#include "sync_daemon.h"

#include <errno.h>
#include <string.h>

#include "command.h"
#include "format.h"
#include "log.h"
#include "notify.h"
#include "reporter.h"

#define NSEC_PER_MSEC	1000000ULL

/* From one look for the device to the next, ns. */
#define DEVICE_INTERVAL	1000000000ULL

static void fail(struct sync *sync, const char *text)
{
	log_message(LOG_ERR, "%s: %s", sync->options.device, text);
	sync->done = true;
	sync->result = EXIT_FAILED;
}

/**
 * sync_device_close() - the device is gone, or of no use any more
 * @sync: the daemon; there is a device
 *
 * It will be looked for again.
 */
void sync_device_close(struct sync *sync)
{
	clockbound_device_close(sync->device);
	sync->device = NULL;
	sync->look_at = sync_now() + DEVICE_INTERVAL;
	sync->status = SYNC_STATUS_NONE;
	sync->disrupted_at = 0;
	sync->by_hand = false;
}

/**
 * sync_device_open() - look for the device, and start with it
 * @sync: the daemon; there is no device
 *
 * While it is not there, it is looked for again at @sync->look_at. With any other
 * error there is no way to go on.
 */
void sync_device_open(struct sync *sync)
{
	const char *path = sync->options.device;
	bool has_marker;
	__u64 marker;
	int error;

	error = reporter_open(&sync->device, path);
	switch (error) {
	case 0:
		break;
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		sync->look_at = sync_now() + DEVICE_INTERVAL;
		if (!sync->waiting) {
			log_message(LOG_NOTICE, "%s: waiting for the device: is the module loaded?",
				    path);
			notify_send("STATUS=Waiting for %s", path);
		}
		sync->waiting = true;
		return;
	default:
		fail(sync, error == -ENOTTY ? "not a clockbound device" : strerror(-error));
		return;
	}

	sync->waiting = false;
	has_marker = reporter_marker(sync->device, &marker);
	sync->continuity.known = false;
	sync_core_begin(&sync->core, marker, sync_now());
	if (!sync->options.disruptions)
		log_message(LOG_NOTICE, "%s: disruptions are not looked at", path);
	else if (has_marker)
		log_message(LOG_INFO, "%s: marker %llu: %s has to measure anew", path, marker,
			    sync->source);
	else
		log_message(LOG_NOTICE, "%s: no VMClock, so no hypervisor tells of disruptions",
			    path);
}

static void disrupted(struct sync *sync, const char *what)
{
	__u64 before = sync->core.marker;
	bool again = sync->disrupted_at;
	__u64 marker;

	if (!again)
		sync->disrupted_at = sync_now();
	reporter_marker(sync->device, &marker);
	sync->continuity.known = false;
	sync_core_disrupted(&sync->core, marker, sync_now());
	if (again && sync->core.marker == before)
		return;
	if (sync->core.marker == before)
		log_message(LOG_WARNING, "%s: %s has to measure again", what, sync->source);
	else
		log_message(LOG_WARNING, "%s, marker %llu to %llu: %s has to measure again", what,
			    before, sync->core.marker, sync->source);
}

/**
 * sync_device_take_events() - see what happened to the machine, up to now
 * @sync: the daemon; there is a device, which may be gone afterwards
 *
 * If what the source has measured is void, it has to measure again. A step of the
 * system clock is none of the disruptions that can be disabled: whoever made it, what
 * chronyd says next may be about the clock before it.
 */
void sync_device_take_events(struct sync *sync)
{
	__u32 wanted = CLOCKBOUND_EVENT_STEP | CLOCKBOUND_EVENT_LOST;
	__u64 marker;
	__u32 changes;
	int error;

	error = reporter_events(sync->device, &changes);
	if (error == -EINVAL) {
		fail(sync, "the module is too old to tell of events");
		return;
	}
	if (error) {
		log_message(LOG_WARNING, "%s: %s", sync->options.device, strerror(-error));
		sync_device_close(sync);
		return;
	}
	if (sync->options.disruptions)
		wanted |= CLOCKBOUND_EVENT_DISRUPTION | CLOCKBOUND_EVENT_GENERATION;
	if (changes & CLOCKBOUND_EVENT_VIOLATION)
		log_message(LOG_WARNING, "%s: two claims about the time contradict each other",
			    sync->options.device);

	changes &= wanted;
	if (changes & CLOCKBOUND_EVENT_DISRUPTION)
		disrupted(sync, "clock disrupted");
	else if (changes & CLOCKBOUND_EVENT_GENERATION)
		disrupted(sync, "machine cloned or restored");
	else if (changes & CLOCKBOUND_EVENT_STEP)
		disrupted(sync, "system clock set");
	else if (changes)
		disrupted(sync, "events lost");
	else if (sync->options.disruptions && reporter_marker(sync->device, &marker) &&
		 marker != sync->core.marker)
		disrupted(sync, "clock disrupted");
}

/**
 * sync_device_moved() - somebody else has set or tuned the clock, by what the source says
 * @sync: the daemon; there is a device
 *
 * What the device tells of that, it has told already.
 */
void sync_device_moved(struct sync *sync)
{
	if (!sync->disrupted_at) {
		sync->disrupted_at = sync_now();
		log_message(LOG_WARNING, "somebody else moved the clock: %s has to measure again",
			    sync->source);
	}
	sync_core_moved(&sync->core, sync_now());
}

/* Nothing that is reported is of use to anybody while it is disrupted by hand. */
static void show_status(const struct sync *sync, const char *text)
{
	if (!sync->by_hand)
		notify_send("STATUS=%s%s", text, sync->phc_missing ?
			    ", but chronyd has no source with the id of --phc-ref-id" : "");
}

static void log_status(struct sync *sync, const struct clockbound_report *report)
{
	char width[FORMAT_SIZE];

	if (report->status == sync->status)
		return;
	sync->status = report->status;
	switch (report->status) {
	case CLOCKBOUND_STATUS_SYNCHRONIZED:
		format_width(width, report->bound);
		log_message(LOG_INFO, "synchronized: the time is known to %s", width);
		show_status(sync, "Synchronized");
		break;
	case CLOCKBOUND_STATUS_FREE_RUNNING:
		if (sync->core.measuring) {
			show_status(sync, "Waiting for a measurement");
			break;
		}
		log_message(LOG_NOTICE, "free running: %s does not correct the clock",
			    sync->source);
		show_status(sync, "Free running");
		break;
	default:
		log_message(LOG_WARNING, "unknown: %s does not bound the clock's error",
			    sync->source);
		show_status(sync, "Unknown");
		break;
	}
}

/*
 * Somebody may have disrupted the module by hand, before this process was there or
 * beside it, and may end that: it is of no use to readers then that a report was
 * accepted, however good. While a measurement is awaited, they are told so anyhow.
 */
static void look_at_readers(struct sync *sync)
{
	bool disrupted = reporter_disrupted(sync->device);

	if (disrupted == sync->by_hand || (disrupted && sync->core.measuring))
		return;
	sync->by_hand = disrupted;
	if (disrupted) {
		log_message(LOG_WARNING, "%s: disrupted, whatever %s says (SIGUSR2 ends it)",
			    sync->options.device, sync->source);
		notify_send("STATUS=Disrupted, whatever %s says (SIGUSR2 ends it)",
			    sync->source);
		return;
	}
	log_message(LOG_NOTICE, "%s: no longer disrupted by hand", sync->options.device);
	/* This report is shown, even if it says the same as the last one */
	sync->status = SYNC_STATUS_NONE;
}

/**
 * sync_device_report() - hand in a report, and say what is new about it
 * @sync: the daemon; there is a device, which may be gone afterwards
 * @report: the report
 *
 * A stale report is dropped, and the reason for it looked for. If the module will
 * never take any, there is no way to go on.
 */
void sync_device_report(struct sync *sync, const struct clockbound_report *report)
{
	int error = reporter_report(sync->device, report);

	switch (error) {
	case 0:
		if (sync->disrupted_at && report->status == CLOCKBOUND_STATUS_SYNCHRONIZED) {
			log_message(LOG_NOTICE, "measured again %llu ms after the disruption",
				    (sync_now() - sync->disrupted_at) / NSEC_PER_MSEC);
			sync->disrupted_at = 0;
		}
		sync->refused = false;
		look_at_readers(sync);
		log_status(sync, report);
		break;
	case -ESTALE:
		/* Mostly a new marker. If not, the hypervisor was just writing the page */
		sync_device_take_events(sync);
		break;
	case -EAGAIN:
		/* So near to a leap second nobody can tell one second from the other */
		break;
	case -EPERM:
		fail(sync, "reports need CAP_SYS_TIME");
		break;
	case -ENOTTY:
		fail(sync, "the module is too old to take reports");
		break;
	case -EINVAL:
	case -EOPNOTSUPP:
		if (!sync->refused)
			log_message(LOG_ERR, "%s: %s", sync->options.device,
				    error == -EINVAL ? "report refused" :
				    "the system clock does not run on the counter");
		sync->refused = true;
		break;
	default:
		log_message(LOG_WARNING, "%s: %s", sync->options.device, strerror(-error));
		sync_device_close(sync);
		break;
	}
}

/**
 * sync_device_disrupt() - disrupt by hand, or end that
 * @sync: the daemon; without a device nothing happens
 * @action: CLOCKBOUND_DISRUPT_FORCE or CLOCKBOUND_DISRUPT_RELEASE
 */
void sync_device_disrupt(struct sync *sync, __u32 action)
{
	int error;

	if (!sync->device)
		return;
	error = clockbound_disrupt_set(sync->device, action);
	if (error) {
		log_message(LOG_WARNING, "%s: cannot disrupt: %s", sync->options.device,
			    strerror(-error));
		return;
	}
	sync->by_hand = action == CLOCKBOUND_DISRUPT_FORCE;
	if (sync->by_hand) {
		log_message(LOG_NOTICE, "SIGUSR1: disrupted by hand");
		notify_send("STATUS=Disrupted by hand (SIGUSR1)");
		return;
	}
	/* The next report is shown, even if it says the same as the last one */
	sync->status = SYNC_STATUS_NONE;
	show_status(sync, "Waiting for a measurement");
	disrupted(sync, "SIGUSR2: no longer disrupted by hand");
}
