/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine's state as QEMU's migration stream: has QEMU write it to a descriptor, or read it
 * from one.
 */
#ifndef VMHOST_STREAM_H
#define VMHOST_STREAM_H

#include <stdbool.h>

#include "machine.h"
#include "qmp.h"

enum stream_event {
	STREAM_PAUSED,		/* all that can be sent before: the machine stands still now */
	STREAM_DONE,
	STREAM_FAILED,
};

/*
 * Is told how it goes; @error with STREAM_FAILED only, good until the function returns. If
 * QEMU ends, nobody is told: then there is no machine any more.
 */
typedef void (*stream_told)(void *context, enum stream_event event, const char *error);

/**
 * struct stream - a stream under way
 * @machine: whose it is
 * @told: is told how it goes; NULL if nothing is under way
 * @context: its first argument
 * @listener: takes QEMU's events
 * @out: QEMU writes it
 */
struct stream {
	struct machine *machine;
	stream_told told;
	void *context;
	struct qmp_listener listener;
	bool out;
};

/**
 * enum stream_kind - what is in it
 * @STREAM_STATE: the machine stands still; memory that others share is left out
 * @STREAM_ALL: all memory, while the machine runs, until STREAM_PAUSED; then
 *	stream_finish() sends the rest
 */
enum stream_kind {
	STREAM_STATE,
	STREAM_ALL,
};

/* Both take @fd's place in the file as the start. It stays the caller's. */
void stream_write(struct stream *stream, struct machine *machine, enum stream_kind kind,
		  int fd, stream_told told, void *context);
void stream_read(struct stream *stream, struct machine *machine, enum stream_kind kind,
		 int fd, stream_told told, void *context);

/* After STREAM_PAUSED */
void stream_finish(struct stream *stream);

#endif /* VMHOST_STREAM_H */
