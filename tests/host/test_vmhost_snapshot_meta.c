// SPDX-License-Identifier: GPL-2.0-only
/*
 * ContainerMeta: the vectors of its document, the bytes of each field, and what happens to
 * bytes that are none.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "snapshot_sample.h"
#include "utf8.h"

#define MUTATIONS	100000

static char error[200];

/* Bytes that are put together by hand */
static __u8 golden[4096];
static size_t golden_size;

static void put(__u64 value, size_t bytes)
{
	assert_true(golden_size + bytes <= sizeof(golden));
	for (size_t i = 0; i < bytes; i++)
		golden[golden_size++] = i < sizeof(value) ? value >> (8 * i) : 0;
}

static void put_raw(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put((__u8)bytes[i], 1);
}

static void put_blob(const char *text)
{
	put(strlen(text), 4);
	put_raw(text, strlen(text));
}

static void put_queue(const struct snapshot_queue *queue)
{
	put(queue->size, 2);
	put(queue->ready, 1);
	put(queue->descriptors, 8);
	put(queue->available, 8);
	put(queue->used, 8);
	put(queue->last_available, 2);
	put(queue->next_used, 2);
}

static void put_device(__u8 kind, __u32 features, __u32 high, __u32 status, __u32 interrupts,
		       __u32 queues)
{
	put(kind, 1);
	put(features, 4);
	put(high, 4);
	put(status, 4);
	put(interrupts, 4);
	put(queues, 4);
	for (__u32 i = 0; i < queues; i++)
		put_queue(&sample_queues[i]);
}

static void put_listener(const struct snapshot_listener *listener)
{
	put(listener->cid, 8);
	put(listener->peer_port, 4);
	put(listener->vm_port, 4);
	put(listener->family, 2);
	put(listener->type, 2);
	put(listener->inet, 1);
	if (listener->inet)
		put(listener->inet_port, 2);
}

/* What sample_meta is as bytes */
static void make_full(void)
{
	golden_size = 0;
	put(4, 1);
	put(SAMPLE_RAM, 8);
	put_raw("\1\2\3\4\5\6", 6);
	put(0x0123456789abcdefULL, 8);
	put(1700000000123456789ULL, 8);
	put_blob("apic");
	put(4, 4);
	put_blob("cpu0");
	put_blob("");
	put_blob("cpu2");
	put_blob("3");
	put(4, 4);
	put_device(0, 0x11223344, 1, 15, 3, 2);
	put(1, 1);
	put_blob("/disk");
	put(1 << 30, 8);
	put_device(1, 0, 0, 0, 0, 0);
	put(0, 1);
	put_device(2, 0, 0, 0, 0, 1);
	put(2, 1);
	put_blob("v\xc3\xb6lume");
	put(~0ULL, 8);
	put_blob("/mnt");
	put_device(3, 0, 0, 0, 0, 0);
	put(3, 1);
	put_blob("fs");
	put_blob("/fs");
	put_blob("/srv");
	put(0x100000000ULL, 8);
	put(1 << 20, 8);
	put_blob("back");
	put_blob("dax");
	put(1, 1);
	put_raw("0123456789abcdef0123456789abcde", 32);
	put(3, 4);
	for (int i = 0; i < 3; i++)
		put_listener(&sample_listeners[i]);
}

static void make_empty(void)
{
	golden_size = 0;
	put(0, 1);
	put(0, 8);
	put(0, 6);
	put(0, 8);
	put(0, 8);
	put(0, 4);
	put(0, 4);
	put(0, 4);
	put(0, 1);
	put(0, 4);
}

/*
 * Decodes exactly @size bytes in memory of their own, so that a sanitizer sees each access
 * behind them.
 */
static bool decode(struct snapshot_meta *meta, const void *bytes, size_t size, size_t *used)
{
	void *copy = malloc(size);
	bool good;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	good = snapshot_meta_decode(meta, copy, size, used, error, sizeof(error));
	assert_true(*used <= size);
	if (good) {
		assert_string_equal(error, "");
	} else {
		assert_string_not_equal(error, "");
		snapshot_meta_free(meta);
	}
	free(copy);
	return good;
}

/* Is it refused, with these words? */
static void assert_refused(const char *words)
{
	struct snapshot_meta meta;
	size_t used;

	assert_false(decode(&meta, golden, golden_size, &used));
	if (!strstr(error, words))
		fail_msg("'%s' does not say '%s'", error, words);
}

