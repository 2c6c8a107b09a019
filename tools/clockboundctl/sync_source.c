// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source as sync uses it: what it is asked, what becomes of its answers, and what
 * is said when there are none.
 */
#include "sync_daemon.h"

#include <errno.h>

#include "log.h"
#include "phc.h"

/**
 * sync_source_init() - choose the source; nothing is asked yet
 * @sync: the daemon; the options are set
 *
 * Return: 0, or -ENAMETOOLONG if the path of chronyd's socket is too long.
 */
int sync_source_init(struct sync *sync)
{
	sync->source = sync->options.adjtimex ? "the kernel's clock" : "chronyd";
	sync->core.resettable = !sync->options.adjtimex;
	adjtimex_init(&sync->adjtimex);
	return chrony_init(&sync->chrony, sync->options.chrony_socket);
}

/* Says what is wrong with the source, once. @trouble is a constant string. */
static void set_trouble(struct sync *sync, const char *trouble)
{
	if (trouble && trouble != sync->trouble)
		log_message(LOG_WARNING, "%s: %s", sync->source, trouble);
	sync->trouble = trouble;
}

static void failed(struct sync *sync, const char *trouble)
{
	struct clockbound_report report;

	set_trouble(sync, trouble);
	chrony_close(&sync->chrony);
	if (sync_core_failed(&sync->core, sync->core.sequence, sync_now(), &report))
		sync_device_report(sync, &report);
}

/* An event that came before now makes the measurement worthless: no report then. */
static void measured(struct sync *sync, __u32 sequence, const struct measurement *measurement,
		     __u64 now)
{
	struct clockbound_report report;

	set_trouble(sync, NULL);
	sync_device_take_events(sync);
	if (sync->device &&
	    sync_core_measured(&sync->core, sequence, measurement, now, &report))
		sync_device_report(sync, &report);
}

static void measured_by_chrony(struct sync *sync, __u32 sequence,
			       const struct chrony_tracking *tracking)
{
	const struct sync_options *options = &sync->options;
	struct measurement measurement;
	__u64 now = sync_now();
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

/**
 * sync_source_take_answer() - see whether chronyd has answered, and act upon it
 * @sync: the daemon; there is a device, which may be gone afterwards
 *
 * Does not wait.
 */
void sync_source_take_answer(struct sync *sync)
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
		sync_core_accepted(&sync->core, sequence, sync_now());
}

static void ask_kernel(struct sync *sync)
{
	struct measurement measurement;
	__u64 now = sync_now();
	const char *trouble = adjtimex_read(&sync->adjtimex, now, &measurement);

	if (trouble)
		failed(sync, trouble);
	else
		measured(sync, sync->core.sequence, &measurement, now);
}

/**
 * sync_source_ask() - ask the question that is due, if there is one
 * @sync: the daemon; there is a device, which may be gone afterwards
 *
 * The kernel answers at once; chronyd's answer is for sync_source_take_answer().
 */
void sync_source_ask(struct sync *sync)
{
	enum sync_question question;
	int error;

	sync_device_take_events(sync);
	if (!sync->device)
		return;
	question = sync_core_ask(&sync->core, sync_now());
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

/**
 * sync_source_give_up() - the pending question has waited long enough
 * @sync: the daemon; there is a device, which may be gone afterwards
 *
 * An answer may be there already: this process may have been kept from looking.
 */
void sync_source_give_up(struct sync *sync)
{
	__u32 sequence = sync->core.sequence;

	sync_source_take_answer(sync);
	if (sync->device && sync->core.pending && sync->core.sequence == sequence)
		failed(sync, "does not answer");
}
