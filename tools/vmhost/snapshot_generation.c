// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot_generation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>
#include <zlib.h>

#define COUNTED	8	/* bytes of the counter that its check goes over */

static bool layout(struct codec *c, __u64 *clones, __u32 *check, __u32 *zero)
{
	return codec_u64(c, "clones", clones) && codec_u32(c, "check", check) &&
	       codec_u32(c, "zero", zero);
}

void snapshot_counter(__u64 clones, __u8 *bytes)
{
	struct codec codec;
	__u32 check = 0, zero = 0;
	char error[200];

	codec_write(&codec, bytes, SNAPSHOT_COUNTER_SIZE, error, sizeof(error));
	layout(&codec, &clones, &check, &zero);
	check = crc32(0, bytes, COUNTED);
	codec_write(&codec, bytes, SNAPSHOT_COUNTER_SIZE, error, sizeof(error));
	layout(&codec, &clones, &check, &zero);
}

static bool fail(char *error, size_t size, const char *what)
{
	snprintf(error, size, "counter: %s", what);
	return false;
}

static off_t place(const struct snapshot *snapshot)
{
	return snapshot->parts[SNAPSHOT_RAM].length;
}

static bool count(const struct snapshot *snapshot, __u64 *clones, char *error, size_t size)
{
	__u8 bytes[SNAPSHOT_COUNTER_SIZE];
	__u32 check, zero;
	struct codec codec;
	char what[200];
	ssize_t got = pread(snapshot->fd, bytes, sizeof(bytes), place(snapshot));

	if (got < 0)
		return fail(error, size, strerror(errno));
	codec_read(&codec, bytes, got, what, sizeof(what));
	if (!layout(&codec, clones, &check, &zero))
		return fail(error, size, what);
	if (check != crc32(0, bytes, COUNTED) || zero || *clones > SNAPSHOT_CLONES_MAX)
		return fail(error, size,
			    "it is damaged, so what a clone's generation must not be is not known");
	return true;
}

bool snapshot_clones(const struct snapshot *snapshot, __u64 *clones, char *error, size_t size)
{
	bool good;

	if (flock(snapshot->fd, LOCK_SH))
		return fail(error, size, strerror(errno));
	good = count(snapshot, clones, error, size);
	flock(snapshot->fd, LOCK_UN);
	return good;
}

__u64 snapshot_generation(__u64 number, __u64 drawn)
{
	unsigned int bits = 64 - __builtin_clzll(number);
	__u64 rest = number & ~(1ULL << (bits - 1));

	/*
	 * From the lowest bit on: bits - 1 zeros, a one, and the number without its first
	 * bit, which is a one as well (an Elias gamma code). The zeros tell how long it is,
	 * so no number's code begins as another's, and small numbers leave most bits free.
	 */
	return drawn << (2 * bits - 1) | rest << bits | 1ULL << (bits - 1);
}

static bool draw(const struct snapshot *snapshot, __u64 number, __u64 *generation, char *error,
		 size_t size)
{
	__u64 drawn;

	do {
		if (getrandom(&drawn, sizeof(drawn), 0) != sizeof(drawn))
			return fail(error, size, strerror(errno));
		*generation = snapshot_generation(number, drawn);
	} while (*generation == snapshot->state.generation);
	return true;
}

static bool count_one(const struct snapshot *snapshot, __u64 *number, char *error, size_t size)
{
	__u8 bytes[SNAPSHOT_COUNTER_SIZE];
	ssize_t written;

	if (!count(snapshot, number, error, size))
		return false;
	if (*number == SNAPSHOT_CLONES_MAX)
		return fail(error, size,
			    "it is at its end: restore the machine and make a new container of it");
	snapshot_counter(++*number, bytes);
	written = pwrite(snapshot->fd, bytes, sizeof(bytes), place(snapshot));
	if (written != sizeof(bytes))
		return fail(error, size,
			    written < 0 ? strerror(errno) : "not all of it was written");
	return !fdatasync(snapshot->fd) || fail(error, size, strerror(errno));
}

bool snapshot_take(struct snapshot *snapshot, __u64 *generation, char *error, size_t size)
{
	__u64 number;
	bool good;

	if (flock(snapshot->fd, LOCK_EX))
		return fail(error, size, strerror(errno));
	good = count_one(snapshot, &number, error, size);
	flock(snapshot->fd, LOCK_UN);
	return good && draw(snapshot, number, generation, error, size);
}