/* Decodes what is in golden, and more behind it; encodes it to the same bytes. */
static void assert_round_trip(void)
{
	__u8 *copy = malloc(golden_size + 9), *again = malloc(golden_size);
	struct snapshot_meta meta;
	size_t used, size;

	assert_true(copy && again);
	memcpy(copy, golden, golden_size);
	memset(copy + golden_size, 0xff, 9);
	if (!snapshot_meta_decode(&meta, copy, golden_size + 9, &used, error, sizeof(error)))
		fail_msg("%s", error);
	assert_int_equal(used, golden_size);

	assert_true(snapshot_meta_encode(&meta, NULL, 0, &size, error, sizeof(error)));
	assert_int_equal(size, golden_size);
	assert_true(snapshot_meta_encode(&meta, again, size, &size, error, sizeof(error)));
	assert_int_equal(size, golden_size);
	assert_memory_equal(again, golden, golden_size);
	snapshot_meta_free(&meta);
	free(copy);
	free(again);
}

TEST(readers_take_the_leading_bytes)
{
	static const __u8 bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 };
	__uint128_t v128;
	__u16 v16;
	__u32 v32;
	__u64 v64;

	for (size_t size = 0; size <= sizeof(bytes); size++) {
		assert_int_equal(le16_read(bytes, size, &v16), size >= 2);
		assert_int_equal(le32_read(bytes, size, &v32), size >= 4);
		assert_int_equal(le64_read(bytes, size, &v64), size >= 8);
		assert_int_equal(le128_read(bytes, size, &v128), size >= 16);
	}
	assert_int_equal(v16, 0x0201);
	assert_int_equal(v32, 0x04030201);
	assert_true(v64 == 0x0807060504030201ULL);
	assert_true((__u64)v128 == 0x0807060504030201ULL);
	assert_true((__u64)(v128 >> 64) == 0x100f0e0d0c0b0a09ULL);
}

TEST(cap_count_vectors)
{
	assert_int_equal(cap_count(0xffffffff, 12, 1200), 100);
	assert_int_equal(cap_count(5, 12, 1200), 5);
	assert_int_equal(cap_count(7, 0, 1200), 7);
	assert_int_equal(cap_count(7, 12, 0), 0);
}

TEST(ram_region_within_vectors)
{
	assert_true(ram_region_within(100, 10, 90));
	assert_true(ram_region_within(100, 100, 0));
	assert_false(ram_region_within(100, 10, 91));
	assert_false(ram_region_within(100, 101, 0));
	assert_false(ram_region_within(100, ~0ULL, 1));
	assert_false(ram_region_within(100, 0, ~0ULL));
}

TEST(ram_is_mapped_privately)
{
	char zero[4096] = "";
	int fd = sample_file(zero, sizeof(zero));
	struct region_error refusal;
	struct region_slice slice;
	struct region region;
	char byte = 1;

	assert_false(ram_map(&region, fd, 4096, 4096, error, sizeof(error)));
	assert_string_equal(error,
			    "invalid data: RAM of 4096 bytes at offset 4096 is not inside a file"
			    " of 4096 bytes");
	assert_true(ram_map(&region, fd, 0, 4096, error, sizeof(error)));
	assert_true(region_slice(region.memory, 0, 1, &slice, &refusal));
	region_read(slice, &byte);
	assert_int_equal(byte, 0);
	byte = 7;
	region_write(slice, &byte);
	assert_int_equal(pread(fd, &byte, 1, 0), 1);
	assert_int_equal(byte, 0);
	region_read(slice, &byte);
	assert_int_equal(byte, 7);
	region_release(&region);
	close(fd);
}

TEST(kinds_of_virtio_ids)
{
	assert_int_equal(snapshot_kind_of_virtio(19), SNAPSHOT_VSOCK);
	assert_int_equal(snapshot_kind_of_virtio(26), SNAPSHOT_VIRTIO_FS);
	assert_int_equal(snapshot_kind_of_virtio(2), SNAPSHOT_BLOCK);
	assert_int_equal(snapshot_kind_of_virtio(0), SNAPSHOT_BLOCK);
	assert_int_equal(snapshot_kind_of_virtio(~0U), SNAPSHOT_BLOCK);
}

