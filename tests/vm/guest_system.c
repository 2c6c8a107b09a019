// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports as the source, while the system clock is slewed, set, moved to another
 * clocksource and given a TAI offset, and all that voids them. The reporter is this
 * program, and it knows the truth from the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "recorder.h"
#include "span.h"

#define CLOCK_READINGS	100
#define LOOKS		10000

#define LIFETIME	1000000000000ULL

/* Longer than it takes to measure the rate of one clock by the other. */
#define PACE_NS		3000000000LL

/* The kernel's tick, us, and as fast as chronyd slews: 83333 ppm. */
#define TICK		10000
#define TICK_SLEW	833

static int device;
static __u64 marker;

static struct clockbound_report make_report(void)
{
	return clock_report(0, marker, LIFETIME);
}

static void send(const struct clockbound_report *report)
{
	if (ioctl(device, CLOCKBOUND_REPORT, report))
		guest_die("REPORT");
}

static void report(void)
{
	struct clockbound_report report = make_report();

	send(&report);
}

static __u8 status(void)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };

	if (ioctl(device, CLOCKBOUND_NOW, &reading))
		guest_die("NOW");
	return reading.status;
}

/* Free running it is when the last report is some seconds old. */
static bool trusted(void)
{
	__u8 now = status();

	return now == CLOCKBOUND_STATUS_SYNCHRONIZED || now == CLOCKBOUND_STATUS_FREE_RUNNING;
}

/* Another clocksource voids the report, as soon as the module has been called for it. */
static void wait_for_unknown(void)
{
	while (status() != CLOCKBOUND_STATUS_UNKNOWN)
		;
}

static __u32 next_event(void)
{
	struct pollfd wait = { .fd = device, .events = POLLPRI };
	struct clockbound_event event;

	if (poll(&wait, 1, 10000) != 1 || !(wait.revents & POLLPRI) ||
	    read(device, &event, sizeof(event)) != sizeof(event))
		return 0;
	return event.changes;
}

static void drain_events(void)
{
	struct clockbound_event events[CLOCKBOUND_EVENTS_KEPT];

	while (read(device, events, sizeof(events)) > 0)
		;
}

static void expect_event(__u32 expected, const char *what)
{
	__u32 seen = 0, changes;

	while ((seen & expected) != expected && (changes = next_event()))
		seen |= changes;
	guest_check((seen & expected) == expected, "%s: event %#x", what, seen);
}

static void refused(int expected, struct clockbound_report report, const char *what)
{
	int result;

	errno = 0;
	result = ioctl(device, CLOCKBOUND_REPORT, &report);
	guest_check(result == -1 && errno == expected, "REPORT: %s: %s", what,
		    result ? strerror(errno) : "accepted");
}

