// SPDX-License-Identifier: GPL-2.0-only
/*
 * Through leap seconds in both directions, with the kernel's own time and with a
 * hypervisor's page.
 *
 * The machine's time is the host's plus a shift that makes the end of a month come
 * soon. The host knows what time that is, counted on as TAI is; what UTC has to be
 * follows from that.
 */
#include <clockbound/vmclock_abi.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "clock.h"
#include "recorder.h"
#include "span.h"

#define SECOND		1000000000LL
#define MIDNIGHT	1798761600LL	/* s, 2027-01-01 */
#define TAI_OFFSET	37
#define MAX_DRIFT_PPB	3000000

/* Readings are taken from so long before the leap second on until so long after it. */
#define AROUND		(SECOND / 2)

/* So long before it, the module takes no report any more, give or take what it bounds. */
#define TOO_LATE	(3 * SECOND)

/* And so near to it they are in one span, for which the counter is measured before. */
#define NEAR		(SECOND / 25)
#define BEFORE		(SECOND / 8)

/*
 * The module's interval is wider than this, so that many readings contain it, also on a
 * busy machine, where they begin late.
 */
#define REPORT_BOUND	20000000

__extension__ typedef unsigned __int128 u128;

static int device;
static int leap;			/* 1: inserted, -1: left out */
static __s64 shift;			/* the machine's time, from the host's */
static atomic_size_t in_leap, unknown;

/* Where the leap second takes place, in the machine's time, counted on. */
static __s64 leap_at(void)
{
	return (MIDNIGHT - (leap < 0)) * SECOND;
}

/* By the last measurement: good enough to know where in a second it is. */
static __s64 truth(void)
{
	__s64 low;

	clock_truth(clockbound_counter(), &low, NULL);
	return low;
}

/* From the next second on, this many seconds are left. */
static void begin(int direction, __s64 seconds)
{
	leap = direction;
	shift = leap_at() - seconds * SECOND - truth();
}

/* Is UTC all of what it can be if the time that counts on is in that interval? */
static bool contains_utc(const struct clockbound_reading *reading, __s64 earliest, __s64 latest)
{
	__s64 at = leap_at(), second = leap * SECOND;

	if (latest < at)
		return reading->earliest == earliest && reading->latest == latest;
	if (earliest >= at)
		return reading->earliest == earliest - second &&
		       reading->latest == latest - second;
	in_leap++;
	return (reading->flags & CLOCKBOUND_MODEL_LEAP) && reading->earliest <= earliest &&
	       reading->latest >= at - 1 && reading->earliest <= at - second &&
	       reading->latest >= latest - second;
}

/* What counts on, by the rules of the ABI, as the host's time. */
static bool count_on(struct clockbound_reading *reading)
{
	bool inside = reading->flags & CLOCKBOUND_MODEL_LEAP;
	__s64 offset = (reading->tai_offset - TAI_OFFSET) * SECOND;
	__s64 earliest = (inside ? reading->leap_earliest : reading->earliest) + offset;
	__s64 latest = (inside ? reading->leap_latest : reading->latest) + offset;

	if (!guest_trusted(reading)) {
		unknown++;
		return true;
	}
	if (!(reading->flags & CLOCKBOUND_MODEL_TAI) ||
	    !contains_utc(reading, earliest, latest))
		return false;
	reading->earliest = earliest - shift;
	reading->latest = latest - shift;
	return true;
}

static void set_clock(void)
{
	struct timespec now;
	__s64 time = truth() + shift;

	now.tv_sec = time / SECOND;
	now.tv_nsec = time % SECOND;
	if (clock_settime(CLOCK_REALTIME, &now))
		guest_die("clock_settime");
}

/* With a maximum error of 0: an unsynchronized clock's state is not told. */
static int kernel_state(unsigned int modes, int status, long constant)
{
	struct timex timex = {
		.modes = modes,
		.status = status,
		.constant = constant,
	};
	int state = adjtimex(&timex);

	if (state < 0)
		guest_die("adjtimex");
	return state;
}

/* Tell the kernel, and wait until it has understood. */
static void announce_to_kernel(void)
{
	int status = leap > 0 ? STA_INS : STA_DEL;
	int wanted = leap > 0 ? TIME_INS : TIME_DEL;

	kernel_state(ADJ_TAI, 0, TAI_OFFSET);
	kernel_state(ADJ_STATUS | ADJ_MAXERROR, status, 0);
	while (kernel_state(0, 0, 0) != wanted)
		;
}

