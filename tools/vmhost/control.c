// SPDX-License-Identifier: GPL-2.0-only
#include "control.h"

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "command.h"
#include "move.h"
#include "save.h"
#include "shared.h"

#define SLICE	2000	/* of a handshake, us */

static const char no_machine[] =
	"this vmhost has not started the machine: that takes 'vmhost run'";
static const char no_handshake[] = "the guest's counter is not known yet: make a handshake";

static bool say_error(char *answer, size_t size, const char *error)
{
	snprintf(answer, size, "error: %s", error);
	return true;
}

/* "ok" with nothing more, or the error. */
static bool say(char *answer, size_t size, const char *error)
{
	if (error)
		return say_error(answer, size, error);
	snprintf(answer, size, "ok");
	return true;
}

static bool say_status(const struct control *control, char *answer, size_t size)
{
	const struct hypervisor *hv = &control->hv;
	const struct rate *rate = &hv->rate;

	snprintf(answer, size,
		 "ok mode=%s status=%s forced=%s claimed=%d paused=%d held=%d seq=%u marker=%llu generation=%llu updates=%llu kept=%llu breaks=%llu jumps=%zu jump_ns=%lld samples=%zu offset_min=%lld offset_width=%lld rounds=%llu creeps=%llu crept_ns=%llu crept_most_ns=%llu leaps=%llu period_fs=%llu maxerror_ns=%llu tai_offset=%u max_drift_ppb=%u",
		 hv->options.marker_only ? "marker-only" : "full",
		 command_status_name(hv->shown), command_status_name(hv->status),
		 hv->claimed, hv->paused, hv->held, hv->writer.seq, hv->marker,
		 hv->generation, hv->updates, hv->kept, hv->breaks,
		 hv->history.jump_count, hv->jump, hv->history.added,
		 hv->offset.min, hv->offset.max - hv->offset.min,
		 hv->offset.rounds, hv->creeps, hv->crept, hv->crept_most, hv->leaps,
		 (__u64)(shift_floor((s128)rate->min * 1000000, rate->shift) *
			 NSEC_PER_SEC >> 64),
		 hv->claimed ? hv->bound.maxerror : 0, hv->tai_offset,
		 hv->options.max_drift);
	return true;
}

static bool start_handshake(struct control *control, int client, __u64 seconds,
			    char *answer, size_t size)
{
	if (control->hv.scale.ratio)
		return say_error(answer, size,
				 "KVM scales this guest's counter and says what its offset is: no handshake is needed, and none is possible");
	if (!control->shared.size)
		return say_error(answer, size,
				 "there is no memory to meet in: start vmhost with --shared FILE");
	if (control_busy(control))
		return say_error(answer, size,
				 "another handshake is under way");
	handshake_start(&control->handshake, control->shared,
			hypervisor_ticks(&control->hv, HANDSHAKE_NARROW_NS), seconds * 1000);
	control->waiting = client;
	return false;
}

static bool say_window(struct control *control, __s64 ns, char *answer,
		       size_t size)
{
	struct window window;
	const char *error = hypervisor_disrupt(&control->hv, ns, &window);

	if (error)
		return say_error(answer, size, error);
	snprintf(answer, size, "ok %llu %llu", window.before, window.after);
	return true;
}

static bool say_truth(struct control *control, __u64 counter, char *answer,
		      size_t size)
{
	struct offset offset;
	__s64 earliest, latest;

	if (!control->hv.offsets.added)
		return say_error(answer, size, no_handshake);
	/* The counter value may be newer than the newest sample. */
	hypervisor_sample(&control->hv);
	if (!offsets_around(&control->hv.offsets, counter, &offset) ||
	    !hypervisor_truth(&control->hv, counter, &offset, JUMPS_ALL, &earliest, &latest))
		return say_error(answer, size,
				 "this counter value is older than the log or still to come");
	snprintf(answer, size, "ok %lld %lld", earliest, latest);
	return true;
}

static bool say_check(struct control *control, __u64 offset, __u64 count,
		      char *answer, size_t size)
{
	const size_t record = sizeof(struct vmhost_record);
	struct region_slice records;
	struct region_error error;

	if (!control->hv.offsets.added)
		return say_error(answer, size, no_handshake);
	if (offset % sizeof(__u64) || offset < VMHOST_RECORDS_OFFSET ||
	    count > ~0ULL / record ||
	    !region_slice(control->shared, offset, count * record, &records, &error))
		return say_error(answer, size,
				 "the records must lie in the shared memory, behind its first 64 KiB, at a multiple of 8");
	hypervisor_sample(&control->hv);
	snprintf(answer, size, "ok ");
	if (!check_records(&control->hv, records, answer + 3, size - 3))
		return say_error(answer, size, "out of memory");
	return true;
}

/**
 * struct asked - a client that waits for QEMU
 * @server: it is there
 * @client: its id
 */
struct asked {
	struct server *server;
	int client;
};

static void answer_asked(void *context, const json_t *result, const char *error)
{
	struct asked *asked = context;
	char answer[QMP_ERROR + 16];

	(void)result;
	say(answer, sizeof(answer), error);
	server_answer(asked->server, asked->client, answer);
	free(asked);
}

/* Has QEMU execute @command, which takes no arguments. */
static bool ask_qemu(struct control *control, int client, const char *command, char *answer,
		     size_t size)
{
	struct asked *asked;

	if (!control->machine)
		return say_error(answer, size, no_machine);
	asked = malloc(sizeof(*asked));
	if (!asked)
		return say_error(answer, size, "out of memory");
	*asked = (struct asked) { control->server, client };
	qmp_execute(&control->machine->qmp, command, NULL, answer_asked, asked);
	return false;
}

