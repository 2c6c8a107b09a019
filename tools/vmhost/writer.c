// SPDX-License-Identifier: GPL-2.0-only
#include "writer.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>

/*
 * The order that readers rely on: the odd count is visible before any field is,
 * and every field before the even count. Readers are in another machine, which
 * is another process here: the fences are the smp_wmb() of the kernel.
 */
static void seq_store(struct writer *writer, __u32 seq)
{
	writer->seq = seq;
	region_store32(writer->page, offsetof(struct vmclock_page, seq_count),
		       htole32(seq), __ATOMIC_RELAXED);
}

void writer_begin(struct writer *writer)
{
	seq_store(writer, writer->seq | 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

void writer_end(struct writer *writer)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
	seq_store(writer, (writer->seq | 1) + 1);
	/* Visible before the caller reads the counter. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/*
 * One store for each word: a reader can see it old or new, not torn. Before the
 * count come three words of 32 bits, behind it those of 64.
 */
void writer_fields(struct writer *writer, const struct vmclock_page *fields)
{
	const size_t count = offsetof(struct vmclock_page, seq_count);
	const size_t guarded = offsetof(struct vmclock_page, disruption_marker);
	const char *bytes = (const char *)fields;

	for (size_t at = 0; at < count; at += sizeof(__u32)) {
		__u32 word;

		memcpy(&word, bytes + at, sizeof(word));
		region_store32(writer->page, at, word, __ATOMIC_RELAXED);
	}
	for (size_t at = guarded; at < sizeof(*fields); at += sizeof(__u64)) {
		__u64 word;

		memcpy(&word, bytes + at, sizeof(word));
		region_store64(writer->page, at, word, __ATOMIC_RELAXED);
	}
}

void writer_publish(struct writer *writer, const struct vmclock_page *fields)
{
	writer_begin(writer);
	writer_fields(writer, fields);
	writer_end(writer);
}

void writer_attach(struct writer *writer, struct region_slice page)
{
	const size_t count = offsetof(struct vmclock_page, seq_count);

	writer->page = page;
	writer->seq = le32toh(region_load32(page, count, __ATOMIC_RELAXED));
}

bool writer_guarded(struct writer *writer, __u64 offset, const __u8 *bytes,
		    __u64 count)
{
	bool inside;

	writer_begin(writer);
	inside = writer_raw(writer, offset, bytes, count);
	writer_end(writer);
	return inside;
}

bool writer_raw(struct writer *writer, __u64 offset, const __u8 *bytes,
		__u64 count)
{
	struct region_slice slice;
	struct region_error error;

	if (!region_slice(writer->page, offset, count, &slice, &error))
		return false;
	region_write(slice, bytes);
	return true;
}
