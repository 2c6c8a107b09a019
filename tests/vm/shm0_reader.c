// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of ClockBound's shm0. Every step is one that the unmodified client takes;
 * where that goes on without a word, this one fails.
 */
#include "shm0_reader.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NS	1000000000LL

/* So often a writer may get in the way. */
#define TRIES	1000000

/* Nobody's VMClock structure is longer than this. */
#define VMCLOCK_MAX	65536

#define GET(type, base, offset) ({					\
	type _value;							\
	memcpy(&_value, (const char *)(base) + (offset), sizeof(_value));	\
	_value; })

/**
 * shm0_open() - open a segment
 * @reader: filled in
 * @path: of the segment
 *
 * Return: whether the client would take it.
 */
bool shm0_open(struct shm0_reader *reader, const char *path)
{
	unsigned char header[16];
	void *segment;
	uint32_t size;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	memset(reader, 0, sizeof(*reader));
	if (fd < 0)
		return false;
	if (read(fd, header, sizeof(header)) != sizeof(header))
		goto refuse;
	size = GET(uint32_t, header, 8);
	reader->generation = GET(uint16_t, header, 14);
	if (GET(uint32_t, header, 0) != 0x414D5A4E || GET(uint32_t, header, 4) != 0x43420200 ||
	    GET(uint16_t, header, 12) != 2 || size < 80 || !reader->generation)
		goto refuse;
	segment = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (segment == MAP_FAILED)
		goto refuse;
	close(fd);
	reader->segment = segment;
	reader->size = size;
	return true;

refuse:
	close(fd);
	return false;
}

/**
 * shm0_close() - unmap it
 * @reader: open
 */
void shm0_close(struct shm0_reader *reader)
{
	munmap((void *)reader->segment, reader->size);
	if (reader->vmclock)
		munmap((void *)reader->vmclock, reader->vmclock_size);
}

static uint16_t generation(const struct shm0_reader *reader)
{
	return __atomic_load_n((const volatile uint16_t *)(reader->segment + 14),
			       __ATOMIC_ACQUIRE);
}

/**
 * shm0_take() - a consistent copy of what the segment says
 * @reader: open
 * @snapshot: where it goes
 *
 * Return: false if the generation is 0, if the writer never gets out of the way, or
 * if there is a value that the client takes for undefined behaviour.
 */
bool shm0_take(const struct shm0_reader *reader, struct shm0_snapshot *snapshot)
{
	unsigned char copy[80];
	int tries;
	size_t i;

	for (tries = TRIES; tries; tries--) {
		snapshot->generation = generation(reader);
		if (!snapshot->generation)
			return false;
		if (snapshot->generation & 1)
			continue;
		for (i = 0; i < sizeof(copy); i++)
			copy[i] = reader->segment[i];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (generation(reader) == snapshot->generation)
			break;
	}
	snapshot->as_of = GET(int64_t, copy, 16) * NS + GET(int64_t, copy, 24);
	snapshot->void_after = GET(int64_t, copy, 32) * NS + GET(int64_t, copy, 40);
	snapshot->bound = GET(int64_t, copy, 48);
	snapshot->marker = GET(uint64_t, copy, 56);
	snapshot->max_drift = GET(uint32_t, copy, 64);
	snapshot->status = GET(int32_t, copy, 68);
	snapshot->support = copy[72];
	return tries && snapshot->status >= SHM0_UNKNOWN && snapshot->status <= SHM0_DISRUPTED &&
	       snapshot->support <= 1 && snapshot->bound >= 0;
}

/**
 * shm0_evaluate() - the interval of a moment
 * @snapshot: taken before that moment
 * @realtime: CLOCK_REALTIME, ns
 * @mono: CLOCK_MONOTONIC_COARSE, read after it, ns
 * @now: where the interval and the status go
 *
 * Return: false for what the client calls malformed or a breach of causality.
 */
bool shm0_evaluate(const struct shm0_snapshot *snapshot, int64_t realtime, int64_t mono,
		   struct shm0_now *now)
{
	int64_t elapsed = mono - snapshot->as_of, bound;

	if (elapsed <= -1000 || snapshot->max_drift >= NS)
		return false;
	if (elapsed < 0)
		elapsed = 0;
	bound = snapshot->bound + (int64_t)((double)elapsed / NS * snapshot->max_drift);
	now->earliest = realtime - bound;
	now->latest = realtime + bound;
	now->status = snapshot->status;
	if (snapshot->status == SHM0_UNKNOWN || snapshot->status == SHM0_DISRUPTED ||
	    mono < snapshot->as_of + 5 * NS)
		return true;
	now->status = mono < snapshot->void_after ? SHM0_FREE_RUNNING : SHM0_UNKNOWN;
	return true;
}

static bool open_vmclock(struct shm0_reader *reader)
{
	static unsigned char header[VMCLOCK_MAX];
	int fd = open(VMCLOCK_PATH, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t done;
	void *page;

	if (fd < 0)
		return false;
	/* To the end of file; a file without an end would be read for ever. */
	do {
		done = read(fd, header + size, sizeof(header) - size);
		size += done > 0 ? done : 0;
	} while (done > 0);
	if (done < 0 || size < 104 || size == sizeof(header) || memcmp(header, "VCLK", 4) ||
	    GET(uint16_t, header, 8) != 1 || GET(uint32_t, header, 4) < 104)
		goto refuse;
	reader->vmclock_size = GET(uint32_t, header, 4);
	page = mmap(NULL, reader->vmclock_size, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		goto refuse;
	close(fd);
	reader->vmclock = page;
	return true;

refuse:
	close(fd);
	return false;
}

/**
 * shm0_check_marker() - what the VMClock page has to say of it, last
 * @reader: open
 * @snapshot: what @now was made of
 * @now: becomes UNKNOWN if the marker is another one
 *
 * Return: false if the page is needed and cannot be had.
 */
bool shm0_check_marker(struct shm0_reader *reader, const struct shm0_snapshot *snapshot,
		       struct shm0_now *now)
{
	if (!snapshot->support)
		return true;
	if (!reader->vmclock && !open_vmclock(reader))
		return false;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (*(const volatile uint64_t *)(reader->vmclock + 0x10) != snapshot->marker)
		now->status = SHM0_UNKNOWN;
	return true;
}
