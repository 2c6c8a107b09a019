// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of ClockBound's shm0 on this module: every interval that it trusts contains
 * the true time, and it gets every status.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "recorder.h"
#include "shm0_reader.h"

#define NS		1000000000LL
#define OPENINGS	3000

static struct shm0_reader shm0;
static int device;
static size_t refused;

/*
 * In place of a reading of the device. The clock is read between two values of the
 * counter, so one half of the interval goes with each: in every reading one of them.
 */
static bool take(struct clockbound_reading *reading)
{
	static _Thread_local unsigned int number;
	struct shm0_snapshot snapshot;
	struct shm0_now now;
	__u64 before, after;
	__s64 realtime;

	clockbound_reading_clear(reading, CLOCKBOUND_STATUS_UNKNOWN);
	if (!shm0_take(&shm0, &snapshot))
		return false;
	before = clockbound_counter();
	realtime = clock_ns(CLOCK_REALTIME);
	after = clockbound_counter();
	if (!shm0_evaluate(&snapshot, realtime, clock_ns(CLOCK_MONOTONIC_COARSE), &now) ||
	    !shm0_check_marker(&shm0, &snapshot, &now))
		return false;
	reading->status = now.status;
	if (!guest_trusted(reading))
		return true;
	if (number++ % 2) {
		reading->counter_value = before;
		reading->latest = now.latest;
	} else {
		reading->counter_value = after;
		reading->earliest = now.earliest;
	}
	return true;
}

static int32_t status(void)
{
	struct shm0_snapshot snapshot;
	struct shm0_now now = { .status = -1 };

	if (!shm0_take(&shm0, &snapshot) ||
	    !shm0_evaluate(&snapshot, clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_MONOTONIC_COARSE),
			   &now) ||
	    !shm0_check_marker(&shm0, &snapshot, &now))
		refused++;
	return now.status;
}

static void wait_for(int32_t wanted)
{
	while (status() != wanted)
		;
}

/* ClockBound's own vectors, in a file: what the reader itself is worth. */
static void check_vectors(void)
{
	static const struct {
		int64_t void_after, realtime, mono, bound;
		int32_t status;
	} vectors[] = {
		{ 10, 2, 2, 12000, SHM0_SYNCHRONIZED },
		{ 10, 20, 4, 14000, SHM0_SYNCHRONIZED },
		{ 100, 8, 8, 18000, SHM0_FREE_RUNNING },
		{ 5, 10, 10, 20000, SHM0_UNKNOWN },
	};
	static const char path[] = "/tmp/shm0";
	struct shm0_snapshot snapshot;
	struct shm0_reader reader;
	struct shm0_now now;
	unsigned char file[80] = {
		0x4E, 0x5A, 0x4D, 0x41, 0x00, 0x02, 0x42, 0x43, 80, 0, 0, 0, 2, 0, 2, 0,
		[48] = 0x10, 0x27, [64] = 0xe8, 0x03, [68] = 1,
	};
	size_t i;
	int fd;

	for (i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		file[32] = vectors[i].void_after;
		fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
		if (fd < 0 || write(fd, file, sizeof(file)) != sizeof(file))
			guest_die(path);
		close(fd);
		if (!shm0_open(&reader, path) || !shm0_take(&reader, &snapshot) ||
		    !shm0_evaluate(&snapshot, vectors[i].realtime * NS, vectors[i].mono * NS,
				   &now))
			guest_die(path);
		guest_check(now.latest == vectors[i].realtime * NS + vectors[i].bound &&
			    now.earliest == vectors[i].realtime * NS - vectors[i].bound &&
			    now.status == vectors[i].status,
			    "vector %zu: +-%lld ns, status %d", i,
			    (long long)(now.latest - now.earliest) / 2, now.status);
		shm0_close(&reader);
	}
}

/* Readings around what the host does, or before and after what is done to the clock. */
#define AROUND(_name, _event) do {	\
	recorder_start();		\
	recorder_wait();		\
	_event;				\
	recorder_wait_for_trust();	\
} while (!recorder_stop(_name))

/*
 * The clock is not touched while the readers read: a client that has read the segment
 * before and the clock after it is wrong, whoever writes the segment.
 */
#define BETWEEN(_name, _event) do {	\
	AROUND(_name, ;);		\
	_event;				\
	AROUND(_name, ;);		\
} while (0)

