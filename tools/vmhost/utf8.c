// SPDX-License-Identifier: GPL-2.0-only
#include "utf8.h"

/* Bytes of the character at @bytes, or 0 if it is none. */
static size_t character(const __u8 *bytes, size_t size)
{
	static const __u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	__u32 code = bytes[0];
	size_t length;

	if (code < 0x80)
		return 1;
	if (code < 0xc0 || code >= 0xf8)
		return 0;
	length = code < 0xe0 ? 2 : code < 0xf0 ? 3 : 4;
	if (length > size)
		return 0;
	code &= 0x7f >> length;
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return length;
}

bool utf8_valid(const __u8 *bytes, size_t size)
{
	size_t length;

	for (size_t at = 0; at < size; at += length) {
		length = character(bytes + at, size - at);
		if (!length)
			return false;
	}
	return true;
}