static void check_refusals(void)
{
	struct clockbound_disrupt disrupt = { .size = sizeof(disrupt), .action = 2 };
	struct clockbound_report good = make_report(), bad;
	struct clockbound_event event;
	int child;

	refused(EINVAL, (bad = good, bad.size = 4, bad), "too short");
	refused(E2BIG, (bad = good, bad.size = 1 << 20, bad), "too long");
	refused(EINVAL, (bad = good, bad.flags = 8, bad), "unknown flag");
	refused(EINVAL, (bad = good, bad.flags = CLOCKBOUND_REPORT_LEAP_INSERT |
			 CLOCKBOUND_REPORT_LEAP_DELETE, bad), "both leap seconds");
	refused(EINVAL, (bad = good, bad.frequency = CLOCKBOUND_FREQUENCY_LIMIT_PPT, bad),
		"frequency");
	refused(EINVAL, (bad = good, bad.measured = bad.as_of + 1, bad), "measured later");
	refused(EINVAL, (bad = good, bad.time = CLOCKBOUND_TIME_MAX, bad), "time");
	refused(EINVAL, (bad = good, bad.status = CLOCKBOUND_STATUS_DISRUPTED, bad), "status");
	refused(EINVAL, (bad = good, bad.max_drift = CLOCKBOUND_DRIFT_LIMIT_PPB, bad), "drift");
	refused(EINVAL, (bad = good, bad.bound = CLOCKBOUND_BOUND_LIMIT_NS, bad), "bound");
	refused(EINVAL, (bad = good, bad.as_of += 3600000000000ULL, bad.void_after = bad.as_of,
			 bad), "from the future");
	refused(EINVAL, (bad = good, bad.void_after = bad.as_of - 1, bad), "void before it is");
	refused(ESTALE, (bad = good, bad.disruption_marker++, bad), "another marker");
	guest_check(ioctl(device, CLOCKBOUND_REPORT, NULL) == -1 && errno == EFAULT,
		    "REPORT: NULL");
	guest_check(ioctl(device, CLOCKBOUND_DISRUPT, &disrupt) == -1 && errno == EINVAL,
		    "DISRUPT: unknown action");
	guest_check(read(device, &event, sizeof(event) - 1) == -1 && errno == EINVAL,
		    "read() of less than an event");
	drain_events();
	guest_check(read(device, &event, sizeof(event)) == -1 && errno == EAGAIN,
		    "read() without an event");

	child = fork();
	if (!child) {
		if (setuid(65534))
			_exit(2);
		disrupt.action = CLOCKBOUND_DISRUPT_FORCE;
		_exit(ioctl(device, CLOCKBOUND_REPORT, &good) != -1 || errno != EPERM ||
		      ioctl(device, CLOCKBOUND_DISRUPT, &disrupt) != -1 || errno != EPERM);
	}
	waitpid(child, &child, 0);
	guest_check(WIFEXITED(child) && !WEXITSTATUS(child),
		    "REPORT and DISRUPT need CAP_SYS_TIME");
	guest_check(status() == CLOCKBOUND_STATUS_UNKNOWN, "what was refused changed nothing");
}

static void set_clock(__s64 seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += seconds;
	if (clock_settime(CLOCK_REALTIME, &now))
		guest_die("clock_settime");
}

/* Readings while what was measured before they began is reported. */
static void report_anew(const char *name)
{
	struct clockbound_report new;

	do {
		new = make_report();
		recorder_start();
		recorder_wait();
		send(&new);
		recorder_wait_for_trust();
	} while (!recorder_stop(name));
}

/* Readings around an event that leaves the report valid. */
#define AROUND(_name, _event) do {						\
	recorder_start();							\
	recorder_wait();							\
	_event;									\
	recorder_wait_for_trust();						\
} while (!recorder_stop(_name))

/*
 * Readings around a step: what was reported stays true, and what was measured before it
 * and is told after it is refused.
 */
#define AROUND_STEP(_name, _event) do {						\
	struct clockbound_report _stale;					\
	bool _good;								\
										\
	do {									\
		_stale = make_report();						\
		recorder_start();						\
		recorder_wait();						\
		drain_events();							\
		_event;								\
		guest_check(trusted(), "%s: the report stays in force", _name);	\
		expect_event(CLOCKBOUND_EVENT_STEP, _name);			\
		refused(ESTALE, _stale, "measured before it");			\
		recorder_wait_for_trust();					\
		_good = recorder_stop(_name);					\
		report_anew("reported after it");				\
	} while (!_good);							\
} while (0)

static void check_disruption(void)
{
	struct clockbound_report stale = make_report();

	drain_events();
	guest_host_ok("migrate 250000000");
	/* The very next reading, whether or not the kernel has noticed yet. */
	guest_check(status() == CLOCKBOUND_STATUS_DISRUPTED, "disrupted at the next reading");
	expect_event(CLOCKBOUND_EVENT_DISRUPTION | CLOCKBOUND_EVENT_STATUS, "disruption");
	refused(ESTALE, stale, "measured before the disruption");
	guest_check(status() == CLOCKBOUND_STATUS_DISRUPTED, "still disrupted");
	marker = *(const volatile __u64 *)((const char *)recorder_device()->vmclock +
					   CLOCKBOUND_VMCLOCK_MARKER);
	report();
	guest_check(status() == CLOCKBOUND_STATUS_SYNCHRONIZED, "trusted after a new report");
}

