// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sequence protocol: a reader that keeps to it never sees a mixture.
 */
#include "test.h"

#include <endian.h>
#include <pthread.h>
#include <string.h>

#include "page.h"
#include "writer.h"

static struct {
	struct vmclock_page page;
	__u8 rest[4096 - sizeof(struct vmclock_page)];
} region __attribute__((aligned(4096)));

static struct writer writer;
static const struct region_slice slice = { (void *)&region, sizeof(region) };

static __u32 seq_now(void)
{
	return le32toh(__atomic_load_n((__u32 *)&region.page.seq_count,
				       __ATOMIC_ACQUIRE));
}

/* A page all of whose guarded words are @value */
static void fill(struct vmclock_page *page, __u64 value)
{
	memset(page, 0, sizeof(*page));
	page->magic = htole32(VMCLOCK_PAGE_MAGIC);
	for (size_t i = 0x10; i < sizeof(*page); i += 8)
		memcpy((char *)page + i, &value, 8);
}

FIXTURE(setup)
{
	memset(&region, 0, sizeof(region));
	writer_attach(&writer, slice);
	return 0;
}

TEST_WITH(the_count_is_odd_while_fields_change, setup, NULL)
{
	struct vmclock_page page;

	fill(&page, 5);
	writer_begin(&writer);
	assert_int_equal(seq_now(), 1);
	assert_int_equal(region.page.disruption_marker, 0);
	writer_fields(&writer, &page);
	assert_int_equal(seq_now(), 1);
	assert_int_equal(region.page.disruption_marker, 5);
	assert_int_equal(region.page.vm_generation_counter, 5);
	assert_int_equal(region.page.magic, page.magic);
	writer_end(&writer);
	assert_int_equal(seq_now(), 2);
	writer_publish(&writer, &page);
	assert_int_equal(seq_now(), 4);
	/* Nothing but the structure was written. */
	for (size_t i = 0; i < sizeof(region.rest); i++)
		assert_int_equal(region.rest[i], 0);
}

TEST_WITH(what_was_left_odd_is_continued, setup, NULL)
{
	struct vmclock_page page;

	fill(&page, 5);
	region.page.seq_count = htole32(7);
	writer_attach(&writer, slice);
	writer_begin(&writer);
	assert_int_equal(seq_now(), 7);
	writer_begin(&writer);
	assert_int_equal(seq_now(), 7);
	writer_end(&writer);
	assert_int_equal(seq_now(), 8);

	region.page.seq_count = htole32(0xfffffffe);
	writer_attach(&writer, slice);
	writer_begin(&writer);
	assert_true(seq_now() == 0xffffffff);
	writer_end(&writer);
	assert_int_equal(seq_now(), 0);
}

TEST_WITH(raw_bytes_stay_in_the_page, setup, NULL)
{
	static const __u8 bytes[] = { 1, 2, 3 };

	assert_true(writer_raw(&writer, 4093, bytes, 3));
	assert_memory_equal((__u8 *)&region + 4093, bytes, 3);
	assert_false(writer_raw(&writer, 4094, bytes, 3));
	assert_false(writer_raw(&writer, 4097, bytes, 0));
	assert_false(writer_raw(&writer, ~0ULL, bytes, 3));
	assert_true(writer_raw(&writer, 4096, bytes, 0));
}

TEST_WITH(guarded_bytes_count_on, setup, NULL)
{
	static const __u8 bytes[] = { 4, 5 };
	__u32 seq = seq_now();

	assert_true(writer_guarded(&writer, 0x10, bytes, 2));
	assert_memory_equal((__u8 *)&region + 0x10, bytes, 2);
	assert_int_equal(seq_now(), (seq | 1) + 1);
	assert_false(writer_guarded(&writer, 4095, bytes, 2));
	assert_int_equal(seq_now() & 1, 0);
}

#define READINGS	2000000

struct reading_result {
	bool stop;
	__u64 consistent;
	__u64 mixed;
};

static void *read_pages(void *context)
{
	struct reading_result *result = context;

	while (!__atomic_load_n(&result->stop, __ATOMIC_RELAXED)) {
		__u64 first, word;
		bool mixed = false;
		__u32 seq = seq_now();

		if (seq & 1)
			continue;
		first = __atomic_load_n((__u64 *)&region.page.disruption_marker,
					__ATOMIC_RELAXED);
		for (size_t i = 0x18; i < sizeof(region.page); i += 8) {
			word = __atomic_load_n((__u64 *)((char *)&region + i),
					       __ATOMIC_RELAXED);
			mixed |= word != first;
		}
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (seq_now() != seq)
			continue;
		result->mixed += mixed;
		__atomic_add_fetch(&result->consistent, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

TEST_WITH(readers_never_see_a_mixture, setup, NULL)
{
	struct reading_result result = { .stop = false };
	struct vmclock_page page;
	pthread_t reader;
	__u64 value = 0;

	assert_int_equal(pthread_create(&reader, NULL, read_pages, &result), 0);
	while (__atomic_load_n(&result.consistent, __ATOMIC_RELAXED) < 20000 ||
	       value < READINGS) {
		fill(&page, ++value);
		writer_publish(&writer, &page);
	}
	__atomic_store_n(&result.stop, true, __ATOMIC_RELAXED);
	pthread_join(reader, NULL);
	assert_int_equal(result.mixed, 0);
}

TEST_MAIN(NULL, NULL)