static void check_vmclock(void)
{
	struct shm0_snapshot first, last;

	AROUND("at rest", ;);
	AROUND("migrated", guest_host_ok("migrate 1000000000"));
	AROUND("disrupted", guest_host_ok("disrupt"));
	BETWEEN("slewed", clock_adjust(ADJ_FREQUENCY, 500 * 65536));
	BETWEEN("stepped", clock_adjust(ADJ_SETOFFSET, 100000));
	BETWEEN("set to the truth", clock_set_to_truth());

	guest_host_ok("set-status freerunning");
	wait_for(SHM0_FREE_RUNNING);
	guest_host_ok("set-status unreliable");
	wait_for(SHM0_UNKNOWN);
	guest_host_ok("set-status auto");
	wait_for(SHM0_SYNCHRONIZED);
	guest_check(true, "the hypervisor's status is the client's");

	shm0_take(&shm0, &first);
	do {
		if (status() != SHM0_SYNCHRONIZED)
			guest_check(false, "status %d at rest", status());
		shm0_take(&shm0, &last);
	} while (last.as_of < first.as_of + 6 * NS);
	guest_check(first.support && last.support, "as_of moves on, the status stays");
}

static __u64 marker(void)
{
	return *(const volatile __u64 *)((const char *)recorder_device()->vmclock +
					 CLOCKBOUND_VMCLOCK_MARKER);
}

static void send(const struct clockbound_report *report)
{
	if (ioctl(device, CLOCKBOUND_REPORT, report))
		guest_die("REPORT");
}

/* What the clock says, give or take a second. */
static void report_clock(void)
{
	__u64 as_of = clock_ns(CLOCK_MONOTONIC_RAW);
	struct clockbound_report report = {
		.size = sizeof(report),
		.as_of = as_of,
		.void_after = as_of + 1000 * NS,
		.time = clock_ns(CLOCK_REALTIME),
		.bound = NS,
		.measured = as_of,
		.max_drift = 1000000,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.disruption_marker = marker(),
	};

	send(&report);
}

/* Returns as_of. */
static __s64 report(__u64 lifetime)
{
	struct clockbound_report report = clock_report(0, marker(), lifetime);

	send(&report);
	return report.as_of;
}

static void disrupt(__u32 action)
{
	struct clockbound_disrupt disrupt = { .size = sizeof(disrupt), .action = action };

	if (ioctl(device, CLOCKBOUND_DISRUPT, &disrupt))
		guest_die("DISRUPT");
}

/* What the module's status, for people, says the clocksource is. */
static bool clocksource_is(const char *what)
{
	FILE *file = fopen("/sys/kernel/clockbound/status", "r");
	char text[128];
	bool found = false;

	if (!file)
		guest_die("status");
	while (fgets(text, sizeof(text), file))
		if (!strncmp(text, "clocksource:  ", 14))
			found = !strcmp(text + 14, what);
	fclose(file);
	return found;
}

/* The VMClock tells what time it is, but that says nothing of such a clock. */
static void check_other_clocksource(void)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };

	guest_check(clocksource_is("the counter\n"), "the status says: the counter");
	clock_set_source("hpet");
	/* Until the module has been called for that. */
	wait_for(SHM0_UNKNOWN);
	/* Until the hypervisor has said it anew. */
	do {
		if (ioctl(device, CLOCKBOUND_NOW, &reading))
			guest_die("NOW");
	} while (reading.status != CLOCKBOUND_STATUS_SYNCHRONIZED);
	guest_check(status() == SHM0_UNKNOWN, "all others are synchronized again");
	guest_check(clocksource_is("not the counter: ClockBound's clients need a report\n"),
		    "and the status says why");
	report(1000 * NS);
	guest_check(status() == SHM0_SYNCHRONIZED, "synchronized after a report");
	AROUND("reported beside a VMClock, not on the counter", ;);
	clock_set_source("tsc");
	wait_for(SHM0_SYNCHRONIZED);
}

