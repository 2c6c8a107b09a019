/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine that comes from another vmhost: the other side of move.h.
 */
#ifndef VMHOST_ARRIVAL_H
#define VMHOST_ARRIVAL_H

#include <stdbool.h>

#include "hypervisor.h"
#include "listener.h"
#include "machine.h"
#include "page.h"
#include "stream.h"

/**
 * struct arrival - a machine that moves in
 * @listener: where it comes from
 * @machine: what it comes into
 * @hv: writes its page
 * @fd: the socket, or -1
 * @file: QEMU's end of the stream, or -1
 * @stream: QEMU's migration stream
 * @loaded: QEMU has received all
 * @told: what the page says has come
 * @identity: that
 * @arrived: is told when the machine is here
 * @context: its first argument
 */
struct arrival {
	struct listener listener;
	struct machine *machine;
	struct hypervisor *hv;
	int fd;
	int file;
	struct stream stream;
	bool loaded;
	bool told;
	struct identity identity;
	void (*arrived)(void *context);
	void *context;
};

/* Listens at @path. False if that fails; says why. */
bool arrival_open(struct arrival *arrival, const char *path);

/*
 * After MACHINE_READY: waits for a machine. When it is here, its page is right, none of its
 * CPUs has run here, and @arrived is called, which is to call arrival_done().
 */
void arrival_start(struct arrival *arrival, struct machine *machine, struct hypervisor *hv,
		   void (*arrived)(void *context), void *context);

/* The machine runs here, or @error says why not. */
void arrival_done(struct arrival *arrival, const char *error);

void arrival_close(struct arrival *arrival);

#endif /* VMHOST_ARRIVAL_H */
