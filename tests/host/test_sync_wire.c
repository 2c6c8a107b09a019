// SPDX-License-Identifier: GPL-2.0-only
/*
 * chronyd's protocol, byte for byte.
 */
#include "test.h"

#include <linux/clockbound.h>
#include <string.h>

#include "chrony_wire.h"

#define POWER(exponent)	__builtin_ldexp(1, exponent)

/* A reply to TRACKING with the number 7. */
static const __u8 tracking_reply[CHRONY_MESSAGE_SIZE] = {
	6, 2, 0, 0, 0, 33, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0,
	0x7f, 0, 0, 1,
	0x7f, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
	0, 6, 1, 4,
	0, 0, 0, 0, 0x6a, 0x54, 0x3c, 0x1f, 0x1d, 0xcd, 0x65, 0x00,
	0xdb, 0x5a, 0x00, 0x00,
	0x05, 0x80, 0x00, 0x00, 0, 0, 0, 0, 0x06, 0x80, 0x00, 0x00, 0x07, 0x80, 0x00, 0x00,
	0x08, 0x80, 0x00, 0x00,
	0x04, 0x80, 0x00, 0x00,
	0x02, 0x40, 0x00, 0x00,
	0x0a, 0x80, 0x00, 0x00,
};

static double value(struct chrony_float number)
{
	return __builtin_ldexp(number.coefficient, number.exponent);
}

TEST(floats)
{
	static const struct {
		__u32 wire;
		__s32 coefficient, exponent;
		double value;
	} table[] = {
		{ 0x00000000, 0, -25, 0 },
		{ 0x04800000, 1 << 23, -23, 1 },	/* exponent 2 */
		{ 0x05800000, -(1 << 23), -23, -1 },
		{ 0x02000001, 1, -24, POWER(-24) },
		{ 0x00ffffff, 0xffffff, -25, 0xffffff * POWER(-25) },
		{ 0x01000000, -(1 << 24), -25, -0.5 },
		{ 0x01ffffff, -1, -25, -POWER(-25) },
		/* The largest and the smallest magnitudes */
		{ 0x7effffff, 0xffffff, 38, 0xffffff * POWER(38) },
		{ 0x7f000000, -(1 << 24), 38, -POWER(62) },
		{ 0x80000001, 1, -89, POWER(-89) },
		{ 0x81ffffff, -1, -89, -POWER(-89) },
		{ 0xffffffff, -1, -26, -POWER(-26) },
	};
	struct chrony_float number;
	size_t i;

	for (i = 0; i < COUNT(table); i++) {
		number = chrony_wire_float(table[i].wire);
		assert_int_equal(number.coefficient, table[i].coefficient);
		assert_int_equal(number.exponent, table[i].exponent);
		assert_true(value(number) == table[i].value);
	}
}

/* The request number 0x12345678, about the source 0x9abcdef0 if about any. */
static void assert_request(enum chrony_command command, const __u8 *expected, size_t length)
{
	__u8 message[CHRONY_MESSAGE_SIZE];

	assert_int_equal(chrony_wire_request(message, command, 0x12345678, 0x9abcdef0), length);
	assert_memory_equal(message, expected, sizeof(message));
}

TEST(requests)
{
	__u8 expected[CHRONY_MESSAGE_SIZE] = {
		6, 1, 0, 0, 0, 33, 0, 0, 0x12, 0x34, 0x56, 0x78,
	};

	assert_request(CHRONY_TRACKING, expected, 104);
	expected[5] = 66;
	assert_request(CHRONY_RESET_SOURCES, expected, 28);
	expected[5] = 15;
	memcpy(expected + 20, "\x9a\xbc\xde\xf0", 4);
	assert_request(CHRONY_SOURCE_DATA, expected, 76);
	memset(expected + 20, 0, 4);
	/* Any mask and address, 4 good of 8 */
	expected[5] = 3;
	expected[63] = 4;
	expected[67] = 8;
	assert_request(CHRONY_BURST, expected, 68);
}

static int reply(const __u8 *message, size_t length, struct chrony_tracking *tracking)
{
	return chrony_wire_reply(message, length, CHRONY_TRACKING, 7, tracking);
}

TEST(tracking)
{
	struct chrony_tracking tracking;

	assert_int_equal(reply(tracking_reply, sizeof(tracking_reply), &tracking),
			 CHRONY_SUCCESS);
	assert_int_equal(tracking.ref_id, 0x7f000001);
	assert_int_equal(tracking.leap, 0x104);
	assert_int_equal(tracking.ref_time, 0x6a543c1f * 1000000000LL + 500000000);
	assert_true(value(tracking.current_correction) == -0x14c * POWER(-29));
	assert_true(value(tracking.last_offset) == -1);
	assert_true(value(tracking.frequency) == 2);
	assert_true(value(tracking.residual) == -2);
	assert_true(value(tracking.skew) == 4);
	assert_true(value(tracking.root_delay) == 1);
	assert_true(value(tracking.root_dispersion) == 0.25);
	assert_true(value(tracking.last_update_interval) == 8);
}

/* A reply to SOURCE_DATA with the number 7: the reference clock PHC0, followed. */
static const __u8 source_reply[76] = {
	6, 2, 0, 0, 0, 15, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0,
	'P', 'H', 'C', '0', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
	0, 6, 0, 1, 0, 0, 0, 2, 0, 0, 0, 255,
	0, 0, 0, 9,
};