static void check_report(void)
{
	struct clockbound_report again;
	__s64 as_of;

	guest_host_ok("marker-only");
	wait_for(SHM0_UNKNOWN);
	clock_set_to_truth();
	report(1000 * NS);
	guest_check(status() == SHM0_SYNCHRONIZED, "synchronized after a report");
	AROUND("reported", ;);
	again = clock_report(0, marker(), 1000 * NS);
	AROUND("reported again", send(&again));
	AROUND("slewed by -500 ppm", clock_adjust(ADJ_FREQUENCY, -500 * 65536));

	BETWEEN("stepped", clock_adjust(ADJ_SETOFFSET, 100000));
	guest_host_ok("migrate 3000000");
	guest_check(status() == SHM0_UNKNOWN || status() == SHM0_DISRUPTED,
		    "not trusted after a migration");
	wait_for(SHM0_DISRUPTED);
	clock_set_to_truth();
	report(1000 * NS);
	guest_check(status() == SHM0_SYNCHRONIZED, "synchronized after another report");

	clock_set_source("hpet");
	/* Until the module has been called for that. */
	wait_for(SHM0_UNKNOWN);
	report(1000 * NS);
	AROUND("reported on another clocksource", ;);
	clock_set_source("tsc");

	/* Nobody renews it. A client's as_of lies 100 ms back, and so do its ends. */
	clock_adjust(ADJ_FREQUENCY, 0);
	as_of = report(8 * NS);
	wait_for(SHM0_FREE_RUNNING);
	guest_check(clock_ns(CLOCK_MONOTONIC_RAW) >= as_of + 5 * NS - NS / 5,
		    "free running when the report is no longer fresh");
	wait_for(SHM0_UNKNOWN);
	guest_check(clock_ns(CLOCK_MONOTONIC_RAW) >= as_of + 8 * NS - NS / 5,
		    "unknown when the report is void");

	disrupt(CLOCKBOUND_DISRUPT_FORCE);
	guest_check(status() == SHM0_DISRUPTED, "disrupted by hand");
	disrupt(CLOCKBOUND_DISRUPT_RELEASE);
	guest_check(status() == SHM0_UNKNOWN, "released");
}

/* Who reports more often than the segment has to be written does not stop it. */
static void check_many_reports(void)
{
	const struct timespec pause = { .tv_nsec = NS / 20 };
	struct shm0_snapshot first, last;
	int64_t behind, most = 0;
	size_t reports = 0;

	report_clock();
	shm0_take(&shm0, &first);
	do {
		report_clock();
		reports++;
		nanosleep(&pause, NULL);
		shm0_take(&shm0, &last);
		behind = clock_ns(CLOCK_MONOTONIC_COARSE) - last.as_of;
		if (behind > most)
			most = behind;
	} while (status() == SHM0_SYNCHRONIZED && last.as_of < first.as_of + 6 * NS);
	guest_check(last.as_of >= first.as_of + 6 * NS,
		    "as_of moves on under %zu reports, at most %lld ms behind", reports,
		    (long long)most / 1000000);
}

/* Three statuses, as fast as it goes. */
static void *flap(void *stop)
{
	while (!*(atomic_bool *)stop) {
		report_clock();
		disrupt(CLOCKBOUND_DISRUPT_FORCE);
		disrupt(CLOCKBOUND_DISRUPT_RELEASE);
	}
	return NULL;
}

/* A writer at full speed: until the generation has wrapped. */
static void check_openings(void)
{
	size_t i, bad = 0, torn = 0, moved = 0;
	struct shm0_snapshot snapshot;
	struct shm0_reader reader;
	atomic_bool stop = false;
	bool wrapped = false;
	uint16_t last = 0;
	pthread_t thread;

	if (pthread_create(&thread, NULL, flap, &stop))
		guest_die("pthread_create");
	/* On a busy machine the other thread may move it more seldom than this one looks */
	for (i = 0; i < OPENINGS || !wrapped || moved <= OPENINGS / 10; i++) {
		if (!shm0_open(&reader, SHM0_PATH)) {
			bad++;
			continue;
		}
		bad += (reader.generation & 1) || !reader.generation;
		moved += reader.generation != last;
		wrapped |= reader.generation < last;
		last = reader.generation;
		/* What is unknown or disrupted has the widest bound there is. */
		if (!shm0_take(&reader, &snapshot))
			bad++;
		else
			torn += (snapshot.status == SHM0_SYNCHRONIZED) ==
				(snapshot.bound > 1LL << 59);
		shm0_close(&reader);
	}
	stop = true;
	pthread_join(thread, NULL);
	guest_check(!bad && !torn, "%zu openings: %zu bad, %zu torn", i, bad, torn);
	printf("# the generation had moved %zu times\n", moved);
}

/* What a client finds that opens the segment when nobody has read it for a while. */
static int32_t status_at_opening(struct shm0_snapshot *snapshot)
{
	int32_t found;

	if (!shm0_open(&shm0, SHM0_PATH))
		guest_die(SHM0_PATH);
	found = status();
	shm0_take(&shm0, snapshot);
	shm0_close(&shm0);
	return found;
}

/* For longer than a status lasts. */
static void wait_unwatched(void)
{
	struct timespec timeout = { .tv_sec = 6 };

	while (nanosleep(&timeout, &timeout))
		;
}

