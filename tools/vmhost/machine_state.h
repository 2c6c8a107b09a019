/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vmhost itself says of a machine, for a container, or for another vmhost.
 */
#ifndef VMHOST_MACHINE_STATE_H
#define VMHOST_MACHINE_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "hypervisor.h"
#include "qemu.h"
#include "snapshot_meta.h"
#include "snapshot_state.h"

/*
 * What is known of it without asking QEMU. @state points into @qemu's words, and is to be
 * given to machine_state_free(). False without memory.
 */
bool machine_state(struct snapshot_state *state, const struct qemu *qemu, bool kvm);
void machine_state_free(struct snapshot_state *state);

/* The guest's page, as it is now. */
void machine_state_page(struct snapshot_state *state, const struct hypervisor *hv);

/* The host's counter and clock, now: the machine has just been stopped. */
void machine_state_clock(struct snapshot_meta *meta, struct snapshot_state *state,
			 const struct hypervisor *hv);

/* The results of query-version, query-cpus-fast and query-pci. NULL or an error. */
const char *machine_state_version(struct snapshot_state *state, const json_t *result,
				  char *version, size_t size);
const char *machine_state_cpus(struct snapshot_meta *meta, struct snapshot_state *state,
			       const json_t *result);
const char *machine_state_pci(struct snapshot_state *state, const json_t *result);

#endif /* VMHOST_MACHINE_STATE_H */
