// SPDX-License-Identifier: GPL-2.0-only
/*
 * I4 and I7 with a registered page that this program writes itself: no reading is of
 * an older model than its marker says, on any path, and its bytes can be anything. The
 * module is loaded with source=registered.
 */
#include <clockbound/vmclock_abi.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define BUMPS		200
#define READINGS	20000
#define SCRIBBLES	20000

/* With each marker the page is a day further: so a reading tells whose it is. */
#define STEP_S		86400

static struct guest_device device;
static struct vmclock_page *page;
static atomic_size_t taken, trusted, stale, insane;

static const struct vmclock_page good = {
	.magic = VMCLOCK_PAGE_MAGIC,
	.size = 4096,
	.version = VMCLOCK_PAGE_VERSION,
	.counter_id = VMCLOCK_ID_X86_TSC,
	.time_type = VMCLOCK_TYPE_UTC,
	.flags = VMCLOCK_PERIOD_MAXERROR_VALID | VMCLOCK_TIME_MAXERROR_VALID,
	.clock_status = VMCLOCK_CLOCK_SYNCHRONIZED,
	/* 1 GHz */
	.counter_period_shift = 29,
	.counter_period_frac_sec = 0x89705F4136B4A597ULL,
	.counter_period_maxerror_rate_frac_sec = 0x89705F4136B4ULL,
	.time_maxerror_nanosec = 1000,
};

