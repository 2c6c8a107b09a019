// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions: each refusal by its name and in its order, the vectors of the family that
 * they are from, and that no access leaves a slice.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "region.h"

#define RW		(PROT_READ | PROT_WRITE)
#define ANONYMOUS	(MAP_ANONYMOUS | MAP_NORESERVE | MAP_PRIVATE)
#define SHARED		(MAP_NORESERVE | MAP_SHARED)
#define TEXT		200

static struct region region, other;
static struct region_error error;

FIXTURE(setup)
{
	region = (struct region) { .file = -1 };
	other = region;
	memset(&error, 0, sizeof(error));
	return 0;
}

FIXTURE(teardown)
{
	region_release(&region);
	region_release(&other);
	return 0;
}

static int new_file(off_t size)
{
	int file = memfd_create("region", MFD_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(ftruncate(file, size), 0);
	return file;
}

static bool is_open(int file)
{
	return fcntl(file, F_GETFD) != -1;
}

static bool is_mapped(const volatile void *address)
{
	return !msync((void *)address, 4096, MS_ASYNC);
}

static void assert_empty(const struct region *refused)
{
	assert_null(refused->memory.start);
	assert_int_equal(refused->memory.size, 0);
	assert_int_equal(refused->file, -1);
}

/* Of a file of @file_size bytes; the descriptor stays the caller's. */
static void assert_refused(off_t file_size, __u64 offset, size_t size, int flags,
			   enum region_refusal refusal)
{
	int file = new_file(file_size);

	memset(&region, 0x55, sizeof(region));
	assert_false(region_build(&region, file, offset, size, RW, flags, &error));
	assert_int_equal(error.refusal, refusal);
	assert_true(error.offset == offset && error.size == size);
	assert_empty(&region);
	assert_true(is_open(file));
	close(file);
}

static void assert_text(const char *expected)
{
	char text[TEXT];

	region_error_text(&error, text, sizeof(text));
	assert_string_equal(text, expected);
	assert_null(strchr(text, '\n'));
}

TEST_F(map_fixed)
{
	assert_refused(8192, 0, 4096, MAP_SHARED | MAP_FIXED, REGION_MAP_FIXED);
	assert_text("the kernel chooses a region's address: flags 0x11 are not allowed");
	assert_false(region_build(&region, -1, 0, 4096, RW, ANONYMOUS | MAP_FIXED, &error));
	assert_int_equal(error.refusal, REGION_MAP_FIXED);
	/* It asks for an address as well. */
	assert_false(region_build(&region, -1, 0, 4096, RW, ANONYMOUS | MAP_FIXED_NOREPLACE,
				  &error));
	assert_int_equal(error.refusal, REGION_MAP_FIXED);
	assert_empty(&region);
}

TEST_F(invalid_offset_length)
{
	assert_refused(8192, ~0ULL, 1000, SHARED, REGION_INVALID_OFFSET_LENGTH);
	assert_text("no file can be so long: offset 18446744073709551615 and 1000 bytes");
	assert_refused(8192, ~0ULL, 1, SHARED, REGION_INVALID_OFFSET_LENGTH);
	assert_refused(8192, 1, ~(size_t)0, SHARED, REGION_INVALID_OFFSET_LENGTH);
	/* One byte less can be said, but no file has it. */
	assert_refused(8192, ~0ULL - 1000, 1000, SHARED, REGION_MAPPING_PAST_EOF);
}

TEST_F(mapping_past_eof)
{
	assert_refused(0, 4096, 1000, SHARED, REGION_MAPPING_PAST_EOF);
	assert_text("the file is too short for offset 4096 and 1000 bytes, it has 0");
	assert_refused(8192, 4096, 4097, SHARED, REGION_MAPPING_PAST_EOF);
	assert_int_equal(error.limit, 8192);
	assert_refused(8191, 4096, 4096, SHARED, REGION_MAPPING_PAST_EOF);
}

TEST_F(mmap_fails)
{
	assert_refused(8192, 0, 0, SHARED, REGION_MMAP);
	assert_int_equal(error.code, EINVAL);
	assert_text("cannot map 0 bytes at offset 0: Invalid argument: "
		    "there must be some, and the offset must be a multiple of the page size");

	assert_false(region_anonymous(&region, 0, &error));
	assert_int_equal(error.refusal, REGION_MMAP);
	assert_int_equal(error.code, EINVAL);

	assert_refused(10 << 10, 4095, 1000, SHARED, REGION_MMAP);
	assert_int_equal(error.code, EINVAL);

	assert_false(region_anonymous(&region, ~(size_t)0 >> 1, &error));
	assert_int_equal(error.refusal, REGION_MMAP);
	assert_int_equal(error.code, ENOMEM);
	assert_text("cannot map 9223372036854775807 bytes at offset 0: Cannot allocate memory");
}

TEST_F(a_descriptor_that_cannot_be_mapped)
{
	int closed = new_file(4096);
	int pipes[2];

	close(closed);
	assert_false(region_of_file(&region, closed, 0, 4096, &error));
	assert_int_equal(error.refusal, REGION_MMAP);
	assert_int_equal(error.code, EBADF);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_false(region_of_file(&region, pipes[0], 0, 4096, &error));
	assert_int_equal(error.refusal, REGION_MAPPING_PAST_EOF);
	close(pipes[0]);
	close(pipes[1]);
}

/* All is wrong; then one thing after the other is put right. */
TEST_F(the_order_of_refusals)
{
	assert_refused(0, ~0ULL, 1000, SHARED | MAP_FIXED, REGION_MAP_FIXED);
	assert_refused(0, ~0ULL, 1000, SHARED, REGION_INVALID_OFFSET_LENGTH);
	assert_refused(0, 4095, 1000, SHARED, REGION_MAPPING_PAST_EOF);
	assert_refused(10 << 10, 4095, 1000, SHARED, REGION_MMAP);
}

TEST_F(anonymous)
{
	assert_true(region_anonymous(&region, 4096, &error));
	assert_non_null(region.memory.start);
	assert_int_equal(region.memory.size, 4096);
	assert_int_equal(region.prot, PROT_READ | PROT_WRITE);
	assert_int_equal(region.flags, MAP_ANONYMOUS | MAP_NORESERVE | MAP_PRIVATE);
	assert_int_equal(region.file, -1);
	assert_int_equal(region.offset, 0);
	region_store64(region.memory, 4088, 5, __ATOMIC_RELAXED);
	assert_int_equal(region_load64(region.memory, 4088, __ATOMIC_RELAXED), 5);
}

TEST_F(a_part_of_a_file)
{
	int file = new_file(10 << 10);

	assert_int_equal(pwrite(file, "abc", 3, 5093), 3);
	assert_true(region_of_file(&region, file, 4096, 1000, &error));
	assert_int_equal(region.memory.size, 1000);
	assert_int_equal(region.prot, PROT_READ | PROT_WRITE);
	assert_int_equal(region.flags, MAP_NORESERVE | MAP_SHARED);
	assert_int_equal(region.file, file);
	assert_int_equal(region.offset, 4096);
	assert_int_equal(region.memory.start[999], 'c');
	/* It is shared: the file has what was written here. */
	region_store32(region.memory, 0, 0x12345678, __ATOMIC_RELAXED);
	assert_int_equal(pread(file, &error, 4, 4096), 4);
	assert_memory_equal(&error, "\x78\x56\x34\x12", 4);
}

TEST_F(up_to_the_end_of_the_file)
{
	assert_true(region_of_file(&region, new_file(8192), 4096, 4096, &error));
	assert_true(region_of_file(&other, new_file(4097), 4096, 1, &error));
}

TEST_F(protection_and_flags_as_asked)
{
	assert_true(region_build(&region, new_file(4096), 0, 4096, PROT_READ, MAP_PRIVATE,
				 &error));
	assert_int_equal(region.prot, PROT_READ);
	assert_int_equal(region.flags, MAP_PRIVATE);
	assert_int_equal(mprotect((void *)region.memory.start, 4096, RW), 0);
	region_store32(region.memory, 0, 5, __ATOMIC_RELAXED);
	assert_int_equal(pread(region.file, &error, 4, 0), 4);
	assert_memory_equal(&error, "\0\0\0\0", 4);
}

TEST_F(release_unmaps)
{
	int file = new_file(8192);
	const volatile void *address;

	assert_true(region_of_file(&region, file, 4096, 4096, &error));
	address = region.memory.start;
	assert_true(is_mapped(address));
	assert_true(is_open(file));
	region_release(&region);
	assert_false(is_mapped(address));
	assert_false(is_open(file));
	assert_empty(&region);

	assert_true(region_anonymous(&region, 4096, &error));
	address = region.memory.start;
	assert_true(is_mapped(address));
	region_release(&region);
	assert_false(is_mapped(address));

	/* A second time it does nothing, nor to one that never was. Descriptor 0 stays. */
	region_release(&region);
	region = (struct region) { .file = 0 };
	region_release(&region);
	assert_true(is_open(0));
}

static void build_two(int a, __u64 a_offset, size_t a_size, int b, __u64 b_offset,
		      size_t b_size)
{
	region_release(&region);
	region_release(&other);
	assert_true(region_of_file(&region, a, a_offset, a_size, &error));
	assert_true(region_of_file(&other, b, b_offset, b_size, &error));
}

static void assert_apart(void)
{
	assert_true(region_apart(&region, &other, &error));
	assert_true(region_apart(&other, &region, &error));
}

static void assert_overlap(__u64 offset, __u64 size)
{
	assert_false(region_apart(&region, &other, &error));
	assert_int_equal(error.refusal, REGION_MAPPING_OVERLAP);
	assert_int_equal(error.offset, offset);
	assert_int_equal(error.size, size);
	assert_false(region_apart(&other, &region, &error));
	assert_int_equal(error.refusal, REGION_MAPPING_OVERLAP);
	assert_int_equal(error.offset, offset);
	assert_int_equal(error.size, size);
}

TEST_F(mapping_overlap)
{
	int file = new_file(16384);

	build_two(dup(file), 0, 4096, dup(file), 4096, 4096);
	assert_apart();
	build_two(dup(file), 0, 5000, dup(file), 4096, 4096);
	assert_overlap(4096, 904);
	assert_text("two regions overlap: both have 904 bytes from offset 4096 of one file on");
	build_two(dup(file), 0, 4097, dup(file), 4096, 4096);
	assert_overlap(4096, 1);
	/* One inside of the other, and both the same */
	build_two(dup(file), 0, 16384, dup(file), 8192, 100);
	assert_overlap(8192, 100);
	build_two(dup(file), 4096, 4096, dup(file), 4096, 4096);
	assert_overlap(4096, 4096);
	close(file);
}

TEST_F(two_files_never_overlap)
{
	build_two(new_file(16384), 0, 5000, new_file(16384), 4096, 4096);
	assert_apart();
}

/* Two descriptors that were opened one by one, even by two names, are one file. */
TEST_F(the_same_file_is_one_by_its_inode)
{
	char path[] = "/tmp/vmhost-region-XXXXXX", link_path[64];
	int first = mkstemp(path);

	assert_true(first >= 0);
	assert_int_equal(ftruncate(first, 8192), 0);
	snprintf(link_path, sizeof(link_path), "%s.link", path);
	assert_int_equal(link(path, link_path), 0);
	build_two(first, 0, 4096, open(link_path, O_RDWR | O_CLOEXEC), 0, 4096);
	assert_overlap(0, 4096);
	unlink(path);
	unlink(link_path);
}

TEST_F(anonymous_regions_never_overlap)
{
	assert_true(region_anonymous(&region, 4096, &error));
	assert_true(region_anonymous(&other, 4096, &error));
	assert_apart();
	region_release(&other);
	assert_true(region_of_file(&other, new_file(4096), 0, 4096, &error));
	assert_apart();
}

static void assert_no_slice(struct region_slice from, __u64 offset, __u64 count,
			    enum region_refusal refusal)
{
	struct region_slice slice = { NULL, 77 };

	assert_false(region_slice(from, offset, count, &slice, &error));
	assert_int_equal(error.refusal, refusal);
	assert_true(error.offset == offset && error.size == count);
	/* Nothing was given. */
	assert_null(slice.start);
	assert_int_equal(slice.size, 77);
}

TEST_F(out_of_bounds)
{
	assert_true(region_anonymous(&region, 4096, &error));
	assert_no_slice(region.memory, 0, 4097, REGION_OUT_OF_BOUNDS);
	assert_int_equal(error.address, 4097);
	assert_int_equal(error.limit, 4096);
	assert_text("address 4097 is out of bounds: the memory has 4096 bytes");
	assert_no_slice(region.memory, 4096, 1, REGION_OUT_OF_BOUNDS);
	assert_int_equal(error.address, 4097);
	assert_no_slice(region.memory, 4097, 0, REGION_OUT_OF_BOUNDS);
	assert_int_equal(error.address, 4097);
	assert_no_slice(region.memory, 4000, 100, REGION_OUT_OF_BOUNDS);
	assert_int_equal(error.address, 4100);
	assert_no_slice(region.memory, ~0ULL, 0, REGION_OUT_OF_BOUNDS);
	assert_true(error.address == ~0ULL);
}

TEST_F(overflow)
{
	assert_true(region_anonymous(&region, 4096, &error));
	assert_no_slice(region.memory, ~0ULL, 1, REGION_OVERFLOW);
	assert_text("no memory has so much: offset 18446744073709551615 and 1 bytes");
	assert_no_slice(region.memory, 1, ~0ULL, REGION_OVERFLOW);
	/* The sum alone would be inside. */
	assert_no_slice(region.memory, ~0ULL - 9, 20, REGION_OVERFLOW);
}

TEST_F(at_the_very_end)
{
	static const char bytes[] = "last";
	struct region_slice slice;
	char back[4];

	assert_true(region_anonymous(&region, 4096, &error));
	assert_true(region_slice(region.memory, 4092, 4, &slice, &error));
	assert_int_equal(slice.size, 4);
	region_write(slice, bytes);
	region_read(slice, back);
	assert_memory_equal(back, bytes, 4);
	assert_int_equal(region.memory.start[4095], 't');
	assert_int_equal(region.memory.start[4091], 0);

	assert_true(region_slice(region.memory, 4096, 0, &slice, &error));
	assert_int_equal(slice.size, 0);
	region_write(slice, NULL);
	region_read(slice, NULL);
	assert_true(region_slice(region.memory, 0, 4096, &slice, &error));
}

TEST_F(a_slice_of_a_slice)
{
	struct region_slice outer, inner;

	assert_true(region_anonymous(&region, 4096, &error));
	assert_true(region_slice(region.memory, 100, 50, &outer, &error));
	assert_true(region_slice(outer, 40, 10, &inner, &error));
	region_write(inner, "0123456789");
	assert_int_equal(region.memory.start[140], '0');
	assert_int_equal(region.memory.start[149], '9');
	assert_int_equal(region.memory.start[150], 0);
	/* The region has more than it, the slice has not. */
	assert_no_slice(outer, 41, 10, REGION_OUT_OF_BOUNDS);
	assert_int_equal(error.address, 51);
}

TEST_F(numbers)
{
	static const int loads[] = { __ATOMIC_RELAXED, __ATOMIC_ACQUIRE };
	static const int stores[] = { __ATOMIC_RELAXED, __ATOMIC_RELEASE };
	struct region_slice memory;

	assert_true(region_anonymous(&region, 4096, &error));
	memory = region.memory;
	for (size_t i = 0; i < COUNT(loads); i++) {
		region_store32(memory, 4092, 0x01020304 + i, stores[i]);
		assert_int_equal(region_load32(memory, 4092, loads[i]), 0x01020304 + i);
		assert_int_equal(memory.start[4092], 4 + i);
		assert_int_equal(memory.start[4091], 0);
		region_store64(memory, 4080, 0x0102030405060708 + i, stores[i]);
		assert_true(region_load64(memory, 4080, loads[i]) == 0x0102030405060708 + i);
		assert_int_equal(memory.start[4087], 1);
		assert_int_equal(memory.start[4088], 0);
	}
}

/* In a process of its own: how it ended, 0 or the signal */
static int signal_of(void (*act)(struct region_slice slice, size_t offset),
		     struct region_slice slice, size_t offset)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		signal(SIGBUS, SIG_DFL);	/* cmocka has a handler */
		act(slice, offset);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void load32(struct region_slice slice, size_t offset)
{
	region_load32(slice, offset, __ATOMIC_RELAXED);
}

static void load64(struct region_slice slice, size_t offset)
{
	region_load64(slice, offset, __ATOMIC_RELAXED);
}

static void store32(struct region_slice slice, size_t offset)
{
	region_store32(slice, offset, 1, __ATOMIC_RELAXED);
}

static void store64(struct region_slice slice, size_t offset)
{
	region_store64(slice, offset, 1, __ATOMIC_RELAXED);
}

/* The memory goes on behind the slice: nothing but the check stops them. */
TEST_F(a_number_outside_ends_the_program)
{
	struct region_slice slice, odd;

	assert_true(region_anonymous(&region, 4096, &error));
	assert_true(region_slice(region.memory, 0, 64, &slice, &error));
	assert_true(region_slice(region.memory, 2, 64, &odd, &error));
	assert_int_equal(signal_of(load32, slice, 60), 0);
	assert_int_equal(signal_of(store32, slice, 60), 0);
	assert_int_equal(signal_of(load64, slice, 56), 0);
	assert_int_equal(signal_of(store64, slice, 56), 0);

	assert_int_equal(signal_of(load32, slice, 64), SIGABRT);
	assert_int_equal(signal_of(store32, slice, 64), SIGABRT);
	assert_int_equal(signal_of(load64, slice, 64), SIGABRT);
	assert_int_equal(signal_of(store64, slice, 64), SIGABRT);
	assert_int_equal(signal_of(load32, slice, 68), SIGABRT);
	assert_int_equal(signal_of(load64, slice, ~(size_t)7), SIGABRT);

	/* Partly outside, where it would be aligned */
	slice.size = 62;
	assert_int_equal(signal_of(load32, slice, 60), SIGABRT);
	assert_int_equal(signal_of(store64, slice, 56), SIGABRT);

	/* The other side could see half of it. */
	assert_int_equal(signal_of(load32, slice, 2), SIGABRT);
	assert_int_equal(signal_of(load64, slice, 4), SIGABRT);
	assert_int_equal(signal_of(store32, odd, 4), SIGABRT);
	assert_int_equal(signal_of(store32, odd, 2), 0);
}

/* What nothing here protects from, as region.h says */
TEST_F(a_file_that_shrinks_is_sigbus)
{
	assert_true(region_of_file(&region, new_file(8192), 0, 8192, &error));
	assert_int_equal(ftruncate(region.file, 4096), 0);
	assert_int_equal(signal_of(load32, region.memory, 0), 0);
	assert_int_equal(signal_of(load32, region.memory, 4096), SIGBUS);
}

/* A seal does. */
TEST_F(a_sealed_file_does_not_shrink)
{
	int file = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(file, 8192), 0);
	assert_int_equal(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	assert_true(region_of_file(&region, file, 0, 8192, &error));
	assert_int_equal(ftruncate(file, 4096), -1);
	assert_int_equal(errno, EPERM);
}

TEST_MAIN(NULL, NULL)
