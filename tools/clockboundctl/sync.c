// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl sync: tell the module how wrong the system clock may be.
 *
 * One loop that waits for the first of: a signal, an event from the device, an
 * answer from chronyd, the next thing that sync_core has to do. Every wait ends by
 * itself after a second at most.
 */
#include "sync.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "adjtimex.h"
#include "chrony.h"
#include "clocks.h"
#include "command.h"
#include "format.h"
#include "log.h"
#include "notify.h"
#include "phc.h"
#include "reporter.h"
#include "sync_core.h"
#include "sync_options.h"

#define NSEC_PER_MSEC	1000000ULL

/* From one look for the device to the next, ns. */
#define DEVICE_INTERVAL	1000000000ULL

#define NEVER		(~0ULL)

/* No status was reported yet. */
#define STATUS_NONE	(~0U)

/**
 * struct sync - the daemon
 * @options: its options
 * @core: what to do next
 * @device: the device, NULL while there is none
 * @look_at: when to look for it
 * @waiting: it was said that there is none
 * @chrony: chronyd, if that is the source
 * @adjtimex: the kernel's record, if that is it
 * @signals: descriptor that the signals come from
 * @status: the last status reported
 * @disrupted_at: when the disruption that is yet to be overcome was seen, 0 for none
 * @refused: the last report was refused
 * @trouble: what was last said to be wrong with the source, NULL for nothing
 * @watchdog_interval: how often the service manager is told that we live
 * @watchdog_at: when the next time
 * @done: the end has come
 * @result: exit code
 */
struct sync {
	struct sync_options options;
	struct sync_core core;
	struct clockbound_device *device;
	__u64 look_at;
	bool waiting;
	struct chrony chrony;
	struct adjtimex_source adjtimex;
	int signals;
	__u32 status;
	__u64 disrupted_at;
	bool refused;
	const char *trouble;
	__u64 watchdog_interval;
	__u64 watchdog_at;
	bool done;
	int result;
};

static __u64 raw_ns(void)
{
	return (__u64)clock_ns(CLOCK_MONOTONIC_RAW);
}

static const char *source_name(const struct sync *sync)
{
	return sync->options.adjtimex ? "the kernel's clock" : "chronyd";
}

static void fail(struct sync *sync, const char *text)
{
	log_message(LOG_ERR, "%s: %s", sync->options.device, text);
	sync->done = true;
	sync->result = EXIT_FAILED;
}

/* Says what is wrong with the source, once. @trouble is a constant string. */
static void set_trouble(struct sync *sync, const char *trouble)
{
	if (trouble && trouble != sync->trouble)
		log_message(LOG_WARNING, "%s: %s", source_name(sync), trouble);
	sync->trouble = trouble;
}

static void close_device(struct sync *sync)
{
	clockbound_device_close(sync->device);
	sync->device = NULL;
	sync->look_at = raw_ns() + DEVICE_INTERVAL;
	sync->status = STATUS_NONE;
	sync->disrupted_at = 0;
}

static void open_device(struct sync *sync)
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
		sync->look_at = raw_ns() + DEVICE_INTERVAL;
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
	sync_core_begin(&sync->core, marker, has_marker, raw_ns());
	if (!sync->options.disruptions)
		log_message(LOG_NOTICE, "%s: disruptions are not looked at", path);
	else if (has_marker)
		log_message(LOG_INFO, "%s: marker %llu: %s has to measure anew", path, marker,
			    source_name(sync));
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
		sync->disrupted_at = raw_ns();
	reporter_marker(sync->device, &marker);
	sync_core_disrupted(&sync->core, marker, raw_ns());
	if (again && sync->core.marker == before)
		return;
	if (sync->core.marker == before)
		log_message(LOG_WARNING, "%s: %s has to measure again", what, source_name(sync));
	else
		log_message(LOG_WARNING, "%s, marker %llu to %llu: %s has to measure again", what,
			    before, sync->core.marker, source_name(sync));
}

/*
 * What happened to the machine, up to now. A step of the system clock is none of
 * the disruptions that can be disabled: whoever made it, what chronyd says next may
 * be about the clock before it.
 */
static void take_events(struct sync *sync)
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
		close_device(sync);
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

static void log_status(struct sync *sync, const struct clockbound_report *report)
{
	char width[FORMAT_SIZE];

	if (report->status == sync->status)
		return;
	sync->status = report->status;
	switch (report->status) {
	case CLOCKBOUND_STATUS_SYNCHRONIZED:
		format_width(width, report->bound);
		log_message(LOG_INFO, "synchronized: the system clock is off by %s at most", width);
		notify_send("STATUS=Synchronized");
		break;
	case CLOCKBOUND_STATUS_FREE_RUNNING:
		if (sync->core.measuring) {
			notify_send("STATUS=Waiting for a measurement");
			break;
		}
		log_message(LOG_NOTICE, "free running: %s does not correct the clock",
			    source_name(sync));
		notify_send("STATUS=Free running");
		break;
	default:
		log_message(LOG_WARNING, "unknown: %s does not bound the clock's error",
			    source_name(sync));
		notify_send("STATUS=Unknown");
		break;
	}
}