/* A read() that blocks is woken up by the event that it waits for. */
static void check_wake_up(void)
{
	struct clockbound_disrupt disrupt = {
		.size = sizeof(disrupt),
		.action = CLOCKBOUND_DISRUPT_FORCE,
	};
	struct clockbound_event event;
	int status;
	pid_t child = fork();

	if (!child) {
		int fd = open(CLOCKBOUND_DEVICE_PATH, O_RDONLY);

		alarm(20);
		_exit(read(fd, &event, sizeof(event)) != sizeof(event) ||
		      !(event.changes & CLOCKBOUND_EVENT_DISRUPTION));
	}
	guest_wait_until_asleep(child);
	if (ioctl(device, CLOCKBOUND_DISRUPT, &disrupt))
		guest_die("DISRUPT");
	waitpid(child, &status, 0);
	guest_check(WIFEXITED(status) && !WEXITSTATUS(status), "read() is woken up by an event");
	disrupt.action = CLOCKBOUND_DISRUPT_RELEASE;
	if (ioctl(device, CLOCKBOUND_DISRUPT, &disrupt))
		guest_die("DISRUPT");
	report();
}

static void check_disrupt_by_hand(void)
{
	struct clockbound_disrupt disrupt = {
		.size = sizeof(disrupt),
		.action = CLOCKBOUND_DISRUPT_FORCE,
	};

	guest_check(!ioctl(device, CLOCKBOUND_DISRUPT, &disrupt) &&
		    status() == CLOCKBOUND_STATUS_DISRUPTED, "DISRUPT: forced");
	report();
	guest_check(status() == CLOCKBOUND_STATUS_DISRUPTED, "DISRUPT: a report does not help");
	disrupt.action = CLOCKBOUND_DISRUPT_RELEASE;
	guest_check(!ioctl(device, CLOCKBOUND_DISRUPT, &disrupt) &&
		    status() == CLOCKBOUND_STATUS_UNKNOWN, "DISRUPT: released, all is void");
	report();
	guest_check(status() == CLOCKBOUND_STATUS_SYNCHRONIZED, "DISRUPT: and back");
}

static void check_void_after(void)
{
	struct clockbound_report report = make_report();

	report.void_after = clock_ns(CLOCK_MONOTONIC_RAW) + 300000000ULL;
	if (ioctl(device, CLOCKBOUND_REPORT, &report))
		guest_die("REPORT");
	while (status() != CLOCKBOUND_STATUS_UNKNOWN)
		;
	/* The timekeeper's lines are read off with a rounding of some ns. */
	guest_check((__u64)clock_ns(CLOCK_MONOTONIC_RAW) + 1000 >= report.void_after,
		    "void_after: not before it");
}

static void check_fresh(void)
{
	__u64 start = clock_ns(CLOCK_MONOTONIC_RAW);

	report();
	drain_events();
	while (status() == CLOCKBOUND_STATUS_SYNCHRONIZED)
		;
	guest_check(status() == CLOCKBOUND_STATUS_FREE_RUNNING &&
		    clock_ns(CLOCK_MONOTONIC_RAW) - start >= CLOCKBOUND_REPORT_FRESH_NS - 5000000,
		    "free running when the report is no longer fresh, not before");
	expect_event(CLOCKBOUND_EVENT_STATUS, "free running");
}

static void read_by_ioctl(struct clockbound_reading *reading, __u64 *before, __u64 *after)
{
	int i;

	for (i = 0; i < CLOCK_READINGS; i++) {
		reading[i] = (struct clockbound_reading) { .size = sizeof(*reading) };
		before[i] = clockbound_counter();
		if (ioctl(device, CLOCKBOUND_NOW, &reading[i]))
			guest_die("NOW");
		after[i] = clockbound_counter();
	}
}

