// SPDX-License-Identifier: MIT
/*
 * Statuses for people.
 */
#include <clockbound.h>

const char *clockbound_status_text(int status)
{
	switch (status) {
	case CLOCKBOUND_STATUS_UNKNOWN:
		return "unknown";
	case CLOCKBOUND_STATUS_SYNCHRONIZED:
		return "synchronized";
	case CLOCKBOUND_STATUS_FREE_RUNNING:
		return "free running";
	case CLOCKBOUND_STATUS_DISRUPTED:
		return "disrupted";
	default:
		return "invalid";
	}
}
