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
	__atomic_store_n((__u32 *)&writer->page->seq_count, htole32(seq),
			 __ATOMIC_RELAXED);
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

/* One 64-bit store for each word: a reader can see it old or new, not torn. */
static void words_store(void *to, const void *from, size_t bytes)
{
	__u64 *destination = to;

	for (size_t i = 0; i < bytes / sizeof(__u64); i++) {
		__u64 word;

		memcpy(&word, (const char *)from + i * sizeof(word),
		       sizeof(word));
		__atomic_store_n(&destination[i], word, __ATOMIC_RELAXED);
	}
}

void writer_fields(struct writer *writer, const struct vmclock_page *fields)
{
	const size_t guarded = offsetof(struct vmclock_page, disruption_marker);
	struct vmclock_page *page = writer->page;

	__atomic_store_n(&page->magic, fields->magic, __ATOMIC_RELAXED);
	__atomic_store_n(&page->size, fields->size, __ATOMIC_RELAXED);
	__atomic_store_n(&page->version, fields->version, __ATOMIC_RELAXED);
	__atomic_store_n(&page->counter_id, fields->counter_id,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&page->time_type, fields->time_type, __ATOMIC_RELAXED);
	words_store(&page->disruption_marker, &fields->disruption_marker,
		    sizeof(*page) - guarded);
}

void writer_publish(struct writer *writer, const struct vmclock_page *fields)
{
	writer_begin(writer);
	writer_fields(writer, fields);
	writer_end(writer);
}

void writer_attach(struct writer *writer, struct vmclock_page *page, __u32 size)
{
	writer->page = page;
	writer->size = size;
	writer->seq = le32toh(page->seq_count);
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
	volatile __u8 *to = (volatile __u8 *)writer->page;

	if (offset > writer->size || count > writer->size - offset)
		return false;
	for (__u64 i = 0; i < count; i++)
		to[offset + i] = bytes[i];
	return true;
}
