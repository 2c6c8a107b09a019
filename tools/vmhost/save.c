// SPDX-License-Identifier: GPL-2.0-only
#include "save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine_state.h"
#include "monotonic.h"

#define BUDGET		(8 << 20)	/* bytes in one turn: some 8 ms */
#define TELL		1000000000LL	/* the client hears of it so often, ns */

static void close_one(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void clean_up(struct save *save)
{
	if (save->writer)
		snapshot_writer_close(save->writer);
	save->writer = NULL;
	close_one(&save->file);
	close_one(&save->ram);
	machine_state_free(&save->state);
	free(save->path);
	save->path = NULL;
	save->control->hurry = false;
	save->machine->busy = false;
	save->stage = SAVE_IDLE;
}

static void answer(struct save *save, const char *text)
{
	server_answer(save->control->server, save->client, text);
}

/* The machine is as it was before; the client hears why. */
static void fail(struct save *save, const char *error)
{
	char text[sizeof(save->error) + 16];

	snprintf(text, sizeof(text), "error: %s", error);
	if (save->resume && save->stage < SAVE_SYNCING && !save->machine->running)
		machine_cont(save->machine);
	clean_up(save);
	answer(save, text);
}

static int new_file(const char *name, __u64 size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd != -1 && ftruncate(fd, size))
		close_one(&fd);
	return fd;
}

/*
 * The RAM of a machine that was restored is QEMU's own, and so it is in QEMU's stream; the
 * container has a hole in its place.
 */
static int open_ram(const struct machine *machine)
{
	if (machine->qemu.private_ram)
		return new_file("vmhost-ram", machine->qemu.ram);
	return dup(machine->ram);
}

static void on_stream(void *context, enum stream_event event, const char *error)
{
	struct save *save = context;
	struct snapshot_source source = {
		.ram = save->ram, .meta = &save->meta, .state = &save->state,
		.stream = save->file,
	};

	if (event == STREAM_FAILED || save->error[0]) {
		fail(save, error ? error : save->error);
		return;
	}
	save->writer = snapshot_writer_open(save->path, &source, save->error,
					    sizeof(save->error));
	if (!save->writer) {
		fail(save, save->error);
		return;
	}
	save->stage = SAVE_COPYING;
	save->control->hurry = true;
}

/* What QEMU says before it is known whether all of it succeeds: the first error stays. */
static bool is_good(struct save *save, const char *error)
{
	if (error && !save->error[0])
		snprintf(save->error, sizeof(save->error), "%s", error);
	return !save->error[0];
}

static void on_status(void *context, const json_t *result, const char *error)
{
	struct save *save = context;

	if (is_good(save, error))
		save->resume = json_is_true(json_object_get(result, "running"));
}

static void on_stopped(void *context, const json_t *result, const char *error)
{
	struct save *save = context;

	(void)result;
	save->stage = SAVE_STREAMING;
	if (is_good(save, error))
		machine_state_clock(&save->meta, &save->state, &save->control->hv);
}

static void on_version(void *context, const json_t *result, const char *error)
{
	struct save *save = context;

	if (is_good(save, error))
		machine_state_version(&save->state, result, save->version,
				      sizeof(save->version));
}

static void on_cpus(void *context, const json_t *result, const char *error)
{
	struct save *save = context;

	if (is_good(save, error))
		is_good(save, machine_state_cpus(&save->meta, &save->state, result));
}

static void on_pci(void *context, const json_t *result, const char *error)
{
	struct save *save = context;

	/* It was given up, as QEMU has ended. */
	if (save->stage == SAVE_IDLE)
		return;
	if (!is_good(save, error) || !is_good(save, machine_state_pci(&save->state, result))) {
		fail(save, save->error);
		return;
	}
	save->file = new_file("vmhost-stream", 0);
	save->ram = open_ram(save->machine);
	if (save->file == -1 || save->ram == -1) {
		fail(save, strerror(errno));
		return;
	}
	stream_write(&save->stream, save->machine, STREAM_STATE, save->file, on_stream, save);
}

const char *save_begin(struct save *save, int client, const char *path)
{
	struct machine *machine = save->machine;
	struct qmp *qmp = &machine->qmp;

	if (machine->busy)
		return machine_busy;
	if (machine->plugged)
		return machine_state_plugged;
	if (*path != '/')
		return "give the file's absolute path";
	*save = (struct save) {
		.machine = machine, .control = save->control, .client = client,
		.path = strdup(path), .file = -1, .ram = -1,
		.begun = monotonic_ns(), .told = monotonic_ns(), .stage = SAVE_STOPPING,
	};
	if (!save->path ||
	    !machine_state(&save->state, &machine->qemu, machine->kvm)) {
		clean_up(save);
		return "out of memory";
	}
	machine->busy = true;
	qmp_execute(qmp, "query-status", NULL, on_status, save);
	qmp_execute(qmp, "stop", NULL, on_stopped, save);
	qmp_execute(qmp, "query-version", NULL, on_version, save);
	qmp_execute(qmp, "query-cpus-fast", NULL, on_cpus, save);
	qmp_execute(qmp, "query-pci", NULL, on_pci, save);
	return NULL;
}

void save_resumed(struct save *save)
{
	if (save->stage != SAVE_STREAMING && save->stage != SAVE_COPYING)
		return;
	is_good(save, "somebody has let the machine go on before all of it was saved");
	/* While QEMU is at work, its answer is waited for. */
	if (save->stage == SAVE_COPYING)
		fail(save, save->error);
}

static void tell(struct save *save)
{
	__s64 now = monotonic_ns();
	__u64 copied, total;
	char text[100];

	if (now < save->told + TELL)
		return;
	save->told = now;
	snapshot_writer_progress(save->writer, &copied, &total);
	snprintf(text, sizeof(text), "%llu of %llu MiB%s", copied >> 20, total >> 20,
		 save->stage == SAVE_SYNCING ? ", to be brought to the disk" : "");
	server_progress(save->control->server, save->client, text);
}

/* All that the container needs has been copied. */
static void go_on(struct save *save)
{
	save->stage = SAVE_SYNCING;
	save->control->hurry = false;
	save->stopped = monotonic_ns() - save->begun;
	if (save->resume)
		machine_cont(save->machine);
}

static void succeed(struct save *save)
{
	char text[200];

	snprintf(text, sizeof(text), "ok stopped_ms=%lld took_ms=%lld",
		 save->stopped / 1000000, (monotonic_ns() - save->begun) / 1000000);
	clean_up(save);
	answer(save, text);
}

void save_tick(struct save *save)
{
	enum snapshot_progress progress;

	if (!save->writer)
		return;
	progress = snapshot_writer_step(save->writer, BUDGET, save->error, sizeof(save->error));
	if (progress == SNAPSHOT_FAILED) {
		fail(save, save->error);
		return;
	}
	if (save->stage == SAVE_COPYING && snapshot_writer_copied(save->writer))
		go_on(save);
	if (progress == SNAPSHOT_DONE)
		succeed(save);
	else
		tell(save);
}

void save_open(struct save *save, struct machine *machine, struct control *control)
{
	*save = (struct save) {
		.machine = machine, .control = control, .file = -1, .ram = -1,
	};
}

void save_close(struct save *save)
{
	if (save->stage != SAVE_IDLE) {
		save->resume = false;
		fail(save, "the machine has ended");
	}
}
