// SPDX-License-Identifier: GPL-2.0-only
/*
 * chronyd's command and monitoring protocol: bytes in, bytes out.
 *
 * A request is a header of 20 bytes and its data, padded to the length of the
 * reply; a reply is a header of 28 bytes and its data.
 */
#include "chrony_wire.h"

#include <endian.h>
#include <linux/clockbound.h>
#include <string.h>

#define PROTOCOL_VERSION	6
#define TYPE_REQUEST		1
#define TYPE_REPLY		2
#define REPLY_NULL		1
#define REPLY_SOURCE_DATA	3
#define REPLY_TRACKING		5

/* Header of a request */
#define AT_VERSION		0
#define AT_TYPE			1
#define AT_COMMAND		4
#define AT_REQUEST_SEQUENCE	8

/* The data of BURST: mask and address (20 bytes each, all zero: any), two numbers */
#define AT_BURST_GOOD		60
#define AT_BURST_TOTAL		64
#define BURST_LENGTH		68
#define BURST_GOOD		4
#define BURST_TOTAL		8

/* The data of SOURCE_DATA */
#define AT_INDEX		20

/* Header of a reply */
#define AT_REPLY		6
#define AT_STATUS		8
#define AT_REPLY_SEQUENCE	16
#define NULL_LENGTH		28

/* The data of SOURCE_DATA: what there is beside these is for people */
#define AT_ADDRESS		28
#define AT_POLL			48
#define AT_STATE		52
#define AT_MODE			54
#define SOURCE_LENGTH		76

/* The data of TRACKING: what there is beside these is for people */
#define AT_REF_ID		28
#define AT_LEAP			54
#define AT_REF_SECONDS_HIGH	56
#define AT_REF_SECONDS_LOW	60
#define AT_REF_NANOSECONDS	64
#define AT_CURRENT_CORRECTION	68
#define AT_LAST_OFFSET		72
#define AT_FREQUENCY		80
#define AT_RESIDUAL		84
#define AT_SKEW			88
#define AT_ROOT_DELAY		92
#define AT_ROOT_DISPERSION	96
#define AT_UPDATE_INTERVAL	100
#define TRACKING_LENGTH		104

/* Instead of the high half of a time from a chronyd that has only the low one */
#define NO_HIGH_SECONDS		0x7fffffff

#define NSEC_PER_SEC		1000000000LL

static void put16(__u8 *message, size_t at, __u16 value)
{
	value = htobe16(value);
	memcpy(message + at, &value, sizeof(value));
}

static void put32(__u8 *message, size_t at, __u32 value)
{
	value = htobe32(value);
	memcpy(message + at, &value, sizeof(value));
}

static __u16 get16(const __u8 *message, size_t at)
{
	__u16 value;

	memcpy(&value, message + at, sizeof(value));
	return be16toh(value);
}

static __u32 get32(const __u8 *message, size_t at)
{
	__u32 value;

	memcpy(&value, message + at, sizeof(value));
	return be32toh(value);
}

/**
 * chrony_wire_request() - make a request
 * @message: where it goes, CHRONY_MESSAGE_SIZE bytes
 * @command: the command; BURST asks all sources for 4 good measurements of 8
 * @sequence: number by which the reply will be known
 * @index: SOURCE_DATA: which source, from 0 on
 *
 * Return: its length.
 */
size_t chrony_wire_request(__u8 *message, enum chrony_command command, __u32 sequence,
			   __u32 index)
{
	memset(message, 0, CHRONY_MESSAGE_SIZE);
	message[AT_VERSION] = PROTOCOL_VERSION;
	message[AT_TYPE] = TYPE_REQUEST;
	put16(message, AT_COMMAND, command);
	put32(message, AT_REQUEST_SEQUENCE, sequence);

	switch (command) {
	case CHRONY_BURST:
		put32(message, AT_BURST_GOOD, BURST_GOOD);
		put32(message, AT_BURST_TOTAL, BURST_TOTAL);
		return BURST_LENGTH;
	case CHRONY_SOURCE_DATA:
		put32(message, AT_INDEX, index);
		return SOURCE_LENGTH;
	case CHRONY_TRACKING:
		return TRACKING_LENGTH;
	default:
		return NULL_LENGTH;
	}
}

