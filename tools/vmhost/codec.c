// SPDX-License-Identifier: GPL-2.0-only
#include "codec.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

bool le16_read(const void *bytes, size_t size, __u16 *value)
{
	if (size < sizeof(*value))
		return false;
	memcpy(value, bytes, sizeof(*value));
	*value = le16toh(*value);
	return true;
}

bool le32_read(const void *bytes, size_t size, __u32 *value)
{
	if (size < sizeof(*value))
		return false;
	memcpy(value, bytes, sizeof(*value));
	*value = le32toh(*value);
	return true;
}

bool le64_read(const void *bytes, size_t size, __u64 *value)
{
	if (size < sizeof(*value))
		return false;
	memcpy(value, bytes, sizeof(*value));
	*value = le64toh(*value);
	return true;
}

bool le128_read(const void *bytes, size_t size, __uint128_t *value)
{
	__u64 low, high;

	if (!le64_read(bytes, size, &low) ||
	    !le64_read((const __u8 *)bytes + 8, size - 8, &high))
		return false;
	*value = (__uint128_t)high << 64 | low;
	return true;
}

__u64 cap_count(__u64 count, __u64 min_entry, __u64 region)
{
	__u64 room = region / (min_entry ? min_entry : 1);

	return count < room ? count : room;
}

void codec_read(struct codec *codec, const void *input, size_t size, char *error,
		size_t error_size)
{
	*codec = (struct codec) {
		.input = input,
		.size = size,
		.error = error,
		.error_size = error_size,
	};
	error[0] = '\0';
}

void codec_write(struct codec *codec, void *output, size_t size, char *error,
		 size_t error_size)
{
	*codec = (struct codec) {
		.writing = true,
		.output = output,
		.size = size,
		.error = error,
		.error_size = error_size,
	};
	error[0] = '\0';
}

bool codec_fail(struct codec *codec, const char *field, const char *format, ...)
{
	char place[80] = "";
	char what[120];
	va_list arguments;

	if (codec->list && codec->sublist)
		snprintf(place, sizeof(place), "%s[%u].%s[%u]%s", codec->list, codec->index,
			 codec->sublist, codec->subindex, field[0] ? "." : "");
	else if (codec->list)
		snprintf(place, sizeof(place), "%s[%u]%s", codec->list, codec->index,
			 field[0] ? "." : "");
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(codec->error, codec->error_size, "%s%s: %s", place, field, what);
	return false;
}

/* The next @size bytes, if they are there. */
static const __u8 *next(struct codec *codec, const char *field, size_t size)
{
	const __u8 *bytes = codec->input + codec->at;

	if (size > codec->size - codec->at) {
		codec_fail(codec, field, "cut short: %zu bytes are needed, %zu are left", size,
			   codec->size - codec->at);
		return NULL;
	}
	codec->at += size;
	return bytes;
}

static void put(struct codec *codec, const void *bytes, size_t size)
{
	if (size && codec->at <= codec->size && size <= codec->size - codec->at)
		memcpy(codec->output + codec->at, bytes, size);
	codec->at += size;
}

bool codec_array(struct codec *codec, const char *field, __u8 *bytes, size_t size)
{
	const __u8 *from;

	if (codec->writing) {
		put(codec, bytes, size);
		return true;
	}
	from = next(codec, field, size);
	if (!from)
		return false;
	memcpy(bytes, from, size);
	return true;
}

bool codec_u8(struct codec *codec, const char *field, __u8 *value)
{
	return codec_array(codec, field, value, 1);
}

bool codec_u16(struct codec *codec, const char *field, __u16 *value)
{
	__u16 raw = htole16(*value);

	if (!codec_array(codec, field, (__u8 *)&raw, sizeof(raw)))
		return false;
	*value = le16toh(raw);
	return true;
}

bool codec_u32(struct codec *codec, const char *field, __u32 *value)
{
	__u32 raw = htole32(*value);

	if (!codec_array(codec, field, (__u8 *)&raw, sizeof(raw)))
		return false;
	*value = le32toh(raw);
	return true;
}

bool codec_u64(struct codec *codec, const char *field, __u64 *value)
{
	__u64 raw = htole64(*value);

	if (!codec_array(codec, field, (__u8 *)&raw, sizeof(raw)))
		return false;
	*value = le64toh(raw);
	return true;
}

bool codec_bool(struct codec *codec, const char *field, bool *value)
{
	__u8 raw = *value;

	if (!codec_u8(codec, field, &raw))
		return false;
	if (raw > 1)
		return codec_fail(codec, field, "%u is neither 0 nor 1", raw);
	*value = raw;
	return true;
}

static bool limited(struct codec *codec, const char *field, struct bytes *bytes, __u32 limit)
{
	if (!codec_u32(codec, field, &bytes->size))
		return false;
	if (bytes->size > limit)
		return codec_fail(codec, field, "%u bytes are more than %u", bytes->size, limit);
	if (codec->writing) {
		put(codec, bytes->bytes, bytes->size);
		return true;
	}
	bytes->bytes = next(codec, field, bytes->size);
	return !!bytes->bytes;
}

bool codec_blob(struct codec *codec, const char *field, struct bytes *blob)
{
	return limited(codec, field, blob, CODEC_BLOB_MAX);
}

bool codec_string(struct codec *codec, const char *field, struct bytes *string)
{
	if (!limited(codec, field, string, CODEC_STRING_MAX))
		return false;
	return utf8_valid(string->bytes, string->size) ||
	       codec_fail(codec, field, "this is not UTF-8");
}

bool codec_count(struct codec *codec, const char *field, __u32 *count, size_t min_entry)
{
	size_t left;

	if (!codec_u32(codec, field, count))
		return false;
	if (codec->writing)
		return true;
	left = codec->size - codec->at;
	return cap_count(*count, min_entry, left) == *count ||
	       codec_fail(codec, field, "cut short: %u entries do not fit into the %zu bytes left",
			  *count, left);
}

void *codec_slot(struct codec *codec, void *list, __u32 index, __u32 count, __u32 hint,
		 size_t entry)
{
	__u64 room = hint;

	if (codec->writing)
		return list;
	/* The room that it has had: the hint, and then twice as much each time */
	while (room < index)
		room *= 2;
	if (!index || room == index) {
		__u64 more = index ? 2 * room : room;

		list = reallocarray(list, more < count ? more : count, entry);
		if (!list) {
			codec_fail(codec, "", "out of memory");
			return NULL;
		}
	}
	memset((char *)list + (size_t)index * entry, 0, entry);
	return list;
}