/* Returns false if the machine took so long that the leap second is too near for it. */
static bool report(bool announced)
{
	const struct vmclock_page *vmclock = recorder_device()->vmclock;
	__u64 marker = *(const volatile __le64 *)&vmclock->disruption_marker;
	struct clockbound_report report = clock_report(shift, marker, 1000 * SECOND);

	report.bound += REPORT_BOUND;
	if (announced && leap < 0)
		report.flags = CLOCKBOUND_REPORT_LEAP_DELETE;
	if (!ioctl(device, CLOCKBOUND_REPORT, &report))
		return true;
	if (errno != EAGAIN || truth() + shift < leap_at() - TOO_LATE)
		guest_die("REPORT");
	return false;
}

static void wait_until(__s64 time)
{
	__s64 left;
	struct timespec pause;

	while ((left = time - truth() - shift) > 0) {
		pause.tv_sec = left / SECOND;
		pause.tv_nsec = left % SECOND;
		nanosleep(&pause, NULL);
	}
}

static void check_status(const char *name)
{
	static const char *const lines[] = {
		"leap second:  left out at the end of 2026-12-31\n",
		"leap second:  inserted at the end of 2026-12-31\n",
	};
	char text[4096] = "";
	FILE *file = fopen("/sys/kernel/clockbound/status", "r");

	if (!file || !fread(text, 1, sizeof(text) - 1, file))
		guest_die("status");
	fclose(file);
	guest_check(strstr(text, lines[leap > 0]), "%s: people are told", name);
}

/* Readings from then to then, in spans: one that does not count is followed by another. */
static void read_on(__s64 from, __s64 to, const char *name)
{
	wait_until(from);
	do {
		do {
			recorder_start();
			recorder_wait_for_trust();
		} while (!recorder_stop(name));
	} while (truth() + shift < to);
}

/* Readings around the leap second; false if that cannot count, or if it came too late. */
static bool read_at_leap(const char *name)
{
	wait_until(leap_at() - BEFORE);
	recorder_measure();
	wait_until(leap_at() - NEAR);
	in_leap = 0;
	recorder_read();
	wait_until(leap_at() + NEAR);
	return recorder_stop(name) && in_leap;
}

/* What goes through it returns whether its readings count. */
static void through(bool (*scenario)(int direction, const char *name), int direction,
		    const char *name)
{
	int tries = 0;
	bool good;

	do
		good = scenario(direction, name);
	while (!good && ++tries < SPAN_TRIES);
	guest_check(good, "%s: %zu readings contain the leap second", name, (size_t)in_leap);
}

/* Takes back what the kernel was told; it may take until its next second. */
static void recall_from_kernel(void)
{
	kernel_state(ADJ_STATUS, 0, 0);
	while (kernel_state(0, 0, 0) != TIME_OK)
		;
}

/* The kernel's clock goes through it, and the report before it holds all through it. */
static bool through_kernel(int direction, const char *name)
{
	/* More of them if that was too few: a busy machine takes long to begin. */
	static __s64 seconds = 6;
	bool good;
	__u64 before;
	int tai_offset;
	struct timex timex = { .modes = 0 };

	/* It is another time altogether. */
	guest_host_ok("disrupt");
	begin(direction, seconds);
	set_clock();
	/* The one before has happened: there may be another one. */
	good = report(false);
	announce_to_kernel();
	good = good && report(true);
	if (!good || truth() + shift > leap_at() - AROUND) {
		seconds *= 2;
		recall_from_kernel();
		return false;
	}
	check_status(name);
	before = guest_count("steps");
	unknown = 0;
	read_on(leap_at() - AROUND, leap_at() - 2 * BEFORE, name);
	good = read_at_leap(name);
	read_on(leap_at() + NEAR, leap_at() + AROUND, name);

	adjtimex(&timex);
	tai_offset = timex.tai;
	guest_check(tai_offset == TAI_OFFSET + leap && guest_count("steps") == before,
		    "%s: the kernel's clock has leapt, and was not set", name);
	guest_check(!unknown, "%s: %zu readings without a bound", name, (size_t)unknown);
	recall_from_kernel();
	return good;
}

