// SPDX-License-Identifier: GPL-2.0-only
/*
 * ClockBound's own functions on a segment that ClockBound's own daemon writes, and
 * what paths lead to. The segment is written here from the protocol's description,
 * byte by byte.
 */
#include "test.h"

#include <clockbound.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fake_device.h"
#include "write_page.h"

/* The pure part is tested for itself, too. */
#include "../../tools/lib/segment_eval.c"

#define S		1000000000LL
#define MARKER		77

/* Offsets in the segment, and in the VMClock page. */
#define SIZE		8
#define VERSION		12
#define GENERATION	14
#define AS_OF		16
#define VOID_AFTER	32
#define BOUND		48
#define SHM_MARKER	56
#define DRIFT		64
#define STATUS		68
#define SUPPORT		72
#define SEGMENT_SIZE	80
#define VMCLOCK_SEQ	0x0c
#define VMCLOCK_MARKER	0x10

static struct fake_device fake;
static char directory[32];
static char segment_path[64], vmclock_path[64], link_path[64];
static char *segment, *vmclock;

/* What the C library's functions say here. */
static const char *default_shm;		/* at ClockBound's path */
static const char *device_path;		/* at /dev/clockbound */
static int segment_is_device;
static int clocks_faked;
static struct timespec realtime, coarse;
static void (*at_realtime)(void);
static void (*at_vmclock)(void);

int open(const char *path, int flags, ...)
{
	void (*hook)(void) = at_vmclock;

	if (hook && !strcmp(path, vmclock_path)) {
		at_vmclock = NULL;
		hook();
	}
	if (!strcmp(path, CLOCKBOUND_DEVICE_PATH))
		path = device_path;
	if (!strcmp(path, CLOCKBOUND_SHM_DEFAULT_PATH))
		path = default_shm;
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

int fstat(int fd, struct stat *stat)
{
	struct stat of_segment;
	int error = (int)syscall(SYS_newfstatat, fd, "", stat, AT_EMPTY_PATH);

	syscall(SYS_newfstatat, AT_FDCWD, segment_path, &of_segment, 0);
	if (segment_is_device && stat->st_ino == of_segment.st_ino)
		stat->st_mode = S_IFCHR | 0444;
	return error;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	if (!clocks_faked)
		return (int)syscall(SYS_clock_gettime, clock, now);
	if (clock == CLOCK_REALTIME && at_realtime)
		at_realtime();
	assert_true(clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC_COARSE);
	*now = clock == CLOCK_REALTIME ? realtime : coarse;
	return 0;
}

static void put16(char *page, size_t offset, uint16_t value)
{
	memcpy(page + offset, &value, sizeof(value));
}

static void put32(char *page, size_t offset, uint32_t value)
{
	memcpy(page + offset, &value, sizeof(value));
}

static void put64(char *page, size_t offset, int64_t value)
{
	memcpy(page + offset, &value, sizeof(value));
}

static void put_time(char *page, size_t offset, int64_t ns)
{
	put64(page, offset, ns / S);
	put64(page, offset + 8, ns % S);
}

static char *map_new(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC);
	char *page;

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(page != MAP_FAILED);
	close(fd);
	return page;
}

/* The first segment of the vectors. */
static void fill_segment(void)
{
	static const unsigned char magic[] = { 0x4e, 0x5a, 0x4d, 0x41, 0, 2, 0x42, 0x43 };

	memset(segment, 0, SEGMENT_SIZE);
	memcpy(segment, magic, sizeof(magic));
	put32(segment, SIZE, SEGMENT_SIZE);
	put16(segment, VERSION, 2);
	put16(segment, GENERATION, 2);
	put_time(segment, AS_OF, 0);
	put_time(segment, VOID_AFTER, 10 * S);
	put64(segment, BOUND, 10000);
	put64(segment, SHM_MARKER, MARKER);
	put32(segment, DRIFT, 1000);
	put32(segment, STATUS, 1);
}

static void set_clocks(int64_t realtime_ns, int64_t coarse_ns)
{
	realtime = (struct timespec) { realtime_ns / S, realtime_ns % S };
	coarse = (struct timespec) { coarse_ns / S, coarse_ns % S };
	clocks_faked = 1;
}

