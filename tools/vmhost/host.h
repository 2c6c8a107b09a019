/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor at work: it looks at the clock, updates the page, and serves its control
 * socket, all from one loop.
 */
#ifndef VMHOST_HOST_H
#define VMHOST_HOST_H

#include <linux/types.h>
#include <stdbool.h>

#include "control.h"
#include "loop.h"
#include "region.h"
#include "server.h"
#include "settings.h"

/**
 * struct host - all of it
 * @loop: waits; others may watch their descriptors with it
 * @control: the hypervisor, and its commands
 * @server: the control socket
 * @serving: there is one
 * @interval: ms between updates of the page
 * @sample_due: CLOCK_MONOTONIC ns of the next look at the clock
 * @update_due: and of the next update
 */
struct host {
	struct loop loop;
	struct control control;
	struct server server;
	bool serving;
	__u64 interval;
	__s64 sample_due;
	__s64 update_due;
};

/*
 * Takes the page over, and opens the control socket if there is to be one. @shared is the
 * memory for the handshake, of size 0 without. False if that fails; says why.
 */
bool host_open(struct host *host, const struct settings *settings,
	       struct region_slice page, struct region_slice shared);

/* Does what is due, waits until something happens, 10 ms at most, and does that. */
void host_turn(struct host *host);

void host_close(struct host *host);

/* From now on SIGINT and SIGTERM arrive in host_turn(), and only there. */
void host_catch_signals(void);

/* Has one arrived? */
bool host_signalled(void);

#endif /* VMHOST_HOST_H */