static void hand_in(struct sync *sync, const struct clockbound_report *report)
{
	int error = reporter_report(sync->device, report);

	switch (error) {
	case 0:
		if (sync->disrupted_at && report->status == CLOCKBOUND_STATUS_SYNCHRONIZED) {
			log_message(LOG_NOTICE, "measured again %llu ms after the disruption",
				    (raw_ns() - sync->disrupted_at) / NSEC_PER_MSEC);
			sync->disrupted_at = 0;
		}
		sync->refused = false;
		log_status(sync, report);
		break;
	case -ESTALE:
		/* Mostly a new marker. If not, the hypervisor was just writing the page */
		take_events(sync);
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
		close_device(sync);
		break;
	}
}

static void failed(struct sync *sync, const char *trouble)
{
	struct clockbound_report report;

	set_trouble(sync, trouble);
	chrony_close(&sync->chrony);
	if (sync_core_failed(&sync->core, sync->core.sequence, raw_ns(), &report))
		hand_in(sync, &report);
}

/* An event that came before now makes the measurement worthless: no report then. */
static void measured(struct sync *sync, __u32 sequence, const struct measurement *measurement,
		     __u64 now)
{
	struct clockbound_report report;

	set_trouble(sync, NULL);
	take_events(sync);
	if (sync->device &&
	    sync_core_measured(&sync->core, sequence, measurement, now, &report))
		hand_in(sync, &report);
}

static void measured_by_chrony(struct sync *sync, __u32 sequence,
			       const struct chrony_tracking *tracking)
{
	const struct sync_options *options = &sync->options;
	struct measurement measurement;
	__u64 now = raw_ns();
	__u64 phc_error = 0;

	if (!bound_chrony_age(tracking, clock_ns(CLOCK_REALTIME), &measurement.age)) {
		failed(sync, "its last measurement is from the future");
		return;
	}
	if (options->phc_interface && tracking->ref_id == options->phc_ref_id &&
	    !phc_error_bound(PHC_SYSFS, options->phc_interface, &phc_error)) {
		failed(sync, "the PTP hardware clock has no phc_error_bound");
		return;
	}
	measurement.status = bound_chrony_status(tracking, measurement.age);
	if (!bound_chrony(tracking, phc_error, &measurement.bound) &&
	    measurement.status == CLOCKBOUND_STATUS_SYNCHRONIZED) {
		failed(sync, "its bound is absurd");
		return;
	}
	measured(sync, sequence, &measurement, now);
}

static const char *send_trouble(int error)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		return "is not running";
	case -EACCES:
	case -EPERM:
		return "permission denied: its socket is for its own user and root";
	default:
		return "cannot be asked";
	}
}

static enum chrony_command command_of(enum sync_question question)
{
	switch (question) {
	case SYNC_RESET:
		return CHRONY_RESET_SOURCES;
	case SYNC_BURST:
		return CHRONY_BURST;
	default:
		return CHRONY_TRACKING;
	}
}

static void take_answer(struct sync *sync)
{
	enum sync_question question = sync->core.pending;
	__u32 sequence = sync->core.sequence;
	struct chrony_tracking tracking;
	int status;

	if (!question)
		return;
	status = chrony_receive(&sync->chrony, command_of(question), sequence, &tracking);
	if (status == -EAGAIN)
		return;
	/* Nothing to burst: a reference clock is its only source, and goes on by itself */
	if (question == SYNC_BURST && status == CHRONY_NO_SUCH_SOURCE)
		status = CHRONY_SUCCESS;

	if (status < 0)
		failed(sync, send_trouble(status));
	else if (status == CHRONY_UNAUTHORIZED)
		failed(sync, "lets nobody reset its sources over this socket");
	else if (status != CHRONY_SUCCESS)
		failed(sync, "refuses");
	else if (question == SYNC_MEASUREMENT)
		measured_by_chrony(sync, sequence, &tracking);
	else
		sync_core_accepted(&sync->core, sequence, raw_ns());
}

static void ask_kernel(struct sync *sync)
{
	struct measurement measurement;
	__u64 now = raw_ns();

	if (adjtimex_read(&sync->adjtimex, now, &measurement))
		measured(sync, sync->core.sequence, &measurement, now);
	else
		failed(sync, "its error is absurd");
}

static void ask(struct sync *sync)
{
	enum sync_question question;
	int error;

	take_events(sync);
	if (!sync->device)
		return;
	question = sync_core_ask(&sync->core, raw_ns());
	if (!question)
		return;
	if (sync->options.adjtimex) {
		ask_kernel(sync);
		return;
	}
	error = chrony_send(&sync->chrony, command_of(question), sync->core.sequence);
	if (error)
		failed(sync, send_trouble(error));
}

