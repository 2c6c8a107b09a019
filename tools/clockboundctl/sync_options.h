/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of clockboundctl sync.
 */
#ifndef CTL_SYNC_OPTIONS_H
#define CTL_SYNC_OPTIONS_H

#include <linux/types.h>
#include <stdbool.h>

/**
 * struct sync_options - the options
 * @device: path of the device
 * @chrony_socket: path of chronyd's socket
 * @adjtimex: the source is the kernel's record instead of chronyd
 * @disruptions: look at disruptions
 * @max_drift: how fast the oscillator drifts at most, ppb
 * @phc_interface: network interface with the PTP hardware clock, NULL for none
 * @phc_ref_name: chronyd's reference id when that clock is its source
 * @phc_ref_id: the same as chronyd sends it
 */
struct sync_options {
	const char *device;
	const char *chrony_socket;
	bool adjtimex;
	bool disruptions;
	__u32 max_drift;
	const char *phc_interface;
	const char *phc_ref_name;
	__u32 phc_ref_id;
};

void sync_options_parse(int argc, char **argv, struct sync_options *options);

#endif /* CTL_SYNC_OPTIONS_H */