static void publish_page(const struct vmclock_page *page)
{
	const size_t start = offsetof(struct vmclock_page, disruption_marker);
	char text[300];
	size_t i;
	int at = snprintf(text, sizeof(text), "write %zu ", start);

	for (i = start; i < sizeof(*page); i++)
		at += snprintf(text + at, sizeof(text) - at, "%02x",
			       ((const unsigned char *)page)[i]);
	guest_host_ok(text);
}

/* How many seconds after @first's reference time the leap second is, rounded up. */
static int seconds_to_leap(const struct vmclock_page *first)
{
	__s64 time = first->time_sec + shift / SECOND;

	if (first->time_type == VMCLOCK_TYPE_TAI)
		time -= TAI_OFFSET;
	/* The reference time has a fraction on top. */
	return leap_at() / SECOND - time;
}

/* The hypervisor's page, some seconds after @first, as it counts then. */
static void write_page(const struct vmclock_page *first, int seconds, bool past, __u8 indicator)
{
	struct vmclock_page page = *first;
	__u64 ticks = ((u128)seconds << (64 + page.counter_period_shift)) /
		      page.counter_period_frac_sec;

	page.counter_value += ticks;
	page.time_sec += shift / SECOND + seconds - (past ? leap : 0);
	page.tai_offset_sec = -(TAI_OFFSET + (past ? leap : 0));
	if (page.time_type == VMCLOCK_TYPE_TAI)
		page.time_sec += past ? leap : 0;
	page.time_maxerror_nanosec += REPORT_BOUND;
	page.leap_indicator = indicator;
	publish_page(&page);
}

/* Readings while that page is written. */
static bool read_around_page(const char *name, const struct vmclock_page *first, int seconds,
			     __u8 indicator)
{
	recorder_start();
	recorder_wait();
	write_page(first, seconds, true, indicator);
	recorder_wait();
	recorder_wait_for_trust();
	return recorder_stop(name);
}

/* The hypervisor announces it, and goes through it. */
static bool through_page(int direction, const char *name)
{
	const volatile struct vmclock_page *vmclock = recorder_device()->vmclock;
	struct vmclock_page first;
	struct clockbound_reading reading = { .size = sizeof(reading) };
	int seconds;
	bool good;

	guest_host_ok("pause");
	first = *(const struct vmclock_page *)vmclock;
	begin(direction, 4);
	/* Whole seconds: the page's fraction stays. */
	shift = shift / SECOND * SECOND;
	/* Another time altogether: the hypervisor says so. */
	first.disruption_marker++;
	seconds = seconds_to_leap(&first);
	write_page(&first, 0, false,
		   leap > 0 ? VMCLOCK_LEAP_IND_PRE_POS : VMCLOCK_LEAP_IND_PRE_NEG);
	do {
		if (ioctl(device, CLOCKBOUND_NOW, &reading))
			guest_die("NOW");
	} while (!guest_trusted(&reading));

	unknown = 0;
	read_on(leap_at() - AROUND, leap_at() - 2 * BEFORE, name);
	good = read_at_leap(name);
	read_on(leap_at() + NEAR, leap_at() + AROUND, name);
	if (leap > 0)
		good &= read_around_page(name, &first, seconds, VMCLOCK_LEAP_IND_POS);
	read_on(leap_at() + AROUND, leap_at() + SECOND + AROUND, name);
	good &= read_around_page(name, &first, seconds + 1,
				 leap > 0 ? VMCLOCK_LEAP_IND_POST_POS :
					    VMCLOCK_LEAP_IND_POST_NEG);
	good &= read_around_page(name, &first, seconds + 1, VMCLOCK_LEAP_IND_NONE);
	guest_check(!unknown, "%s: %zu readings without a bound", name, (size_t)unknown);
	guest_host_ok("resume");
	return good;
}

int main(void)
{
	struct recorder_result result;

	recorder_open();
	recorder_convert(count_on);
	device = recorder_device()->fd;

	through(through_page, 1, "inserted, by the hypervisor's page");
	through(through_page, -1, "left out, by the hypervisor's page");
	guest_host_ok("marker-only");
	through(through_kernel, 1, "inserted, by the kernel's clock");
	through(through_kernel, -1, "left out, by the kernel's clock");

	recorder_check(&result);
	guest_check(result.trusted == result.taken, "leap: all %zu readings were trusted",
		    result.taken);
	guest_check(!guest_count("violations"), "leap: no violations");
	return guest_result();
}