/* An answer may be there already: this process may have been kept from looking. */
static void give_up(struct sync *sync)
{
	__u32 sequence = sync->core.sequence;

	take_answer(sync);
	if (sync->device && sync->core.pending && sync->core.sequence == sequence)
		failed(sync, "does not answer");
}

static void work(struct sync *sync)
{
	__u64 now = raw_ns();

	if (!sync->device) {
		if (now >= sync->look_at)
			open_device(sync);
	} else if (now >= sync_core_deadline(&sync->core)) {
		if (sync->core.pending)
			give_up(sync);
		else
			ask(sync);
	}
}

static void disrupt(struct sync *sync, __u32 action)
{
	int error;

	if (!sync->device)
		return;
	error = clockbound_disrupt_set(sync->device, action);
	if (error)
		log_message(LOG_WARNING, "%s: cannot disrupt: %s", sync->options.device,
			    strerror(-error));
	else if (action == CLOCKBOUND_DISRUPT_FORCE)
		log_message(LOG_NOTICE, "SIGUSR1: disrupted by hand");
	else
		disrupted(sync, "SIGUSR2: no longer disrupted by hand");
}

static void take_signal(struct sync *sync)
{
	struct signalfd_siginfo info;

	if (read(sync->signals, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGUSR1:
		disrupt(sync, CLOCKBOUND_DISRUPT_FORCE);
		break;
	case SIGUSR2:
		disrupt(sync, CLOCKBOUND_DISRUPT_RELEASE);
		break;
	default:
		sync->done = true;
		break;
	}
}

static void watchdog(struct sync *sync)
{
	__u64 now = raw_ns();

	if (now < sync->watchdog_at)
		return;
	notify_send("WATCHDOG=1");
	sync->watchdog_at = now + sync->watchdog_interval;
}

/* Milliseconds to wait, rounded up: not to wake up a moment before the time. */
static int timeout_ms(const struct sync *sync)
{
	__u64 at = sync->device ? sync_core_deadline(&sync->core) : sync->look_at;
	__u64 now = raw_ns();

	if (at > sync->watchdog_at)
		at = sync->watchdog_at;
	if (at <= now)
		return 0;
	at -= now;
	if (at > DEVICE_INTERVAL)
		at = DEVICE_INTERVAL;
	return (int)((at + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC);
}

/* A descriptor below zero is left out. */
static void wait_and_take(struct sync *sync)
{
	struct pollfd fds[] = {
		{ .fd = sync->signals, .events = POLLIN },
		{ .fd = sync->device ? sync->device->fd : -1, .events = POLLPRI },
		{ .fd = sync->chrony.fd, .events = POLLIN },
	};

	if (poll(fds, sizeof(fds) / sizeof(fds[0]), timeout_ms(sync)) <= 0)
		return;
	if (fds[0].revents)
		take_signal(sync);
	if (fds[1].revents && sync->device)
		take_events(sync);
	if (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL) && sync->device)
		close_device(sync);
	if (fds[2].revents && sync->device)
		take_answer(sync);
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int run(struct sync *sync)
{
	/* Waiting for the device or for chronyd is a state like any other */
	notify_send("READY=1");
	sync->watchdog_interval = notify_watchdog_interval();
	if (!sync->watchdog_interval)
		sync->watchdog_at = NEVER;
	while (!sync->done) {
		work(sync);
		watchdog(sync);
		if (!sync->done)
			wait_and_take(sync);
	}
	notify_send("STOPPING=1");

	/*
	 * The last report stays in force: it is still true, and ages by itself.
	 * A restart does not cost anybody the time.
	 */
	chrony_close(&sync->chrony);
	clockbound_device_close(sync->device);
	return sync->result;
}

/**
 * command_sync() - clockboundctl sync
 * @argc: the number of words from "sync" on
 * @argv: the words from "sync" on
 *
 * Return: an exit code, at SIGTERM or SIGINT or if there is no way to go on.
 */
int command_sync(int argc, char **argv)
{
	struct sync sync = { .status = STATUS_NONE };

	sync_options_parse(argc, argv, &sync.options);
	sync.core.disruptions = sync.options.disruptions;
	sync.core.resettable = !sync.options.adjtimex;
	sync.core.max_drift = sync.options.max_drift;
	adjtimex_init(&sync.adjtimex);
	if (chrony_init(&sync.chrony, sync.options.chrony_socket)) {
		log_message(LOG_ERR, "%s: the path is too long", sync.options.chrony_socket);
		return EXIT_FAILED;
	}
	sync.signals = signals_open();
	if (sync.signals < 0) {
		log_message(LOG_ERR, "signals: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return run(&sync);
}