static void begin(void)
{
	__atomic_store_n(&page->seq_count, page->seq_count | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void end(void)
{
	__atomic_store_n(&page->seq_count, page->seq_count + 1, __ATOMIC_RELEASE);
}

static __u64 marker_of(const void *memory)
{
	return *(const volatile __u64 *)((const char *)memory + CLOCKBOUND_VMCLOCK_MARKER);
}

/* The page of a marker: it starts with a day of its own. */
static void set_time(__u64 marker)
{
	page->counter_value = clockbound_counter();
	page->time_sec = marker * STEP_S;
}

static void update(__u64 marker)
{
	begin();
	__atomic_store_n(&page->disruption_marker, marker, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	set_time(marker);
	end();
}

static void take(struct clockbound_reading *reading, size_t number)
{
	memset(reading, 0, sizeof(*reading));
	reading->size = sizeof(*reading);
	if (number % 16)
		clockbound_page_read(device.page, device.vmclock, device.registered, reading);
	else if (ioctl(device.fd, CLOCKBOUND_NOW, reading))
		guest_die("NOW");
}

/* The marker is read before the reading starts, and only grows. */
static void read_markers(int reader)
{
	struct clockbound_reading reading;
	__u64 before;

	(void)reader;
	while (!guest_readers_stopping()) {
		before = marker_of(device.registered);
		take(&reading, taken++);
		if (!guest_trusted(&reading))
			continue;
		trusted++;
		stale += (__u64)reading.earliest / 1000000000 / STEP_S < before;
	}
}

static void wait_until_trusted(void)
{
	struct clockbound_reading reading;

	do
		take(&reading, 1);
	while (!guest_trusted(&reading));
}

static size_t trusted_readings(void)
{
	struct clockbound_reading reading;
	size_t i, count = 0;

	for (i = 0; i < READINGS; i++) {
		take(&reading, i);
		count += guest_trusted(&reading);
	}
	return count;
}

/*
 * Lets the sequence count be odd, and has the module look at it. Not for as long as
 * the module takes for dead: once more, if this machine was off its CPU.
 */
static bool model_is_kept(void)
{
	struct timespec start, now;
	bool kept;

	for (;;) {
		wait_until_trusted();
		clock_gettime(CLOCK_MONOTONIC_RAW, &start);
		begin();
		guest_wait_for_timekeeper();
		guest_wait_for_timekeeper();
		kept = device.page->model.status == CLOCKBOUND_STATUS_SYNCHRONIZED;
		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		if (kept || now.tv_sec - start.tv_sec < 1)
			return kept;
		end();
	}
}

/* The module is held off from a sample, and then the marker or the generation moves. */
static void check_held_off(__le64 *field, const char *name)
{
	__le64 before = *field;
	size_t count;

	guest_check(model_is_kept(), "%s: the module keeps its model while the provider writes",
		    name);
	__atomic_store_n(field, ~before, __ATOMIC_SEQ_CST);
	count = trusted_readings();
	guest_check(!count, "%s: %zu of %d readings of the old model were trusted", name,
		    count, READINGS);
	end();
	wait_until_trusted();
	guest_check(true, "%s: trusted again after the update", name);
	begin();
	*field = before;
	end();
	wait_until_trusted();
}

static void check_markers(void)
{
	struct clockbound_reading reading;
	__u64 marker;

	guest_readers_start(read_markers);
	for (marker = 2; marker < BUMPS; marker++) {
		update(marker);
		/* The module has a model of it, and readers have had readings of it. */
		do
			take(&reading, 1);
		while (!guest_trusted(&reading));
		sched_yield();
	}
	guest_readers_stop();
	guest_check(!stale && trusted > BUMPS && taken > trusted,
		    "%d markers: %zu of %zu trusted readings were stale", BUMPS,
		    (size_t)stale, (size_t)trusted);
}

static void read_on(int reader)
{
	struct clockbound_reading reading;

	(void)reader;
	while (!guest_readers_stopping()) {
		take(&reading, taken++);
		insane += !guest_sane(&reading);
		trusted += guest_trusted(&reading);
	}
}

/* A good page with bytes overwritten, now with the sequence count and now without. */
static void scribble(void)
{
	const size_t guarded = offsetof(struct vmclock_page, disruption_marker);
	unsigned char *bytes = (unsigned char *)page;
	int kind = random() % 4, i;

	if (kind)
		begin();
	memcpy(bytes, &good, offsetof(struct vmclock_page, seq_count));
	memcpy(bytes + guarded, (const char *)&good + guarded, sizeof(good) - guarded);
	if (kind == 1)
		memset(bytes + guarded, random() % 2 ? 0xff : 0, sizeof(good) - guarded);
	else if (kind < 3)
		for (i = random() % 8; i; i--)
			bytes[random() % sizeof(good)] = random();
	if (kind && random() % 64)
		__atomic_store_n(&page->seq_count, random() & ~1U, __ATOMIC_RELEASE);
}

static void check_scribbles(void)
{
	size_t before;
	int i;

	taken = 0;
	trusted = 0;
	guest_readers_start(read_on);
	for (i = 0; i < SCRIBBLES; i++) {
		scribble();
		for (before = taken; i % 4 && taken < before + 4;)
			;
	}
	guest_readers_stop();
	guest_check(!insane && trusted && trusted < taken,
		    "%zu readings of a hostile page: %zu insane, %zu trusted",
		    (size_t)taken, (size_t)insane, (size_t)trusted);
	begin();
	*page = good;
	page->disruption_marker = BUMPS;
	set_time(BUMPS);
	wait_until_trusted();
	guest_check(true, "trusted again when it is in order");
}

int main(void)
{
	struct clockbound_register request = { .size = sizeof(request) };
	struct clockbound_unregister back = { .size = sizeof(back) };
	struct clockbound_reading reading;

	guest_open(&device);
	request.fd = memfd_create("vmclock", 0);
	if (request.fd < 0 || ftruncate(request.fd, 4096))
		guest_die("memfd");
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, request.fd, 0);
	if (page == MAP_FAILED)
		guest_die("mmap");
	*page = good;
	update(1);
	if (ioctl(device.fd, CLOCKBOUND_REGISTER, &request))
		guest_die("REGISTER");
	wait_until_trusted();

	check_markers();
	check_held_off(&page->disruption_marker, "marker");
	check_held_off(&page->vm_generation_counter, "generation");
	check_scribbles();

	guest_check(!ioctl(device.fd, CLOCKBOUND_UNREGISTER, &back), "UNREGISTER");
	take(&reading, 1);
	guest_check(!guest_trusted(&reading), "nothing is trusted afterwards");
	return guest_result();
}
