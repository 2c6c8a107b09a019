/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chronyd's command and monitoring protocol, version 6: the four requests that
 * sync makes, and their replies, as bytes. Everything on the wire is big-endian.
 */
#ifndef CTL_CHRONY_WIRE_H
#define CTL_CHRONY_WIRE_H

#include <linux/types.h>
#include <stddef.h>

/* The longest request and the longest reply of those here. */
#define CHRONY_MESSAGE_SIZE	104

enum chrony_command {
	CHRONY_BURST = 3,
	CHRONY_SOURCE_DATA = 15,
	CHRONY_TRACKING = 33,
	CHRONY_RESET_SOURCES = 66,
};

/* What chronyd says of a request; chrony_wire_reply() may return others. */
enum chrony_result {
	CHRONY_NO_REPLY = -1,		/* it was not the reply to this request */
	CHRONY_SUCCESS = 0,
	CHRONY_UNAUTHORIZED = 2,
	CHRONY_NO_SUCH_SOURCE = 4,
};

/* chrony_tracking.leap */
enum chrony_leap {
	CHRONY_LEAP_NORMAL = 0,
	CHRONY_LEAP_INSERT = 1,
	CHRONY_LEAP_DELETE = 2,
	CHRONY_LEAP_UNSYNCHRONISED = 3,
};

/* chrony_tracking.ref_id of a chronyd that takes its own clock for the truth. */
#define CHRONY_REF_ID_LOCAL	0x7f7f0101

/**
 * struct chrony_float - chrony's floating point, exactly
 * @coefficient: -2^24 to 2^24 - 1
 * @exponent: -89 to 38; the value is coefficient * 2^exponent
 *
 * There are no infinities and no NaNs.
 */
struct chrony_float {
	__s32 coefficient;
	__s32 exponent;
};

/**
 * struct chrony_tracking - what chronyd says about the system clock
 * @ref_id: its source
 * @leap: enum chrony_leap
 * @ref_time: when the last measurement was made, ns since 1970 by chronyd's clock:
 *	CLOCK_REALTIME plus @current_correction; CLOCKBOUND_TIME_MAX if out of range
 * @current_correction: what is still to be added to CLOCK_REALTIME, s
 * @last_offset: how far chronyd's clock was found to be ahead at the last measurement, s:
 *	it was set back by that
 * @frequency: by how much CLOCK_REALTIME would run fast if nobody corrected it, ppm
 * @residual: by how much the last measurement would have it otherwise, ppm
 * @skew: how wrong it may be, ppm
 * @root_delay: round trip to the primary source, s
 * @root_dispersion: the error that has piled up on the way, s
 * @last_update_interval: from the last measurement but one to the last one, s
 */
struct chrony_tracking {
	__u32 ref_id;
	__u16 leap;
	__s64 ref_time;
	struct chrony_float current_correction;
	struct chrony_float last_offset;
	struct chrony_float frequency;
	struct chrony_float residual;
	struct chrony_float skew;
	struct chrony_float root_delay;
	struct chrony_float root_dispersion;
	struct chrony_float last_update_interval;
};

/* chrony_source.state of the one that chronyd follows, alone or with others. */
#define CHRONY_STATE_SELECTED	0

/* chrony_source.mode of a reference clock; the others are on the network. */
#define CHRONY_MODE_REFERENCE	2

/* How often a source is asked: 2^poll s, by what chronyd's configuration allows. */
#define CHRONY_POLL_MIN		(-7)
#define CHRONY_POLL_MAX		24

/**
 * struct chrony_source - what chronyd says about one of its sources
 * @address: IPv4 address, or a reference clock's reference id
 * @poll: it is asked every 2^@poll s
 * @state: CHRONY_STATE_SELECTED, or something else
 * @mode: CHRONY_MODE_REFERENCE, or something else
 */
struct chrony_source {
	__u32 address;
	__s16 poll;
	__u16 state;
	__u16 mode;
};

size_t chrony_wire_request(__u8 *message, enum chrony_command command, __u32 sequence,
			   __u32 index);
int chrony_wire_reply(const __u8 *message, size_t length, enum chrony_command command,
		      __u32 sequence, void *data);
struct chrony_float chrony_wire_float(__u32 wire);

#endif /* CTL_CHRONY_WIRE_H */
