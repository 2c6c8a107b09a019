// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source as sync uses it: what it is asked, what becomes of its answers, and what
 * is said when there are none.
 */
#include "sync_daemon.h"

#include <errno.h>
#include <limits.h>

#include "log.h"
#include "look.h"
#include "phc.h"

/* So often in a row an exchange that takes too long is done again. */
#define TRIES	10

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
	/* The next one may have other sources */
	sync->phc_found = false;
	if (sync_core_failed(&sync->core, sync->core.sequence, sync_now(), &report))
		sync_device_report(sync, &report);
}

/* An event that came before now makes the measurement worthless: no report then. */
static void measured(struct sync *sync, __u32 sequence, const struct measurement *measurement)
{
	struct clockbound_report report;

	set_trouble(sync, NULL);
	sync_device_take_events(sync);
	if (sync->device &&
	    sync_core_measured(&sync->core, sequence, measurement, sync_now(), &report))
		sync_device_report(sync, &report);
}

/* A clock that chronyd does not have will never have its error added: say so, once. */
static void set_phc_missing(struct sync *sync, bool missing)
{
	if (missing == sync->phc_missing)
		return;
	sync->phc_missing = missing;
	/* To be shown, even if the next report says the same as the last one */
	sync->status = SYNC_STATUS_NONE;
	if (missing)
		log_message(LOG_WARNING, "%s: no reference clock has the id %s of --phc-ref-id",
			    sync->source, sync->options.phc_ref_name);
}

/*
 * What is to be added for the PTP hardware clock. If chronyd follows a reference clock,
 * but has none with the name that the options give, that may well be the one.
 *
 * Returns what is wrong, or NULL.
 */
static const char *phc_trouble(struct sync *sync, __u64 *phc_error)
{
	const struct sync_options *options = &sync->options;

	*phc_error = 0;
	if (!options->phc_interface)
		return NULL;
	if (sync->exchange.said.ref_id == options->phc_ref_id || sync->survey.found)
		sync->phc_found = true;
	if (sync->phc_found || sync->survey.complete)
		set_phc_missing(sync, !sync->phc_found);
	if (sync->exchange.said.ref_id == options->phc_ref_id)
		return phc_error_bound(PHC_SYSFS, options->phc_interface, phc_error) ? NULL :
		       "the PTP hardware clock has no phc_error_bound";
	return sync->phc_missing && sync->survey.reference ?
	       "follows another reference clock than --phc-ref-id says" : NULL;
}

/*
 * It is asked twice from one measurement to the next: what each of them did to its estimate
 * can be told only if there was one.
 */
static __u64 between_measurements(const struct sync *sync)
{
	__int128 interval = estimate_ns(sync->exchange.said.last_update_interval);

	/* The first one has no interval to the one before, and the next may follow soon */
	return interval > 0 && interval <= LLONG_MAX ? (__u64)interval : 0;
}

/* Makes of what chronyd has said, and of what is known of its sources, a report. */
static void measured_by_chrony(struct sync *sync, __u32 sequence)
{
	struct measurement measurement = {
		.status = bound_chrony_status(&sync->exchange.said, sync->said_age,
					      sync->survey.poll),
		.age = sync->said_age,
		.estimate = sync->estimate,
		.interval = between_measurements(sync) / 2,
	};
	const char *trouble;
	__u64 phc_error;

	sync->survey.going = false;
	trouble = phc_trouble(sync, &phc_error);
	if (!trouble && !estimate_add(&measurement.estimate, phc_error))
		trouble = "its bound is absurd";
	if (trouble)
		failed(sync, trouble);
	else
		measured(sync, sequence, &measurement);
}

/* Whether it matters which sources chronyd has, and how often it asks them. */
static bool needs_survey(const struct sync *sync)
{
	const struct sync_options *options = &sync->options;

	if (options->phc_interface && !sync->phc_found &&
	    sync->exchange.said.ref_id != options->phc_ref_id)
		return true;
	return bound_chrony_status(&sync->exchange.said, sync->said_age, BOUND_NO_POLL) !=
	       bound_chrony_status(&sync->exchange.said, sync->said_age, CHRONY_POLL_MAX);
}