/**
 * chrony_wire_float() - decode a number
 * @wire: 7 bits of exponent, 25 bits of coefficient, both two's complement, in
 *	host byte order
 *
 * Return: the number.
 */
struct chrony_float chrony_wire_float(__u32 wire)
{
	__s32 exponent = wire >> 25;
	__s32 coefficient = wire & 0x1ffffff;

	if (exponent >= 1 << 6)
		exponent -= 1 << 7;
	if (coefficient >= 1 << 24)
		coefficient -= 1 << 25;
	return (struct chrony_float){ coefficient, exponent - 25 };
}

static __s64 decode_time(__u32 high, __u32 low, __u32 nanoseconds)
{
	__s64 seconds;

	if (high == NO_HIGH_SECONDS)
		high = 0;
	seconds = (__s64)((__u64)high << 32 | low);
	if (seconds < 0 || seconds >= CLOCKBOUND_TIME_MAX / NSEC_PER_SEC ||
	    nanoseconds >= NSEC_PER_SEC)
		return CLOCKBOUND_TIME_MAX;
	return seconds * NSEC_PER_SEC + nanoseconds;
}

static void decode_tracking(const __u8 *message, struct chrony_tracking *tracking)
{
	tracking->ref_id = get32(message, AT_REF_ID);
	tracking->leap = get16(message, AT_LEAP);
	tracking->ref_time = decode_time(get32(message, AT_REF_SECONDS_HIGH),
					 get32(message, AT_REF_SECONDS_LOW),
					 get32(message, AT_REF_NANOSECONDS));
	tracking->current_correction = chrony_wire_float(get32(message, AT_CURRENT_CORRECTION));
	tracking->last_offset = chrony_wire_float(get32(message, AT_LAST_OFFSET));
	tracking->frequency = chrony_wire_float(get32(message, AT_FREQUENCY));
	tracking->residual = chrony_wire_float(get32(message, AT_RESIDUAL));
	tracking->skew = chrony_wire_float(get32(message, AT_SKEW));
	tracking->root_delay = chrony_wire_float(get32(message, AT_ROOT_DELAY));
	tracking->root_dispersion = chrony_wire_float(get32(message, AT_ROOT_DISPERSION));
	tracking->last_update_interval = chrony_wire_float(get32(message, AT_UPDATE_INTERVAL));
}

static void decode_source(const __u8 *message, struct chrony_source *source)
{
	source->address = get32(message, AT_ADDRESS);
	source->poll = (__s16)get16(message, AT_POLL);
	source->state = get16(message, AT_STATE);
	source->mode = get16(message, AT_MODE);
}

/**
 * chrony_wire_reply() - read a reply
 * @message: what came
 * @length: its length
 * @command: the command of the request
 * @sequence: the number of the request
 * @data: where its data goes if it is CHRONY_SUCCESS, otherwise untouched: struct
 *	chrony_tracking for TRACKING, struct chrony_source for SOURCE_DATA
 *
 * Return: CHRONY_NO_REPLY if @message is something else than the whole reply to
 * this request; or else chronyd's status, enum chrony_result.
 */
int chrony_wire_reply(const __u8 *message, size_t length, enum chrony_command command,
		      __u32 sequence, void *data)
{
	int status;

	if (length < NULL_LENGTH || message[AT_VERSION] != PROTOCOL_VERSION ||
	    message[AT_TYPE] != TYPE_REPLY || get16(message, AT_COMMAND) != command ||
	    get32(message, AT_REPLY_SEQUENCE) != sequence)
		return CHRONY_NO_REPLY;

	status = get16(message, AT_STATUS);
	if (status != CHRONY_SUCCESS)
		return status;
	switch (command) {
	case CHRONY_TRACKING:
		if (get16(message, AT_REPLY) != REPLY_TRACKING || length < TRACKING_LENGTH)
			return CHRONY_NO_REPLY;
		decode_tracking(message, data);
		return status;
	case CHRONY_SOURCE_DATA:
		if (get16(message, AT_REPLY) != REPLY_SOURCE_DATA || length < SOURCE_LENGTH)
			return CHRONY_NO_REPLY;
		decode_source(message, data);
		return status;
	default:
		return get16(message, AT_REPLY) == REPLY_NULL ? status : CHRONY_NO_REPLY;
	}
}