TEST(sources)
{
	struct chrony_source source, before;
	__u8 message[sizeof(source_reply)];
	size_t i;

	assert_int_equal(chrony_wire_reply(source_reply, sizeof(source_reply),
					   CHRONY_SOURCE_DATA, 7, &source), CHRONY_SUCCESS);
	assert_int_equal(source.address, 0x50484330);
	assert_int_equal(source.poll, 6);
	assert_int_equal(source.state, CHRONY_STATE_SELECTED);
	assert_int_equal(source.mode, CHRONY_MODE_REFERENCE);

	memcpy(message, source_reply, sizeof(message));
	message[48] = 0xff;
	message[49] = 0xfe;
	message[52] = 1;
	message[53] = 4;
	message[55] = 1;
	assert_int_equal(chrony_wire_reply(message, sizeof(message), CHRONY_SOURCE_DATA, 7,
					   &source), CHRONY_SUCCESS);
	assert_int_equal(source.poll, -2);
	assert_int_equal(source.state, 0x104);
	assert_int_equal(source.mode, 1);

	before = source;
	for (i = 0; i < sizeof(source_reply); i++)
		assert_int_equal(chrony_wire_reply(source_reply, i, CHRONY_SOURCE_DATA, 7,
						   &source), CHRONY_NO_REPLY);
	message[7] = 5;
	assert_int_equal(chrony_wire_reply(message, sizeof(message), CHRONY_SOURCE_DATA, 7,
					   &source), CHRONY_NO_REPLY);
	assert_memory_equal(&source, &before, sizeof(before));
	message[9] = CHRONY_NO_SUCH_SOURCE;
	assert_int_equal(chrony_wire_reply(message, 28, CHRONY_SOURCE_DATA, 7, &source),
			 CHRONY_NO_SUCH_SOURCE);
}

TEST(times)
{
	static const struct {
		const char *high, *nanoseconds;
		__s64 time;
	} table[] = {
		/* 32 bits only */
		{ "\x7f\xff\xff\xff", "\x1d\xcd\x65", 0x6a543c1f * 1000000000LL + 500000000 },
		/* Beyond 2262, before 1970, and more nanoseconds than a second has */
		{ "\x00\x00\x00\x03", "\x1d\xcd\x65", CLOCKBOUND_TIME_MAX },
		{ "\xff\xff\xff\xff", "\x1d\xcd\x65", CLOCKBOUND_TIME_MAX },
		{ "\x00\x00\x00\x00", "\x3b\x9a\xca", CLOCKBOUND_TIME_MAX },
	};
	struct chrony_tracking tracking;
	__u8 message[CHRONY_MESSAGE_SIZE];
	size_t i;

	memcpy(message, tracking_reply, sizeof(message));
	for (i = 0; i < COUNT(table); i++) {
		memcpy(message + 56, table[i].high, 4);
		memcpy(message + 64, table[i].nanoseconds, 3);
		assert_int_equal(reply(message, sizeof(message), &tracking), CHRONY_SUCCESS);
		assert_int_equal(tracking.ref_time, table[i].time);
	}
}

/* Whatever is not the whole reply to this request. */
TEST(no_replies)
{
	static const size_t fields[] = { 0, 1, 5, 7, 16, 17, 18, 19 };
	struct chrony_tracking before, tracking;
	__u8 message[CHRONY_MESSAGE_SIZE];
	size_t i;

	memset(&before, 0x5a, sizeof(before));
	tracking = before;
	for (i = 0; i < sizeof(tracking_reply); i++)
		assert_int_equal(reply(tracking_reply, i, &tracking), CHRONY_NO_REPLY);
	for (i = 0; i < COUNT(fields); i++) {
		memcpy(message, tracking_reply, sizeof(message));
		message[fields[i]] ^= 0x40;
		assert_int_equal(reply(message, sizeof(message), &tracking), CHRONY_NO_REPLY);
	}
	/* A request is none */
	chrony_wire_request(message, CHRONY_TRACKING, 7, 0);
	assert_int_equal(reply(message, sizeof(message), &tracking), CHRONY_NO_REPLY);
	/* The reply to TRACKING is none to RESET_SOURCES */
	memcpy(message, tracking_reply, sizeof(message));
	message[5] = CHRONY_RESET_SOURCES;
	assert_int_equal(chrony_wire_reply(message, sizeof(message), CHRONY_RESET_SOURCES, 7,
					   &tracking), CHRONY_NO_REPLY);
	assert_memory_equal(&tracking, &before, sizeof(before));
}

TEST(results)
{
	struct chrony_tracking tracking;
	__u8 message[28] = { 6, 2, 0, 0, 0, 66, 0, 1 };

	message[19] = 9;
	assert_int_equal(chrony_wire_reply(message, 28, CHRONY_RESET_SOURCES, 9, &tracking),
			 CHRONY_SUCCESS);
	assert_int_equal(chrony_wire_reply(message, 28, CHRONY_BURST, 9, &tracking),
			 CHRONY_NO_REPLY);
	message[9] = CHRONY_UNAUTHORIZED;
	assert_int_equal(chrony_wire_reply(message, 28, CHRONY_RESET_SOURCES, 9, &tracking),
			 CHRONY_UNAUTHORIZED);
	/* A refusal of TRACKING is as short */
	message[5] = CHRONY_TRACKING;
	assert_int_equal(chrony_wire_reply(message, 28, CHRONY_TRACKING, 9, &tracking),
			 CHRONY_UNAUTHORIZED);
}

TEST_MAIN(NULL, NULL)