/* The page says that it cannot be used, NOW answers, and the answer is right. */
static void check_clock_readings(void)
{
	static struct clockbound_reading readings[CLOCK_READINGS];
	static __u64 before[CLOCK_READINGS], after[CLOCK_READINGS];
	struct clockbound_reading reading = { .size = sizeof(reading) };
	__s64 low, high;
	int i, good = 0;

	guest_check(clockbound_page_read(recorder_device()->page, recorder_device()->vmclock,
					 recorder_device()->registered, &reading) ==
		    CLOCKBOUND_READ_IOCTL,
		    "the page sends its readers to the ioctl");
	do {
		span_begin();
		read_by_ioctl(readings, before, after);
	} while (!span_end("readings of the clock"));
	for (i = 0; i < CLOCK_READINGS; i++) {
		clock_truth(before[i], &low, NULL);
		clock_truth(after[i], NULL, &high);
		if (guest_trusted(&readings[i]) && guest_sane(&readings[i]) &&
		    (readings[i].flags & CLOCKBOUND_MODEL_IOCTL) &&
		    low <= readings[i].latest && high >= readings[i].earliest)
			good++;
	}
	guest_check(good == CLOCK_READINGS, "%d of %d readings of the clock are right", good,
		    CLOCK_READINGS);
}

/* The clocksource and the counter go on together, however slow they are to read. */
static void check_no_alarm(void)
{
	__u64 steps = guest_count("steps"), readings = 0, unknown = 0;
	__s64 start = clock_ns(CLOCK_MONOTONIC_RAW);

	do {
		readings++;
		unknown += !trusted();
	} while (clock_ns(CLOCK_MONOTONIC_RAW) - start < PACE_NS);
	steps = guest_count("steps") - steps;
	guest_check(!unknown && !steps, "%llu of %llu readings unknown, %llu steps of the clock",
		    unknown, readings, steps);
}

/* Writes to the hypervisor's page, without its sequence count. */
static void raw(size_t offset, __u32 value, int bytes)
{
	__u32 hex = __builtin_bswap32(value) >> (32 - 8 * bytes);

	if (strncmp(guest_host("raw %zu %0*x", offset, 2 * bytes, hex), "ok", 2))
		guest_die("raw");
}

/* How many models are published while the page is looked at, and says nothing new. */
static void check_looks(const char *what)
{
	const struct clockbound_page *page = recorder_device()->page;
	struct clockbound_wait wait = { .size = sizeof(wait) };
	__u64 before = page->publications;
	int i;

	for (i = 0; i < LOOKS; i++)
		if (ioctl(device, CLOCKBOUND_WAIT, &wait))
			guest_die("WAIT");
	guest_check(page->publications - before < LOOKS / 100,
		    "%s: %d looks, %llu publications", what, LOOKS,
		    (unsigned long long)(page->publications - before));
}

/* Until the module's word on the VMClock page begins so. */
static void wait_for_verdict(const char *start)
{
	char text[128];
	FILE *file;

	do {
		file = fopen("/sys/kernel/clockbound/vmclock", "r");
		if (!file || !fgets(text, sizeof(text), file))
			guest_die("vmclock");
		fclose(file);
	} while (strncmp(text, start, strlen(start)));
}

