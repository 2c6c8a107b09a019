// SPDX-License-Identifier: GPL-2.0-only
/*
 * chronyd's protocol, byte for byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
	0, 6, 0, 0,
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

static void floats(void **state)
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

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		number = chrony_wire_float(table[i].wire);
		assert_int_equal(number.coefficient, table[i].coefficient);
		assert_int_equal(number.exponent, table[i].exponent);
		assert_true(value(number) == table[i].value);
	}
}

static void requests(void **state)
{
	static const __u8 header[8] = { 6, 1, 0, 0, 0, 0, 0, 0 };
	__u8 message[CHRONY_MESSAGE_SIZE], expected[CHRONY_MESSAGE_SIZE] = { 0 };

	(void)state;
	memcpy(expected, header, sizeof(header));
	expected[8] = 0x12;
	expected[9] = 0x34;
	expected[10] = 0x56;
	expected[11] = 0x78;

	expected[5] = 33;
	assert_int_equal(chrony_wire_request(message, CHRONY_TRACKING, 0x12345678, 0), 104);
	assert_memory_equal(message, expected, sizeof(message));

	expected[5] = 66;
	assert_int_equal(chrony_wire_request(message, CHRONY_RESET_SOURCES, 0x12345678, 0), 28);
	assert_memory_equal(message, expected, sizeof(message));

	expected[5] = 15;
	expected[20] = 0x9a;
	expected[21] = 0xbc;
	expected[22] = 0xde;
	expected[23] = 0xf0;
	assert_int_equal(chrony_wire_request(message, CHRONY_SOURCE_DATA, 0x12345678,
					     0x9abcdef0), 76);
	assert_memory_equal(message, expected, sizeof(message));
	memset(expected + 20, 0, 4);

	/* Any mask and address, 4 good of 8 */
	expected[5] = 3;
	expected[63] = 4;
	expected[67] = 8;
	assert_int_equal(chrony_wire_request(message, CHRONY_BURST, 0x12345678, 0), 68);
	assert_memory_equal(message, expected, sizeof(message));
}

static int reply(const __u8 *message, size_t length, struct chrony_tracking *tracking)
{
	return chrony_wire_reply(message, length, CHRONY_TRACKING, 7, tracking);
}

static void tracking(void **state)
{
	struct chrony_tracking tracking;

	(void)state;
	assert_int_equal(reply(tracking_reply, sizeof(tracking_reply), &tracking),
			 CHRONY_SUCCESS);
	assert_int_equal(tracking.ref_id, 0x7f000001);
	assert_int_equal(tracking.leap, CHRONY_LEAP_NORMAL);
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

/* Whether it is to be believed at all. */
static void leaps(void **state)
{
	struct chrony_tracking tracking;
	__u8 message[CHRONY_MESSAGE_SIZE];
	__u8 leap;

	(void)state;
	memcpy(message, tracking_reply, sizeof(message));
	for (leap = CHRONY_LEAP_NORMAL; leap <= CHRONY_LEAP_UNSYNCHRONISED + 1; leap++) {
		message[55] = leap;
		assert_int_equal(reply(message, sizeof(message), &tracking), CHRONY_SUCCESS);
		assert_int_equal(tracking.leap, leap);
	}
	message[54] = 1;
	assert_int_equal(reply(message, sizeof(message), &tracking), CHRONY_SUCCESS);
	assert_int_equal(tracking.leap, 0x104);
}

/* A reply to SOURCE_DATA with the number 7: the reference clock PHC0, followed. */
static const __u8 source_reply[76] = {
	6, 2, 0, 0, 0, 15, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0,
	'P', 'H', 'C', '0', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
	0, 6, 0, 1, 0, 0, 0, 2, 0, 0, 0, 255,
	0, 0, 0, 9,
};

static void sources(void **state)
{
	struct chrony_source source, before;
	__u8 message[sizeof(source_reply)];
	size_t i;

	(void)state;
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

static void times(void **state)
{
	struct chrony_tracking tracking;
	__u8 message[CHRONY_MESSAGE_SIZE];

	(void)state;
	memcpy(message, tracking_reply, sizeof(message));
	/* 32 bits only */
	memcpy(message + 56, "\x7f\xff\xff\xff", 4);
	assert_int_equal(reply(message, sizeof(message), &tracking), CHRONY_SUCCESS);
	assert_int_equal(tracking.ref_time, 0x6a543c1f * 1000000000LL + 500000000);
	/* Beyond 2262, before 1970, and more nanoseconds than a second has */
	memcpy(message + 56, "\x00\x00\x00\x03", 4);
	assert_int_equal(reply(message, sizeof(message), &tracking), CHRONY_SUCCESS);
	assert_int_equal(tracking.ref_time, CLOCKBOUND_TIME_MAX);
	memcpy(message + 56, "\xff\xff\xff\xff", 4);
	assert_int_equal(reply(message, sizeof(message), &tracking), CHRONY_SUCCESS);
	assert_int_equal(tracking.ref_time, CLOCKBOUND_TIME_MAX);
	memcpy(message + 56, "\x00\x00\x00\x00", 4);
	memcpy(message + 64, "\x3b\x9a\xca\x00", 4);
	assert_int_equal(reply(message, sizeof(message), &tracking), CHRONY_SUCCESS);
	assert_int_equal(tracking.ref_time, CLOCKBOUND_TIME_MAX);
}

/* Whatever is not the whole reply to this request. */
static void no_replies(void **state)
{
	static const size_t fields[] = { 0, 1, 5, 7, 16, 17, 18, 19 };
	struct chrony_tracking before, tracking;
	__u8 message[CHRONY_MESSAGE_SIZE];
	size_t i;

	(void)state;
	memset(&before, 0x5a, sizeof(before));
	tracking = before;
	for (i = 0; i < sizeof(tracking_reply); i++)
		assert_int_equal(reply(tracking_reply, i, &tracking), CHRONY_NO_REPLY);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
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

static void results(void **state)
{
	struct chrony_tracking tracking;
	__u8 message[28] = { 6, 2, 0, 0, 0, 66, 0, 1 };

	(void)state;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floats),
		cmocka_unit_test(requests),
		cmocka_unit_test(tracking),
		cmocka_unit_test(leaps),
		cmocka_unit_test(sources),
		cmocka_unit_test(times),
		cmocka_unit_test(no_replies),
		cmocka_unit_test(results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