static int ask_about_source(struct sync *sync, __u32 sequence)
{
	return chrony_send(&sync->chrony, CHRONY_SOURCE_DATA, sequence, sync->survey.index);
}

static int begin_exchange(struct sync *sync, __u32 sequence)
{
	look_take(&sync->exchange.sent);
	return chrony_send(&sync->chrony, CHRONY_TRACKING, sequence, 0);
}

/* Whether there is anything to go by. If not, that has been dealt with. */
static bool take_estimate(struct sync *sync)
{
	const struct chrony_tracking *said = &sync->exchange.said;
	bool bounded = said->leap < CHRONY_LEAP_UNSYNCHRONISED;

	if (!estimate_chrony(&sync->exchange, sync->options.max_drift, &sync->estimate)) {
		failed(sync, "its bound is absurd");
		return false;
	}
	if (!continuity_judge(&sync->continuity, &sync->exchange, &sync->estimate, bounded))
		sync_device_moved(sync);
	if (!sync->core.pending)
		return false;
	if (!bound_chrony_age(said, sync->exchange.received.realtime, &sync->said_age)) {
		failed(sync, "its last measurement is from the future");
		return false;
	}
	sync->said_age = continuity_age(&sync->continuity, sync->said_age +
					sync->exchange.received.error);
	return true;
}

static void take_tracking(struct sync *sync, __u32 sequence)
{
	if (!exchange_counts(&sync->exchange)) {
		if (sync->tries++ >= TRIES)
			failed(sync, "takes too long to answer");
		else if (begin_exchange(sync, sequence))
			failed(sync, "cannot be asked");
		return;
	}
	/* What an event says is not to be found out once more */
	sync_device_take_events(sync);
	if (!sync->device || !sync->core.pending || !take_estimate(sync))
		return;
	survey_begin(&sync->survey);
	sync->survey.going = needs_survey(sync) && !ask_about_source(sync, sequence);
	if (!sync->survey.going)
		measured_by_chrony(sync, sequence);
}

/* A chronyd that does not say more is taken by what it has said. */
static void take_source(struct sync *sync, __u32 sequence)
{
	struct chrony_source source;
	int status;

	status = chrony_receive(&sync->chrony, CHRONY_SOURCE_DATA, sequence, &source);
	if (status == -EAGAIN)
		return;
	if (status == CHRONY_SUCCESS) {
		survey_take(&sync->survey, &source, sync->options.phc_ref_id);
		if (!ask_about_source(sync, sequence))
			return;
	}
	sync->survey.complete = status == CHRONY_NO_SUCH_SOURCE;
	measured_by_chrony(sync, sequence);
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
	int status;

	if (!question)
		return;
	if (sync->survey.going) {
		take_source(sync, sequence);
		return;
	}
	status = chrony_receive(&sync->chrony, command_of(question), sequence,
				&sync->exchange.said);
	if (status == -EAGAIN)
		return;
	if (question == SYNC_MEASUREMENT)
		look_take(&sync->exchange.received);
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
		take_tracking(sync, sequence);
	else
		sync_core_accepted(&sync->core, sequence, sync_now());
}

static void ask_kernel(struct sync *sync)
{
	struct measurement measurement = { .interval = SYNC_INTERVAL };
	const char *trouble;
	struct look look;

	look_take(&look);
	trouble = adjtimex_read(&sync->adjtimex, look.raw - look.error, &measurement);
	if (!trouble && !estimate_adjtimex(&look, &sync->adjtimex.record, measurement.bound,
					   sync->options.max_drift, &measurement.estimate))
		trouble = "its error is absurd";
	if (trouble)
		failed(sync, trouble);
	else
		measured(sync, sync->core.sequence, &measurement);
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
	sync->survey.going = false;
	if (sync->options.adjtimex) {
		ask_kernel(sync);
		return;
	}
	sync->tries = 0;
	error = question == SYNC_MEASUREMENT ? begin_exchange(sync, sync->core.sequence) :
		chrony_send(&sync->chrony, command_of(question), sync->core.sequence, 0);
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
	if (!sync->device || !sync->core.pending || sync->core.sequence != sequence)
		return;
	if (sync->survey.going)
		measured_by_chrony(sync, sequence);
	else
		failed(sync, "does not answer");
}