static bool notify(struct control *control, char *answer, size_t size)
{
	return say(answer, size, control->machine ? machine_notify(control->machine) :
		   no_machine);
}

static bool take_snapshot(struct control *control, int client, const char *path, char *answer,
			  size_t size)
{
	const char *error = control->machine ? save_begin(control->save, client, path) :
					       no_machine;

	return error && say_error(answer, size, error);
}

static bool move(struct control *control, int client, const char *path, char *answer, size_t size)
{
	const char *error = control->machine ? move_begin(control->move, client, path) :
					       no_machine;

	return error && say_error(answer, size, error);
}

bool control_command(struct control *control, int client, char *line,
		     char *answer, size_t size)
{
	static const char not_inside[] = "that is not inside the page";
	static struct command command;
	struct hypervisor *hv = &control->hv;
	char error[200];

	if (!command_parse(line, &command, error, sizeof(error)))
		return say_error(answer, size, error);

	switch (command.verb) {
	case VERB_STATUS:
		return say_status(control, answer, size);
	case VERB_HANDSHAKE:
		return start_handshake(control, client, command.number, answer,
				       size);
	case VERB_DISRUPT:
		return say_window(control, 0, answer, size);
	case VERB_MIGRATE:
		return say_window(control, command.ns, answer, size);
	case VERB_GENERATION:
		return say(answer, size, hypervisor_generation(hv));
	case VERB_SET_STATUS:
		return say(answer, size,
			   hypervisor_set_status(hv, command.status));
	case VERB_PAUSE:
		return say(answer, size, hypervisor_pause(hv));
	case VERB_RESUME:
		return say(answer, size, hypervisor_resume(hv));
	case VERB_MARKER_ONLY:
		return say(answer, size, hypervisor_set_marker_only(hv, true));
	case VERB_FULL:
		return say(answer, size, hypervisor_set_marker_only(hv, false));
	case VERB_HOLD_ODD:
		return say(answer, size, hypervisor_hold(hv));
	case VERB_RELEASE:
		return say(answer, size, hypervisor_release(hv));
	case VERB_RAW:
		return say(answer, size,
			   writer_raw(&hv->writer, command.number,
				      command.bytes, command.byte_count) ?
			   NULL : not_inside);
	case VERB_WRITE:
		return say(answer, size,
			   writer_guarded(&hv->writer, command.number,
					  command.bytes, command.byte_count) ?
			   NULL : not_inside);
	case VERB_TRUTH:
		return say_truth(control, command.number, answer, size);
	case VERB_CHECK:
		return say_check(control, command.number, command.count, answer,
				 size);
	case VERB_NOTIFY:
		return notify(control, answer, size);
	case VERB_STOP_MACHINE:
		return ask_qemu(control, client, "stop", answer, size);
	case VERB_CONT_MACHINE:
		return ask_qemu(control, client, "cont", answer, size);
	case VERB_SNAPSHOT:
		return take_snapshot(control, client, command.path, answer, size);
	case VERB_MOVE:
		return move(control, client, command.path, answer, size);
	case VERB_STOP:
		control->stop = true;
		return say(answer, size, NULL);
	case VERB_HELP:
		snprintf(answer, size, "ok ");
		command_help(answer + 3, size - 3);
		return true;
	}
	return say_error(answer, size, "not done");
}

void control_counter_lost(struct control *control)
{
	hypervisor_counter_lost(&control->hv);
	if (control_busy(control))
		handshake_lost(&control->handshake);
}

bool control_busy(const struct control *control)
{
	return control->handshake.state == HANDSHAKE_WAITING ||
	       control->handshake.state == HANDSHAKE_RUNNING ||
	       control->handshake.state == HANDSHAKE_DONE;
}

/* How far the counter can have moved since the handshake before; what is lost can be anywhere. */
static __u64 hull_ns(const struct hypervisor *hv)
{
	if (hv->offsets.ring[(hv->offsets.added - 1) % OFFSETS_KEPT].anew)
		return ~0ULL;
	return hypervisor_ns(hv, hv->hull.max - hv->hull.min);
}

bool control_handshake(struct control *control, char *answer, size_t size)
{
	struct handshake *handshake = &control->handshake;
	struct hypervisor *hv = &control->hv;

	if (control->still)
		return false;
	if (handshake->state != HANDSHAKE_DONE) {
		switch (handshake_step(handshake, SLICE)) {
		case HANDSHAKE_FAILED:
			return say_error(answer, size, handshake->error);
		case HANDSHAKE_DONE:
			break;
		default:
			return false;
		}
		hypervisor_measured(hv, &handshake->measurement);
	}

	if (!hv->offset.rounds) {
		handshake->state = HANDSHAKE_IDLE;
		return say_error(answer, size,
				 "the guest's counter stood still or was set meanwhile: make another handshake");
	}
	/* The answer means that there is time on the page, if there can be. */
	if (!hv->rate_known || (!hv->claimed && !hv->options.marker_only &&
				history_last(&hv->history)->maxerror != SAMPLE_NO_BOUND))
		return false;
	handshake->state = HANDSHAKE_IDLE;
	snprintf(answer, size,
		 "ok offset_min=%lld offset_width=%lld rounds=%llu restarts=%u took_ns=%lld width_ns=%llu hull_ns=%llu moved_ns=%lld",
		 hv->offset.min, hv->offset.max - hv->offset.min, hv->offset.rounds,
		 handshake->restarts, handshake->took,
		 hypervisor_ns(hv, hv->offset.max - hv->offset.min),
		 hull_ns(hv), hv->moved);
	return true;
}
