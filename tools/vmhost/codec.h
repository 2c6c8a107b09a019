/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Little-endian layouts: one function for each structure, which reads it or writes it.
 *
 * A layout is described once, in the order of its fields, so that what is written is what
 * is read. Reading believes no length and no count before it has been compared with what
 * is there. Blobs and strings are not copied: they point into what is read.
 */
#ifndef VMHOST_CODEC_H
#define VMHOST_CODEC_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define CODEC_BLOB_MAX		(16U << 20)
#define CODEC_STRING_MAX	65536U

/**
 * struct bytes - some bytes of somebody else's memory
 * @bytes: where they are; may be NULL if there are none
 * @size: how many
 */
struct bytes {
	const __u8 *bytes;
	__u32 size;
};

/**
 * struct codec - a place in bytes that are read, or written
 * @writing: it writes
 * @input: what is read
 * @output: what is written; may be NULL with a @size of 0, to learn the size
 * @size: how many bytes there are, or room for how many
 * @at: how many have been read or written; when writing it goes on beyond @size
 * @list: the list that is worked on, for errors; NULL outside of any
 * @index: the entry of it
 * @sublist: the list inside of that entry, or NULL
 * @subindex: the entry of that one
 * @error: what was wrong first, and in which field
 * @error_size: room in @error
 */
struct codec {
	bool writing;
	const __u8 *input;
	__u8 *output;
	size_t size;
	size_t at;
	const char *list;
	__u32 index;
	const char *sublist;
	__u32 subindex;
	char *error;
	size_t error_size;
};

/* Both leave @error empty, which the first failure fills. */
void codec_read(struct codec *codec, const void *input, size_t size, char *error,
		size_t error_size);
void codec_write(struct codec *codec, void *output, size_t size, char *error,
		 size_t error_size);

/* Says "list[index].sublist[subindex].field: ..."; always false. */
bool codec_fail(struct codec *codec, const char *field, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Each reads or writes the value, and is false where it cannot: too few bytes are left, or
 * the value cannot be. @field is its name in the error.
 */
bool codec_u8(struct codec *codec, const char *field, __u8 *value);
bool codec_u16(struct codec *codec, const char *field, __u16 *value);
bool codec_u32(struct codec *codec, const char *field, __u32 *value);
bool codec_u64(struct codec *codec, const char *field, __u64 *value);

/* A byte that is 0 or 1. */
bool codec_bool(struct codec *codec, const char *field, bool *value);

/* @size bytes as they are. */
bool codec_array(struct codec *codec, const char *field, __u8 *bytes, size_t size);

/* A length of 32 bits and so many bytes; a string is UTF-8. */
bool codec_blob(struct codec *codec, const char *field, struct bytes *blob);
bool codec_string(struct codec *codec, const char *field, struct bytes *string);

/*
 * The number of entries of a list. One that cannot be there, as each entry has at least
 * @min_entry bytes, is refused.
 */
bool codec_count(struct codec *codec, const char *field, __u32 *count, size_t min_entry);

/**
 * codec_slot() - makes room for an entry of a list that is read
 * @codec: the place; nothing is done when it writes
 * @list: the entries so far; NULL at first. Replaced when it grows
 * @index: of the entry, one after the other; it is zeroed
 * @count: of the list
 * @hint: for how many there may be room at once; the rest as the entries come
 * @entry: bytes of an entry
 *
 * Return: the list, or NULL if there is no memory, which @codec->error then says: the old
 * one is as it was.
 */
void *codec_slot(struct codec *codec, void *list, __u32 index, __u32 count, __u32 hint,
		 size_t entry);

/* Little-endian numbers at the start of a slice; false if it is too short. */
bool le16_read(const void *bytes, size_t size, __u16 *value);
bool le32_read(const void *bytes, size_t size, __u32 *value);
bool le64_read(const void *bytes, size_t size, __u64 *value);
bool le128_read(const void *bytes, size_t size, __uint128_t *value);

/* How many of @count entries of at least @min_entry bytes can be in @region bytes. */
__u64 cap_count(__u64 count, __u64 min_entry, __u64 region);

#endif /* VMHOST_CODEC_H */
