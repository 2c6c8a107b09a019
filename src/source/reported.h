/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state machine of a reported clock: a pure function.
 */
#ifndef CB_REPORTED_H
#define CB_REPORTED_H

#include <linux/clockbound.h>
#include <linux/types.h>

/**
 * enum cb_disruption - what is known about disruptions
 * @CB_DISRUPTION_UNKNOWN: nothing
 * @CB_DISRUPTION_RELIABLE: there is none
 * @CB_DISRUPTION_DISRUPTED: there is one
 */
enum cb_disruption {
	CB_DISRUPTION_UNKNOWN,
	CB_DISRUPTION_RELIABLE,
	CB_DISRUPTION_DISRUPTED,
};

enum clockbound_status cb_reported_next(enum clockbound_status state,
					enum clockbound_status clock,
				     enum cb_disruption disruption, bool supported);

#endif /* CB_REPORTED_H */
