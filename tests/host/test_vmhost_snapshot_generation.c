// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generations of clones: no two are the same, whoever restores the container, at
 * whatever time, and if a copy of it is restored.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "random.h"
#include "snapshot_sample.h"

#define TAKES	1000
#define CLONES	"clones"
#define COPY	"copy"
#define DAMAGED	"counter: it is damaged, so what a clone's generation must not be is not known"

static char directory[64];
static char error[300];

static __u64 dice[4];		/* what is drawn, if there are any */
static size_t dice_left;

/* In place of the C library's, for the code that is tested */
ssize_t getrandom(void *bytes, size_t size, unsigned int flags)
{
	if (!dice_left || size != sizeof(dice[0]))
		return syscall(SYS_getrandom, bytes, size, flags);
	memcpy(bytes, &dice[--dice_left], size);
	return size;
}

FIXTURE(enter)
{
	/* Others must come in as well, to see what they cannot do */
	strcpy(directory, "/tmp/vmhost-snapshot-XXXXXX");
	return !mkdtemp(directory) || chmod(directory, 0755) || chdir(directory);
}

FIXTURE(leave)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

FIXTURE(setup)
{
	sample_make(CLONES);
	return 0;
}

FIXTURE(teardown)
{
	dice_left = 0;
	return 0;
}

static bool try_take(const char *path, __u64 *generation)
{
	struct snapshot snapshot;
	bool good;

	if (!snapshot_open(&snapshot, path, true, error, sizeof(error)))
		return false;
	good = snapshot_take(&snapshot, generation, error, sizeof(error));
	snapshot_close(&snapshot);
	return good;
}

static __u64 take(const char *path)
{
	__u64 generation;

	if (!try_take(path, &generation))
		fail_msg("%s", error);
	return generation;
}

static void assert_refused(const char *words)
{
	__u64 generation;

	assert_false(try_take(CLONES, &generation));
	assert_string_equal(error, words);
}

static __u64 clones(const char *path)
{
	struct snapshot snapshot;
	__u64 count;

	assert_true(snapshot_open(&snapshot, path, false, error, sizeof(error)));
	assert_true(snapshot_clones(&snapshot, &count, error, sizeof(error)));
	snapshot_close(&snapshot);
	return count;
}

/* Overwrites the counter. */
static void set_counter(__u64 count)
{
	__u8 bytes[SNAPSHOT_COUNTER_SIZE];
	int fd = open(CLONES, O_RDWR);

	snapshot_counter(count, bytes);
	assert_int_equal(pwrite(fd, bytes, sizeof(bytes), SAMPLE_RAM), sizeof(bytes));
	close(fd);
}

/* Which clone's generation it is: what its low bits say */
static __u64 number_of(__u64 generation)
{
	unsigned int bits = __builtin_ctzll(generation) + 1;

	return 1ULL << (bits - 1) | (generation >> bits & ((1ULL << (bits - 1)) - 1));
}

TEST(the_number_can_be_read_from_the_generation)
{
	static const __u64 drawn[] = { 0, ~0ULL, 0x5555555555555555ULL };
	__u64 number;

	for (number = 1; number <= 5000; number++)
		for (size_t i = 0; i < COUNT(drawn); i++)
			assert_int_equal(number_of(snapshot_generation(number, drawn[i])), number);
	for (int i = 0; i < 100000; i++) {
		number = 1 + random_below(SNAPSHOT_CLONES_MAX);
		assert_int_equal(number_of(snapshot_generation(number, random_next())), number);
	}
	assert_int_equal(number_of(snapshot_generation(SNAPSHOT_CLONES_MAX, ~0ULL)),
			 SNAPSHOT_CLONES_MAX);
	/* The first clone's generation has 63 bits that are drawn */
	assert_true(snapshot_generation(1, 0) == 1);
	assert_true(snapshot_generation(1, ~0ULL) == ~0ULL);
}

TEST_F(clones_are_counted)
{
	__u64 first = take(CLONES), second = take(CLONES);

	assert_true(first != second);
	assert_int_equal(number_of(first), 1);
	assert_int_equal(number_of(second), 2);
	assert_int_equal(clones(CLONES), 2);
}

/* A new container counts its own. */
TEST_F(a_container_that_is_replaced_counts_from_0)
{
	take(CLONES);
	sample_make(CLONES);
	assert_int_equal(clones(CLONES), 0);
}

/* If all that is drawn is the same, the number alone tells the clones apart. */
TEST_F(generations_differ_without_luck)
{
	__u64 generations[4];

	for (size_t i = 0; i < COUNT(generations); i++) {
		dice[0] = 0;
		dice_left = 1;
		generations[i] = take(CLONES);
		assert_int_equal(dice_left, 0);
		for (size_t j = 0; j < i; j++)
			assert_true(generations[i] != generations[j]);
	}
}

