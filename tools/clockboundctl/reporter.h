/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clockbound device as sync uses it.
 */
#ifndef CTL_REPORTER_H
#define CTL_REPORTER_H

#include <clockbound.h>
#include <stdbool.h>

int reporter_open(struct clockbound_device **device, const char *path);
bool reporter_marker(const struct clockbound_device *device, __u64 *marker);
int reporter_report(const struct clockbound_device *device,
		    const struct clockbound_report *report);
bool reporter_disrupted(const struct clockbound_device *device);
int reporter_events(const struct clockbound_device *device, __u32 *changes);

#endif /* CTL_REPORTER_H */