TEST(utf8)
{
	static const char * const good[] = {
		"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
		"\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
		"a\xc3\xa4z",
	};
	static const char * const bad[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2z", "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80",
		"\xff", "ab\xe2\x28\xa1",
	};

	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(utf8_valid((const __u8 *)good[i], strlen(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (utf8_valid((const __u8 *)bad[i], strlen(bad[i])))
			fail_msg("bad[%zu] was taken", i);
	assert_true(utf8_valid((const __u8 *)"a\0b", 3));
}

TEST(an_empty_container_round_trips)
{
	make_empty();
	assert_int_equal(golden_size, 48);
	assert_round_trip();
}

TEST(a_full_container_round_trips)
{
	struct snapshot_meta meta;
	size_t used;

	make_full();
	assert_round_trip();
	assert_true(snapshot_meta_decode(&meta, golden, golden_size, &used, error,
					 sizeof(error)));
	assert_int_equal(meta.vcpu_count, 4);
	assert_int_equal(meta.device_count, 4);
	assert_int_equal(meta.devices[0].queue_count, 2);
	assert_true(meta.devices[0].queues[1].descriptors == 0xfffffffffffff000ULL);
	assert_int_equal(meta.devices[3].backing.dax_state.size, 3);
	assert_true(meta.has_token);
	assert_int_equal(meta.listener_count, 3);
	assert_int_equal(meta.listeners[0].inet_port, 8022);
	assert_true(meta.clock_ref == 1700000000123456789ULL);
	snapshot_meta_free(&meta);
}

/* What the structure is written as, not only what is read is written again */
TEST(the_sample_is_written_as_these_bytes)
{
	__u8 bytes[sizeof(golden)];
	size_t size;

	make_full();
	assert_true(snapshot_meta_encode(&sample_meta, bytes, sizeof(bytes), &size, error,
					 sizeof(error)));
	assert_int_equal(size, golden_size);
	assert_memory_equal(bytes, golden, size);
}

TEST(lists_longer_than_the_hints_are_read)
{
	static struct snapshot_listener many[70000];
	struct snapshot_meta meta = {
		.listener_count = COUNT(many),
		.listeners = many,
	};
	struct snapshot_meta decoded;
	size_t size, used;
	__u8 *bytes;

	for (size_t i = 0; i < COUNT(many); i++)
		many[i].cid = i;
	assert_true(snapshot_meta_encode(&meta, NULL, 0, &size, error, sizeof(error)));
	bytes = malloc(size);
	assert_non_null(bytes);
	assert_true(snapshot_meta_encode(&meta, bytes, size, &size, error, sizeof(error)));
	assert_true(snapshot_meta_decode(&decoded, bytes, size, &used, error, sizeof(error)));
	assert_int_equal(used, size);
	assert_int_equal(decoded.listener_count, COUNT(many));
	for (size_t i = 0; i < COUNT(many); i++)
		assert_int_equal(decoded.listeners[i].cid, i);
	snapshot_meta_free(&decoded);
	free(bytes);
}

TEST(each_prefix_is_an_error)
{
	struct snapshot_meta meta;
	size_t used;

	make_full();
	for (size_t size = 0; size < golden_size; size++) {
		if (decode(&meta, golden, size, &used))
			fail_msg("%zu of %zu bytes were taken", size, golden_size);
		assert_non_null(strstr(error, "cut short"));
	}
	make_empty();
	for (size_t size = 0; size < golden_size; size++)
		assert_false(decode(&meta, golden, size, &used));
}

/* Up to the interrupt controller */
static void put_head(void)
{
	golden_size = 0;
	put(1, 1);
	put(0, 8 + 6 + 8);
	put(0, 8);
}

/* Up to the first device's kind */
static void put_first_device(void)
{
	put_head();
	put(0, 4);
	put(0, 4);
	put(1, 4);
}

TEST(refusals_name_the_field)
{
	put_head();
	put(0xffffffff, 4);
	assert_refused("interrupt_controller: 4294967295 bytes are more than 16777216");
	put_head();
	put(CODEC_BLOB_MAX + 1, 4);
	assert_refused("interrupt_controller: 16777217 bytes are more than 16777216");
	put_head();
	put(CODEC_BLOB_MAX, 4);
	assert_refused("interrupt_controller: cut short: 16777216 bytes are needed, 0 are left");
	put_head();
	put(0, 4);
	put(0xffffffff, 4);
	assert_refused("vcpus: cut short: 4294967295 entries do not fit into the 0 bytes left");
	put_head();
	put(0, 4);
	put(2, 4);
	put(0, 4);
	put(0xffffffff, 4);
	assert_refused("vcpus[1]: 4294967295 bytes");
	put_head();
	put(0, 8);
	put(0xffffffff, 4);
	assert_refused("devices: cut short: 4294967295 entries");
	put_first_device();
	put_device(4, 0, 0, 0, 0, 0);
	put(0, 1);
	assert_refused("devices[0].kind: unknown kind 4");
	put_first_device();
	put_device(0, 0, 0, 0, 0, 0);
	put(7, 1);
	assert_refused("devices[0].backing: unknown tag 7");
	put_first_device();
	put_device(0, 0, 0, 0, 0, 0);
	put(1, 1);
	put(CODEC_STRING_MAX + 1, 4);
	assert_refused("devices[0].backing.path: 65537 bytes are more than 65536");
	put_first_device();
	put_device(0, 0, 0, 0, 0, 0);
	put(2, 1);
	put_blob("path");
	put(0, 8);
	put_blob("\xff");
	assert_refused("devices[0].backing.mount: this is not UTF-8");
	put_first_device();
	put(0, 1 + 8);
	put(0, 8);
	put(0xffffffff, 4);
	put(0, 31);
	assert_refused("devices[0].queues: cut short: 4294967295 entries");
	put_first_device();
	put_device(1, 0, 0, 0, 0, 1);
	golden[golden_size - 29] = 2;
	assert_refused("devices[0].queues[0].ready: 2 is neither 0 nor 1");
	put_head();
	put(0, 12);
	put(2, 1);
	assert_refused("token: 2 is neither 0 nor 1");
	put_head();
	put(0, 13);
	put(1, 4);
	put(0, 20);
	put(9, 1);
	assert_refused("listeners[0].inet: 9 is neither 0 nor 1");
	put_head();
	put(0, 13);
	put(0xffffffff, 4);
	assert_refused("listeners: cut short: 4294967295 entries");
}

TEST(what_may_not_be_is_not_written)
{
	struct bytes big = { .bytes = calloc(1, CODEC_BLOB_MAX + 1), .size = CODEC_BLOB_MAX + 1 };
	struct snapshot_device device = { .kind = SNAPSHOT_BLOCK };
	struct snapshot_meta meta = {
		.interrupt_controller = big,
		.device_count = 1,
		.devices = &device,
	};
	size_t size;

	assert_non_null(big.bytes);
	assert_false(snapshot_meta_encode(&meta, NULL, 0, &size, error, sizeof(error)));
	assert_string_equal(error, "interrupt_controller: 16777217 bytes are more than 16777216");
	meta.interrupt_controller.size = CODEC_BLOB_MAX;
	assert_true(snapshot_meta_encode(&meta, NULL, 0, &size, error, sizeof(error)));
	device.backing.tag = SNAPSHOT_BACKING_DISK;
	device.backing.path = (struct bytes)BYTES("\xc0\x80");
	assert_false(snapshot_meta_encode(&meta, NULL, 0, &size, error, sizeof(error)));
	assert_string_equal(error, "devices[0].backing.path: this is not UTF-8");
	device.backing.path = (struct bytes) { big.bytes, CODEC_STRING_MAX };
	assert_true(snapshot_meta_encode(&meta, NULL, 0, &size, error, sizeof(error)));
	device.backing.path.size++;
	assert_false(snapshot_meta_encode(&meta, NULL, 0, &size, error, sizeof(error)));
	device.backing.tag = 4;
	assert_false(snapshot_meta_encode(&meta, NULL, 0, &size, error, sizeof(error)));
	assert_string_equal(error, "devices[0].backing: unknown tag 4");
	device.kind = 4;
	assert_false(snapshot_meta_encode(&meta, NULL, 0, &size, error, sizeof(error)));
	assert_string_equal(error, "devices[0].kind: unknown kind 4");
	free((void *)big.bytes);
}

static void mutate(__u8 *bytes, size_t *size)
{
	static const __u64 nasty[] = { 0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0xffffffff };
	__u64 value = nasty[random_below(COUNT(nasty))];
	size_t at = random_below(*size);

	switch (random_below(4)) {
	case 0:
		bytes[at] ^= 1 << random_below(8);
		break;
	case 1:
		bytes[at] = random_next();
		break;
	case 2:
		memcpy(bytes + at, &value, *size - at < 4 ? *size - at : 4);
		break;
	default:
		*size = at + 1;
		break;
	}
}

/* What is taken after a mutation is written as what was read. */
TEST(mutations_are_refused_or_valid)
{
	__u8 bytes[sizeof(golden)], again[sizeof(golden)];
	size_t taken = 0, size, used, written;
	struct snapshot_meta meta;

	print_message("# seed 0x%llx\n", random_state);
	make_full();
	for (int i = 0; i < MUTATIONS; i++) {
		__u8 *exact;

		memcpy(bytes, golden, golden_size);
		size = golden_size;
		for (__u64 n = 1 + random_below(4); n; n--)
			mutate(bytes, &size);
		exact = malloc(size);
		assert_non_null(exact);
		memcpy(exact, bytes, size);
		if (snapshot_meta_decode(&meta, exact, size, &used, error, sizeof(error))) {
			taken++;
			assert_true(snapshot_meta_encode(&meta, again, sizeof(again), &written,
							 error, sizeof(error)));
			assert_int_equal(written, used);
			assert_memory_equal(again, exact, used);
		} else {
			assert_string_not_equal(error, "");
		}
		snapshot_meta_free(&meta);
		free(exact);
	}
	/* Both happened, and often */
	assert_in_range(taken, MUTATIONS / 10, MUTATIONS - MUTATIONS / 10);
}

TEST_MAIN(NULL, NULL)