static void check_unwatched(void)
{
	struct shm0_snapshot snapshot;
	int64_t opened;
	int32_t found;

	opened = clock_ns(CLOCK_MONOTONIC_COARSE);
	report(1000 * NS);
	found = status_at_opening(&snapshot);
	guest_check(found == SHM0_SYNCHRONIZED && snapshot.as_of > opened - NS,
		    "nobody reads it: status %d, as_of %lld ms before", found,
		    (long long)(opened - snapshot.as_of) / 1000000);
	disrupt(CLOCKBOUND_DISRUPT_FORCE);
	guest_check(status_at_opening(&snapshot) == SHM0_DISRUPTED,
		    "disrupted while nobody read it");
	disrupt(CLOCKBOUND_DISRUPT_RELEASE);
	guest_check(status_at_opening(&snapshot) == SHM0_UNKNOWN,
		    "released while nobody read it");
	guest_host_ok("full");
	wait_unwatched();
	opened = clock_ns(CLOCK_MONOTONIC_COARSE);
	guest_check(status_at_opening(&snapshot) == SHM0_SYNCHRONIZED &&
		    snapshot.as_of > opened - NS, "bounded by the VMClock all the while");
}

static void raw(size_t offset, __u64 value, int bytes)
{
	char hex[17] = "";
	int i;

	for (i = 0; i < bytes; i++)
		sprintf(hex + 2 * i, "%02x", (unsigned int)(value >> 8 * i & 0xff));
	if (strncmp(guest_host("raw %zu %s", offset, hex), "ok", 2))
		guest_die("raw");
}

static short poll_now(int fd, int timeout)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, timeout) < 0 ? -1 : wait.revents;
}

/* Without notifications nobody waits for them; with them, poll() tells of a change. */
static void check_poll(void)
{
	const volatile char *page = recorder_device()->vmclock;
	int fd = open(VMCLOCK_PATH, O_RDONLY | O_CLOEXEC), result;
	__u64 flags = *(const volatile __u64 *)(page + 0x18);
	/* Far away from where vmhost will go on. */
	__u32 seq = *(const volatile __u32 *)(page + 0x0c) + 0x10000;
	char copy[112];
	pid_t child;

	guest_host_ok("pause");
	guest_check(poll_now(fd, 0) == POLLHUP, "poll() without notifications: POLLHUP");
	raw(0x18, flags | 1 << 9, 8);
	guest_check(poll_now(fd, 0) == POLLIN, "poll() of what was never read: POLLIN");
	guest_check(read(fd, copy, sizeof(copy)) == sizeof(copy) && !poll_now(fd, 0),
		    "poll() of what was read: nothing");
	child = fork();
	if (!child)
		_exit(poll_now(fd, 60000) != POLLIN);
	guest_wait_until_asleep(child);
	raw(0x0c, seq, 4);
	guest_host_ok("notify");
	waitpid(child, &result, 0);
	guest_check(WIFEXITED(result) && !WEXITSTATUS(result), "poll() is woken up");

	raw(0x0c, seq + 1, 4);
	guest_check(pread(fd, copy, sizeof(copy), 0) < 0, "read() in the middle of an update");
	raw(0x0c, seq + 2, 4);
	guest_check(pread(fd, copy, sizeof(copy), 0) == sizeof(copy), "read() after it");
	guest_host_ok("resume");
	close(fd);
}

int main(void)
{
	struct recorder_result result;

	check_vectors();
	recorder_open();
	recorder_convert(take);
	device = open(CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	if (device < 0 || !shm0_open(&shm0, SHM0_PATH))
		guest_die(SHM0_PATH);

	if (guest_vmclock_node() == GUEST_NODE_NOBODY) {
		guest_skip("a client of ClockBound",
			   "it needs " VMCLOCK_PATH ", and ptp_vmclock is not loaded");
		return guest_result();
	}
	guest_check(status() >= 0, "a client takes the segment, and " VMCLOCK_PATH " ends");
	if (refused)
		return guest_result();
	check_vmclock();
	if (guest_vmclock_node() == GUEST_NODE_OURS)
		check_poll();
	else
		guest_skip("poll() of " VMCLOCK_PATH, "it is ptp_vmclock's");
	check_other_clocksource();
	check_report();
	recorder_check(&result);
	guest_check(!refused, "%zu snapshots that a client refuses", refused);
	guest_check(result.trusted > result.taken / 2,
		    "shm0: %zu readings were trusted, %zu were not", result.trusted,
		    result.taken - result.trusted);

	check_many_reports();
	check_openings();
	shm0_close(&shm0);
	check_unwatched();
	return guest_result();
}
