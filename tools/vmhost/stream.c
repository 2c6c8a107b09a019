// SPDX-License-Identifier: GPL-2.0-only
#include "stream.h"

#include <string.h>

#define NAME	"vmhost-stream"

/* The end, either way. The callback may begin another one. */
static void end(struct stream *stream, enum stream_event event, const char *error)
{
	stream_told told = stream->told;

	qmp_unlisten(&stream->machine->qmp, &stream->listener);
	stream->told = NULL;
	told(stream->context, event, error);
}

static void fail(struct stream *stream, const char *error)
{
	/* When QEMU has ended, so has the machine. */
	if (stream->told && !stream->machine->qmp.over[0])
		end(stream, STREAM_FAILED, error);
}

static void on_started(void *context, const json_t *result, const char *error)
{
	(void)result;
	if (error)
		fail(context, error);
}

static void on_reason(void *context, const json_t *result, const char *error)
{
	const char *reason = json_string_value(json_object_get(result, "error-desc"));

	fail(context, error ? error : reason ? reason : "QEMU gives no reason");
}

/*
 * QEMU says that all is written a moment before it has left the state in which it writes, and
 * a "cont" in between would be too early for it.
 */
static void on_status(void *context, const json_t *result, const char *error)
{
	const char *status = json_string_value(json_object_get(result, "status"));
	struct stream *stream = context;

	if (error)
		fail(stream, error);
	else if (status && !strcmp(status, "finish-migrate"))
		qmp_execute(&stream->machine->qmp, "query-status", NULL, on_status, stream);
	else
		end(stream, STREAM_DONE, NULL);
}

/* Not called as a listener is: from here on listeners may come and go. */
static void on_done(void *context, const json_t *result, const char *error)
{
	(void)result;
	if (error)
		fail(context, error);
	else
		end(context, STREAM_DONE, NULL);
}

static void on_event(void *context, const char *name, const json_t *data)
{
	const char *status = json_string_value(json_object_get(data, "status"));
	struct stream *stream = context;
	struct qmp *qmp = &stream->machine->qmp;

	if (strcmp(name, "MIGRATION") || !status)
		return;
	if (!strcmp(status, "completed"))
		qmp_execute(qmp, "query-status", NULL, stream->out ? on_status : on_done, stream);
	else if (!strcmp(status, "pre-switchover"))
		stream->told(stream->context, STREAM_PAUSED, NULL);
	else if (!strcmp(status, "failed") || !strcmp(status, "cancelled"))
		qmp_execute(qmp, "query-migrate", NULL, on_reason, stream);
}

static json_t *capability(const char *name, bool on)
{
	return json_pack("{s:s, s:b}", "capability", name, "state", on);
}

static void start(struct stream *stream, struct machine *machine, enum stream_kind kind,
		  int fd, stream_told told, void *context)
{
	const struct qmp_step steps[] = {
		{
			"migrate-set-capabilities",
			json_pack("{s:[o, o, o]}", "capabilities", capability("events", true),
				  capability("x-ignore-shared", kind == STREAM_STATE),
				  capability("pause-before-switchover", kind == STREAM_ALL)),
			-1
		},
		{ "getfd", json_pack("{s:s}", "fdname", NAME), fd },
		{
			stream->out ? "migrate" : "migrate-incoming",
			json_pack("{s:s}", "uri", "fd:" NAME), -1
		},
	};

	stream->machine = machine;
	stream->told = told;
	stream->context = context;
	stream->listener = (struct qmp_listener) { .event = on_event, .context = stream };
	qmp_listen(&machine->qmp, &stream->listener);
	qmp_execute_row(&machine->qmp, steps, sizeof(steps) / sizeof(steps[0]), on_started,
			stream);
}

void stream_write(struct stream *stream, struct machine *machine, enum stream_kind kind,
		  int fd, stream_told told, void *context)
{
	stream->out = true;
	start(stream, machine, kind, fd, told, context);
}

void stream_read(struct stream *stream, struct machine *machine, enum stream_kind kind,
		 int fd, stream_told told, void *context)
{
	stream->out = false;
	start(stream, machine, kind, fd, told, context);
}

void stream_finish(struct stream *stream)
{
	qmp_execute(&stream->machine->qmp, "migrate-continue",
		    json_pack("{s:s}", "state", "pre-switchover"), on_started, stream);
}