FIXTURE(setup)
{
	fake_device_create(&fake);
	strcpy(directory, "/tmp/clockbound-test-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(segment_path, sizeof(segment_path), "%s/shm0", directory);
	snprintf(vmclock_path, sizeof(vmclock_path), "%s/vmclock0", directory);
	snprintf(link_path, sizeof(link_path), "%s/link", directory);
	segment = map_new(segment_path);
	vmclock = map_new(vmclock_path);
	fill_segment();
	memcpy(vmclock, "VCLK", 4);
	put32(vmclock, 4, 4096);
	put16(vmclock, 8, 1);
	put64(vmclock, VMCLOCK_MARKER, MARKER);
	default_shm = "/nonexistent/shm0";
	device_path = "/nonexistent/clockbound";
	segment_is_device = 0;
	at_realtime = NULL;
	at_vmclock = NULL;
	set_clocks(2 * S, 2 * S);
	return 0;
}

FIXTURE(teardown)
{
	clocks_faked = 0;
	munmap(segment, 4096);
	munmap(vmclock, 4096);
	unlink(segment_path);
	unlink(vmclock_path);
	unlink(link_path);
	rmdir(directory);
	fake_device_remove(&fake);
	return 0;
}

static clockbound_ctx *open_both(void)
{
	clockbound_err err = { 0 };
	clockbound_ctx *ctx = clockbound_vmclock_open(segment_path, vmclock_path, &err);

	if (!ctx)
		fail_msg("kind %d, errno %d, %s", err.kind, err.sys_errno, err.detail);
	return ctx;
}

static int64_t ns(struct timespec time)
{
	return time.tv_sec * S + time.tv_nsec;
}

static void assert_now(clockbound_ctx *ctx, int64_t middle, int64_t bound,
		       clockbound_clock_status status)
{
	clockbound_now_result result;

	memset(&result, 0xff, sizeof(result));
	assert_null(clockbound_now(ctx, &result));
	assert_int_equal(result.clock_status, status);
	assert_int_equal(ns(result.earliest), middle - bound);
	assert_int_equal(ns(result.latest), middle + bound);
}

static void assert_nothing(const clockbound_now_result *result)
{
	assert_int_equal(result->earliest.tv_sec, -9223372037);
	assert_int_equal(result->earliest.tv_nsec, 145224192);
	assert_int_equal(result->latest.tv_sec, 9223372036);
	assert_int_equal(result->latest.tv_nsec, 854775807);
}

static void assert_no_bound(clockbound_ctx *ctx, clockbound_clock_status status)
{
	clockbound_now_result result;

	memset(&result, 0xff, sizeof(result));
	assert_null(clockbound_now(ctx, &result));
	assert_int_equal(result.clock_status, status);
	assert_nothing(&result);
}

static void assert_err(const clockbound_err *err, clockbound_err_kind kind, int sys_errno)
{
	assert_non_null(err);
	assert_int_equal(err->kind, kind);
	assert_int_equal(err->sys_errno, sys_errno);
	assert_non_null(err->detail);
}

static void assert_error(clockbound_ctx *ctx, clockbound_err_kind kind)
{
	clockbound_now_result result;

	memset(&result, 0xff, sizeof(result));
	assert_err(clockbound_now(ctx, &result), kind, 0);
	assert_int_equal(result.clock_status, CLOCKBOUND_STA_UNKNOWN);
	assert_nothing(&result);
}

static void assert_not_opened(clockbound_err_kind kind, int sys_errno)
{
	int file = fake_free_file();
	clockbound_err err;

	memset(&err, 0xff, sizeof(err));
	assert_null(clockbound_vmclock_open(segment_path, vmclock_path, &err));
	assert_err(&err, kind, sys_errno);
	assert_int_equal(fake_free_file(), file);
}

/* as_of, void_after, realtime, coarse; bound and status at that moment. */
struct vector {
	int64_t as_of, void_after, realtime, coarse, bound;
	clockbound_clock_status status;
};

static const struct vector vectors[] = {
	/* those of the specification */
	{ 0, 10 * S, 2 * S, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED },
	{ 0, 10 * S, 20 * S, 4 * S, 14000, CLOCKBOUND_STA_SYNCHRONIZED },
	{ 0, 100 * S, 8 * S, 8 * S, 18000, CLOCKBOUND_STA_FREE_RUNNING },
	{ 0, 5 * S, 10 * S, 10 * S, 20000, CLOCKBOUND_STA_UNKNOWN },
	/* where one status ends and the next begins */
	{ S, 9 * S, 3 * S, 6 * S - 1, 15000, CLOCKBOUND_STA_SYNCHRONIZED },
	{ S, 9 * S, 3 * S, 6 * S, 15000, CLOCKBOUND_STA_FREE_RUNNING },
	{ S, 9 * S, 3 * S, 9 * S - 1, 18000, CLOCKBOUND_STA_FREE_RUNNING },
	{ S, 9 * S, 3 * S, 9 * S, 18000, CLOCKBOUND_STA_UNKNOWN },
	/* never a ns short of what the drift amounts to */
	{ 0, 10 * S, 3 * S, 1, 10001, CLOCKBOUND_STA_SYNCHRONIZED },
	{ 0, 10 * S, 3 * S, 1000000, 10001, CLOCKBOUND_STA_SYNCHRONIZED },
	{ 0, 10 * S, 3 * S, 1000001, 10002, CLOCKBOUND_STA_SYNCHRONIZED },
	/* a clock that lags a little is taken for no age at all */
	{ 10 * S, 20 * S, 3 * S, 10 * S, 10000, CLOCKBOUND_STA_SYNCHRONIZED },
	{ 10 * S, 20 * S, 3 * S, 10 * S - 999, 10000, CLOCKBOUND_STA_SYNCHRONIZED },
};

static void take_vector(const struct vector *vector)
{
	put_time(segment, AS_OF, vector->as_of);
	put_time(segment, VOID_AFTER, vector->void_after);
	set_clocks(vector->realtime, vector->coarse);
}

TEST_F(as_the_specification_says)
{
	clockbound_ctx *ctx = open_both();
	size_t i;

	for (i = 0; i < COUNT(vectors); i++) {
		take_vector(&vectors[i]);
		if (vectors[i].status == CLOCKBOUND_STA_UNKNOWN)
			assert_no_bound(ctx, CLOCKBOUND_STA_UNKNOWN);
		else
			assert_now(ctx, vectors[i].realtime, vectors[i].bound, vectors[i].status);
	}
	assert_null(clockbound_close(ctx));
}

TEST_F(statuses)
{
	clockbound_ctx *ctx = open_both();

	put32(segment, STATUS, 2);
	assert_now(ctx, 2 * S, 12000, CLOCKBOUND_STA_FREE_RUNNING);
	put32(segment, STATUS, 3);
	assert_no_bound(ctx, CLOCKBOUND_STA_DISRUPTED);
	put32(segment, STATUS, 0);
	assert_no_bound(ctx, CLOCKBOUND_STA_UNKNOWN);
	/* Age does not make them anything else. */
	set_clocks(S, 7 * S);
	assert_no_bound(ctx, CLOCKBOUND_STA_UNKNOWN);
	put32(segment, STATUS, 3);
	assert_no_bound(ctx, CLOCKBOUND_STA_DISRUPTED);
	clockbound_close(ctx);
}

TEST_F(causality)
{
	clockbound_ctx *ctx = open_both();

	put_time(segment, AS_OF, 10 * S);
	set_clocks(3 * S, 10 * S - 1000);
	assert_error(ctx, CLOCKBOUND_ERR_CAUSALITY_BREACH);
	put64(segment, AS_OF, INT64_MAX);
	assert_error(ctx, CLOCKBOUND_ERR_CAUSALITY_BREACH);
	clockbound_close(ctx);
}

/* What ClockBound's client takes for undefined behaviour is refused. */
TEST_F(malformed)
{
	static const struct {
		size_t offset;
		int size;
		int64_t value;
	} wrong[] = {
		{ DRIFT, 4, S }, { DRIFT, 4, UINT32_MAX },
		{ STATUS, 4, 4 }, { STATUS, 4, -1 },
		{ SUPPORT, 1, 2 }, { SUPPORT, 1, 255 },
		{ BOUND, 8, -1 },
		{ AS_OF + 8, 8, S }, { AS_OF + 8, 8, -1 },
		{ VOID_AFTER + 8, 8, S }, { VOID_AFTER + 8, 8, -1 },
		{ SIZE, 4, SEGMENT_SIZE - 1 }, { 0, 4, 0 }, { 4, 4, 0 },
	};
	clockbound_ctx *ctx = open_both();
	size_t i;

	for (i = 0; i < COUNT(wrong); i++) {
		fill_segment();
		memcpy(segment + wrong[i].offset, &wrong[i].value, (size_t)wrong[i].size);
		assert_error(ctx, CLOCKBOUND_ERR_SEGMENT_MALFORMED);
	}
	fill_segment();
	put32(segment, DRIFT, S - 1);
	assert_now(ctx, 2 * S, 10000 + 2 * (S - 1), CLOCKBOUND_STA_SYNCHRONIZED);
	put16(segment, VERSION, 3);
	assert_error(ctx, CLOCKBOUND_ERR_SEGMENT_VERSION_NOT_SUPPORTED);
	clockbound_close(ctx);
}

/* Where 64 bits end, the interval only gets wider. */
TEST_F(extremes)
{
	static const int64_t ends[] = { INT64_MIN, -1, 0, 1, S, INT64_MAX };
	struct segment_moment moment;
	struct segment_interval interval;
	size_t i, j, k;

	for (i = 0; i < 6 * 6 * 6 * 6; i++) {
		j = i / 36;
		k = i % 36;
		fill_segment();
		put64(segment, AS_OF, ends[j / 6]);
		put64(segment, VOID_AFTER, ends[j % 6]);
		put64(segment, BOUND, ends[k / 6] & INT64_MAX);
		put32(segment, DRIFT, S - 1);
		moment = (struct segment_moment) { ends[k % 6], ends[j % 6], 0 };
		if (segment_eval((struct segment_page *)segment, &moment, &interval))
			continue;
		assert_true(interval.earliest <= moment.realtime);
		assert_true(interval.latest >= moment.realtime);
		assert_in_range(interval.status, 0, 3);
	}
}

TEST_F(headers)
{
	static const struct {
		size_t offset;
		uint16_t value;
		clockbound_err_kind kind;
	} wrong[] = {
		{ 0, 0, CLOCKBOUND_ERR_SEGMENT_MALFORMED },
		{ 4, 1, CLOCKBOUND_ERR_SEGMENT_MALFORMED },
		{ SIZE, SEGMENT_SIZE - 1, CLOCKBOUND_ERR_SEGMENT_MALFORMED },
		{ VERSION, 0, CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED },
		{ GENERATION, 0, CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED },
		{ VERSION, 1, CLOCKBOUND_ERR_SEGMENT_VERSION_NOT_SUPPORTED },
		{ VERSION, 3, CLOCKBOUND_ERR_SEGMENT_VERSION_NOT_SUPPORTED },
	};
	clockbound_ctx *ctx;
	size_t i;

	for (i = 0; i < COUNT(wrong); i++) {
		fill_segment();
		put16(segment, wrong[i].offset, wrong[i].value);
		assert_not_opened(wrong[i].kind, 0);
	}
	fill_segment();
	put32(segment, SIZE, 1 << 20);		/* of a later daemon */
	ctx = open_both();
	assert_now(ctx, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED);
	clockbound_close(ctx);
	/* The daemon has made the file, and no more. */
	assert_int_equal(truncate(segment_path, 0), 0);
	assert_not_opened(CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED, 0);
	assert_int_equal(truncate(segment_path, 4096), 0);
}

/* Neither an error nor a wait that does not end, nor what was true some time ago. */
TEST_F(writer_in_the_way)
{
	clockbound_ctx *ctx;

	put16(segment, GENERATION, 3);
	ctx = open_both();
	assert_no_bound(ctx, CLOCKBOUND_STA_UNKNOWN);
	put16(segment, GENERATION, 0);
	assert_no_bound(ctx, CLOCKBOUND_STA_UNKNOWN);
	put16(segment, GENERATION, 4);
	assert_now(ctx, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED);
	/* The daemon has begun anew. */
	put16(segment, VERSION, 0);
	assert_no_bound(ctx, CLOCKBOUND_STA_UNKNOWN);
	clockbound_close(ctx);
}

TEST_F(marker)
{
	clockbound_ctx *ctx;
	uint32_t seq;

	put32(segment, SUPPORT, 1);
	ctx = open_both();
	/* Never written, being written, written: one field is one load. */
	for (seq = 0; seq < 3; seq++) {
		put32(vmclock, VMCLOCK_SEQ, seq);
		put64(vmclock, VMCLOCK_MARKER, MARKER);
		assert_now(ctx, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED);
		put64(vmclock, VMCLOCK_MARKER, MARKER + (1LL << 40));
		assert_no_bound(ctx, CLOCKBOUND_STA_UNKNOWN);
	}
	put64(segment, SHM_MARKER, MARKER + (1LL << 40));
	assert_now(ctx, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED);
	clockbound_close(ctx);
	assert_int_equal(fake_mappings(vmclock_path), 1);
	assert_int_equal(fake_mappings(segment_path), 1);
}

static void change_marker(void)
{
	put64(vmclock, VMCLOCK_MARKER, MARKER + 1);
}

/* A disruption between the segment and the clock is seen: the marker is read last. */
TEST_F(marker_after_the_clock)
{
	clockbound_ctx *ctx;

	put32(segment, SUPPORT, 1);
	ctx = open_both();
	assert_now(ctx, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED);
	at_realtime = change_marker;
	assert_no_bound(ctx, CLOCKBOUND_STA_UNKNOWN);
	clockbound_close(ctx);
}

TEST_F(marker_not_supported)
{
	clockbound_ctx *ctx;

	put64(vmclock, VMCLOCK_MARKER, MARKER + 1);
	ctx = open_both();
	assert_now(ctx, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED);
	/* It is mapped when it is needed, not before, and once. */
	assert_int_equal(fake_mappings(vmclock_path), 1);
	put32(segment, SUPPORT, 1);
	assert_no_bound(ctx, CLOCKBOUND_STA_UNKNOWN);
	assert_int_equal(fake_mappings(vmclock_path), 2);
	put64(vmclock, VMCLOCK_MARKER, MARKER);
	assert_now(ctx, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED);
	assert_int_equal(fake_mappings(vmclock_path), 2);
	clockbound_close(ctx);
}

static clockbound_ctx *shared_ctx;

static void read_in_between(void)
{
	assert_now(shared_ctx, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED);
}

/* While one thread is mapping the VMClock, another one does. */
TEST_F(vmclock_mapped_twice)
{
	shared_ctx = open_both();
	put32(segment, SUPPORT, 1);
	at_vmclock = read_in_between;
	assert_now(shared_ctx, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED);
	assert_null(at_vmclock);
	assert_int_equal(fake_mappings(vmclock_path), 2);
	clockbound_close(shared_ctx);
	assert_int_equal(fake_mappings(vmclock_path), 1);
}

TEST_F(no_vmclock)
{
	clockbound_now_result result;
	clockbound_ctx *ctx;

	assert_int_equal(unlink(vmclock_path), 0);
	ctx = open_both();
	assert_now(ctx, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED);
	put32(segment, SUPPORT, 1);
	assert_err(clockbound_now(ctx, &result), CLOCKBOUND_ERR_SYSCALL, ENOENT);
	assert_nothing(&result);
	clockbound_close(ctx);
	assert_not_opened(CLOCKBOUND_ERR_SYSCALL, ENOENT);
}

TEST_F(not_a_vmclock)
{
	clockbound_err err;

	put32(segment, SUPPORT, 1);
	put16(vmclock, 8, 2);
	assert_not_opened(CLOCKBOUND_ERR_SEGMENT_VERSION_NOT_SUPPORTED, 0);
	put16(vmclock, 8, 1);
	put32(vmclock, 4, 103);
	assert_not_opened(CLOCKBOUND_ERR_SEGMENT_MALFORMED, 0);
	put32(vmclock, 4, 104);
	clockbound_close(open_both());
	assert_int_equal(truncate(vmclock_path, 103), 0);
	assert_not_opened(CLOCKBOUND_ERR_SEGMENT_MALFORMED, 0);
	assert_int_equal(truncate(vmclock_path, 4096), 0);
	memcpy(vmclock, "KLCV", 4);
	assert_not_opened(CLOCKBOUND_ERR_SEGMENT_MALFORMED, 0);
	/* A file without an end is not read to its end. */
	assert_null(clockbound_vmclock_open(segment_path, "/dev/zero", &err));
	assert_err(&err, CLOCKBOUND_ERR_SEGMENT_MALFORMED, 0);
}

static void publish_on_device(void)
{
	struct clockbound_model model = fake_model(4000 * S, 500);

	model.earliest_rate = 0;
	model.latest_rate = 0;
	*fake_marker(&fake) = FAKE_MARKER;
	write_page(fake.page, &model);
	device_path = fake.path;
}

static void assert_leads_to_device(const char *path)
{
	clockbound_ctx *ctx = clockbound_open(path, NULL);

	assert_non_null(ctx);
	assert_now(ctx, 4000 * S + 250, 250, CLOCKBOUND_STA_SYNCHRONIZED);
	assert_null(clockbound_close(ctx));
}

static void assert_leads_to_segment(const char *path)
{
	clockbound_ctx *ctx = clockbound_open(path, NULL);

	assert_non_null(ctx);
	assert_now(ctx, 2 * S, 12000, CLOCKBOUND_STA_SYNCHRONIZED);
	assert_null(clockbound_close(ctx));
}

static void link_to(const char *path)
{
	unlink(link_path);
	assert_int_equal(symlink(path, link_path), 0);
}

/* Names do not matter. */
TEST_F(paths)
{
	clockbound_err err;
	char odd[128];

	assert_null(clockbound_open(CLOCKBOUND_SHM_DEFAULT_PATH, &err));
	assert_err(&err, CLOCKBOUND_ERR_SYSCALL, ENOENT);
	publish_on_device();
	assert_leads_to_device(CLOCKBOUND_SHM_DEFAULT_PATH);
	snprintf(odd, sizeof(odd), "%s/../%s/./shm0", directory, strrchr(directory, '/'));

	/* a regular file: ClockBound's daemon is in charge */
	assert_leads_to_segment(segment_path);
	assert_leads_to_segment(odd);
	link_to(segment_path);
	assert_leads_to_segment(link_path);
	default_shm = link_path;
	assert_leads_to_segment(CLOCKBOUND_SHM_DEFAULT_PATH);
	assert_leads_to_device(NULL);

	/* the module's device */
	assert_leads_to_device(fake.path);
	link_to(fake.path);
	assert_leads_to_device(link_path);
	assert_leads_to_device(CLOCKBOUND_SHM_DEFAULT_PATH);

	/* the module's segment, in place of the daemon's */
	segment_is_device = 1;
	assert_leads_to_device(segment_path);
	assert_leads_to_device(odd);
	link_to(segment_path);
	assert_leads_to_device(link_path);
	assert_leads_to_device(CLOCKBOUND_SHM_DEFAULT_PATH);

	/* and nothing else of the module's, as in a container that was given this alone */
	device_path = "/nonexistent/clockbound";
	assert_leads_to_segment(segment_path);
	assert_leads_to_segment(CLOCKBOUND_SHM_DEFAULT_PATH);

	/* a device of another kind */
	segment[0]++;
	assert_not_opened(CLOCKBOUND_ERR_SEGMENT_MALFORMED, 0);
}

/*
 * A daemon that writes as fast as it can: all fields of a reading are of one update.
 * In update n the bound is 2 n ns and grows by n ns in the second since as_of: 3 n.
 */
#define UPDATES		2000000
#define THREADS		3
#define READINGS_MIN	1000

static int stop;
static unsigned long torn, readings;

static void *read_updates(void *ctx)
{
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		clockbound_now_result result;
		int64_t bound;

		if (clockbound_now(ctx, &result))
			abort();
		if (result.clock_status != CLOCKBOUND_STA_SYNCHRONIZED)
			continue;
		bound = (ns(result.latest) - ns(result.earliest)) / 2;
		if (ns(result.latest) != 2 * S + bound || bound % 3)
			__atomic_fetch_add(&torn, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&readings, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void write_update(int64_t n)
{
	uint16_t generation;

	memcpy(&generation, segment + GENERATION, sizeof(generation));
	__atomic_store_n((uint16_t *)(segment + GENERATION), generation + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	*(volatile int64_t *)(segment + BOUND) = 2 * n;
	*(volatile uint32_t *)(segment + DRIFT) = (uint32_t)n;
	generation += 2;
	__atomic_store_n((uint16_t *)(segment + GENERATION), generation ? generation : 2,
			 __ATOMIC_RELEASE);
}

/* One context for all threads, which find out together that they need the VMClock. */
TEST_F(threads)
{
	clockbound_ctx *ctx = open_both();
	pthread_t thread[THREADS];
	int64_t n;
	int i;

	put_time(segment, AS_OF, S);
	put32(segment, SUPPORT, 1);
	write_update(1);
	stop = 0;
	torn = 0;
	readings = 0;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, read_updates, ctx), 0);
	for (n = 2; n < UPDATES || __atomic_load_n(&readings, __ATOMIC_RELAXED) < READINGS_MIN; n++)
		write_update(n % 100000 + 1);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(torn, 0);
	assert_int_equal(fake_mappings(vmclock_path), 2);
	clockbound_close(ctx);
	assert_int_equal(fake_mappings(vmclock_path), 1);
}

TEST_MAIN(NULL, NULL)