/* What two copies count is the same; what is drawn is not. */
TEST_F(copies_differ)
{
	char output[200];

	assert_int_equal(test_shell("cp --sparse=always " CLONES " " COPY, output,
				    sizeof(output)), 0);
	assert_true(take(CLONES) != take(COPY));
}

/* The sample's own generation is one that a clone's could be. */
TEST_F(the_saved_generation_is_not_given_again)
{
	__u64 saved = sample_state.generation;
	unsigned int bits = __builtin_ctzll(saved) + 1;
	__u64 number = number_of(saved);

	set_counter(number - 1);
	dice[1] = saved >> (2 * bits - 1);
	dice[0] = dice[1] + 1;
	assert_true(snapshot_generation(number, dice[1]) == saved);
	dice_left = 2;
	assert_true(take(CLONES) == snapshot_generation(number, dice[0]));
	assert_int_equal(dice_left, 0);
}

/* A process of its own, which writes what it has taken to a pipe; its end to read */
static int take_many(void)
{
	__u64 generations[TAKES];
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	if (fork()) {
		close(ends[1]);
		return ends[0];
	}
	for (int i = 0; i < TAKES; i++)
		if (!try_take(CLONES, &generations[i]))
			_exit(1);
	_exit(write(ends[1], generations, sizeof(generations)) != sizeof(generations));
}

static int compare(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

TEST_F(two_processes_take_different_ones)
{
	static __u64 generations[2 * TAKES], numbers[2 * TAKES];
	int from[] = { take_many(), take_many() };
	int status;

	for (int i = 0; i < 2; i++) {
		__u64 *mine = generations + i * TAKES;
		ssize_t size = TAKES * sizeof(*mine);

		assert_int_equal(read(from[i], mine, size), size);
		close(from[i]);
	}
	for (int i = 0; i < 2; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	for (int i = 0; i < 2 * TAKES; i++)
		numbers[i] = number_of(generations[i]);
	qsort(generations, 2 * TAKES, sizeof(generations[0]), compare);
	for (int i = 1; i < 2 * TAKES; i++)
		assert_true(generations[i] != generations[i - 1]);
	qsort(numbers, 2 * TAKES, sizeof(numbers[0]), compare);
	for (int i = 0; i < 2 * TAKES; i++)
		assert_int_equal(numbers[i], i + 1);
	assert_int_equal(clones(CLONES), 2 * TAKES);
}

/* As somebody who may read the container and not write it */
static void try_without_rights(void)
{
	struct snapshot snapshot;
	__u64 generation;

	if (!geteuid() && setuid(65534))
		_exit(1);
	if (try_take(CLONES, &generation))
		_exit(2);
	if (strcmp(error, "Permission denied: clones are counted in the container: make it"
		   " writable, or restore from a copy (cp --sparse=always)"))
		_exit(3);
	_exit(!snapshot_open(&snapshot, CLONES, false, error, sizeof(error)));
}

TEST_F(a_container_that_cannot_be_written_gives_none)
{
	int status;

	assert_int_equal(chmod(CLONES, 0444), 0);
	if (!fork())
		try_without_rights();
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_int_equal(clones(CLONES), 0);
}

/* Nor one that is only open to look at it */
TEST_F(a_look_is_no_clone)
{
	struct snapshot snapshot;
	__u64 generation;

	assert_true(snapshot_open(&snapshot, CLONES, false, error, sizeof(error)));
	assert_false(snapshot_take(&snapshot, &generation, error, sizeof(error)));
	assert_string_equal(error, "counter: Bad file descriptor");
	snapshot_close(&snapshot);
}

TEST_F(a_damaged_counter_gives_none)
{
	int fd = open(CLONES, O_RDWR);
	__u8 byte = 1;

	for (int i = 0; i < SNAPSHOT_COUNTER_SIZE; i++) {
		set_counter(0);
		assert_int_equal(pwrite(fd, &byte, 1, SAMPLE_RAM + i), 1);
		assert_refused(DAMAGED);
	}
	close(fd);
}

TEST_F(the_counter_has_an_end)
{
	set_counter(SNAPSHOT_CLONES_MAX - 1);
	assert_int_equal(number_of(take(CLONES)), SNAPSHOT_CLONES_MAX);
	assert_refused("counter: it is at its end: restore the machine and make a new container"
		       " of it");
	set_counter(SNAPSHOT_CLONES_MAX + 1);
	assert_refused(DAMAGED);
}

TEST_MAIN(enter, leave)