/* What a page without use says again and again is no news; and an update taken back. */
static void check_useless_page(void)
{
	const size_t version = 8, count = 12;
	const char *page = recorder_device()->vmclock;
	__u32 seq;

	guest_host_ok("pause");
	seq = *(const volatile __u32 *)(page + count);
	report();
	check_looks("a page in order");
	raw(version, 2, 2);
	raw(count, seq + 2, 4);
	wait_for_verdict("not a VMClock page");
	check_looks("a page of another version");
	guest_check(status() == CLOCKBOUND_STATUS_SYNCHRONIZED, "its marker still counts");
	report();
	raw(version, 1, 2);
	wait_for_verdict("disruption marker only");
	raw(count, seq, 4);
	report();

	raw(count, seq + 1, 4);
	refused(ESTALE, make_report(), "in the middle of an update");
	raw(count, seq, 4);
	guest_check(status() == CLOCKBOUND_STATUS_SYNCHRONIZED, "the update is taken back");
	report();

	raw(count, seq + 1, 4);
	wait_for_verdict("never consistent");
	check_looks("a page that is never consistent");
	refused(ESTALE, make_report(), "stopped in the middle of an update");
	raw(count, seq, 4);
	report();
	wait_for_verdict("disruption marker only");
	guest_host_ok("resume");
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		guest_die(path);
}

/* To memory, until the real-time clock's alarm: nobody knows how long that was. */
static void check_suspend(void)
{
	const char *alarm = "/sys/class/rtc/rtc0/wakealarm";
	struct clockbound_report stale;

	if (access("/sys/power/state", W_OK) || access(alarm, W_OK)) {
		guest_skip("after a suspend: unknown", "this kernel cannot suspend");
		return;
	}
	report();
	stale = make_report();
	drain_events();
	write_file(alarm, "0");
	write_file(alarm, "+2");
	write_file("/sys/power/state", "mem");
	guest_check(status() == CLOCKBOUND_STATUS_UNKNOWN, "after a suspend: unknown");
	expect_event(CLOCKBOUND_EVENT_STEP | CLOCKBOUND_EVENT_STATUS, "suspend");
	refused(ESTALE, stale, "measured before a suspend");
}

int main(void)
{
	struct recorder_result result;

	recorder_open();
	device = open(CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (device < 0)
		guest_die(CLOCKBOUND_DEVICE_PATH);
	guest_host_ok("marker-only");
	while (status() != CLOCKBOUND_STATUS_DISRUPTED && status() != CLOCKBOUND_STATUS_UNKNOWN)
		;
	marker = *(const volatile __u64 *)((const char *)recorder_device()->vmclock +
					   CLOCKBOUND_VMCLOCK_MARKER);

	check_refusals();
	report();
	guest_check(status() == CLOCKBOUND_STATUS_SYNCHRONIZED, "a report makes it trusted");

	AROUND("slewed by +500 ppm", clock_adjust(ADJ_FREQUENCY, 500 * 65536));
	AROUND("slewed by -500 ppm", clock_adjust(ADJ_FREQUENCY, -500 * 65536));
	AROUND("slewed by +83333 ppm", clock_adjust(ADJ_TICK, TICK + TICK_SLEW));
	AROUND("slewed by -83333 ppm", clock_adjust(ADJ_TICK, TICK - TICK_SLEW));
	clock_adjust(ADJ_TICK, TICK);
	AROUND_STEP("set by +1 h", set_clock(3600));
	AROUND_STEP("set by -1 h", set_clock(-3600));
	AROUND_STEP("stepped by 100 ms", clock_adjust(ADJ_SETOFFSET, 100000));
	AROUND("TAI set", clock_adjust(ADJ_TAI, 37));
	check_disruption();
	AROUND("after a disruption", ;);
	check_disrupt_by_hand();
	check_wake_up();
	report_anew("another report");
	check_void_after();
	check_fresh();
	check_useless_page();

	/* The clock goes on, on something else than the counter. */
	do {
		clock_set_source("tsc");
		report();
		recorder_start();
		recorder_wait();
		clock_set_source("hpet");
		wait_for_unknown();
	} while (!recorder_stop("clocksource changed"));
	report();
	check_clock_readings();
	check_no_alarm();
	clock_set_source("tsc");
	wait_for_unknown();
	report_anew("clocksource changed back");

	recorder_check(&result);
	check_suspend();
	guest_check(result.trusted > result.taken / 4 && result.trusted < result.taken,
		    "system: %zu readings were trusted, %zu were not", result.trusted,
		    result.taken - result.trusted);
	return guest_result();
}
