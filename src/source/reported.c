// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state machine of a reported clock.
 */
#include "../claim/portable.h"
#include "reported.h"

/**
 * cb_reported_next() - the state after an input
 * @state: the state before
 * @clock: what the reporter's source says, last: UNKNOWN, SYNCHRONIZED or
 *	FREE_RUNNING
 * @disruption: what is known about disruptions, last
 * @supported: whether @disruption counts; without it there is no DISRUPTED state
 *
 * ClockBound's state machine. What a disrupted clock said before it was
 * disrupted says nothing any more, so the way out of DISRUPTED leads through
 * UNKNOWN; and a clock can only be free running that was synchronized. Pure.
 *
 * Return: the state.
 */
enum clockbound_status cb_reported_next(enum clockbound_status state,
					enum clockbound_status clock,
				     enum cb_disruption disruption, bool supported)
{
	if (supported) {
		if (disruption == CB_DISRUPTION_DISRUPTED)
			return CLOCKBOUND_STATUS_DISRUPTED;
		if (disruption == CB_DISRUPTION_UNKNOWN ||
		    state == CLOCKBOUND_STATUS_DISRUPTED)
			return CLOCKBOUND_STATUS_UNKNOWN;
	}

	switch (clock) {
	case CLOCKBOUND_STATUS_SYNCHRONIZED:
		return CLOCKBOUND_STATUS_SYNCHRONIZED;
	case CLOCKBOUND_STATUS_FREE_RUNNING:
		return state == CLOCKBOUND_STATUS_SYNCHRONIZED ||
		       state == CLOCKBOUND_STATUS_FREE_RUNNING ?
			CLOCKBOUND_STATUS_FREE_RUNNING : CLOCKBOUND_STATUS_UNKNOWN;
	default:
		return CLOCKBOUND_STATUS_UNKNOWN;
	}
}
