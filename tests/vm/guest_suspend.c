// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine sleeps, again and again, while two readers take every reading they can: to
 * memory (S3), to idle (where this machine's clocks go on), and as far as a hibernation goes
 * without a disk; or it only is about to.
 *
 * The program is every source by itself, and what they say is the number of the night that
 * is to come. So a reading tells of when its claim is from.
 */
#include <clockbound/vmclock_abi.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "guest.h"

#define NIGHTS_TO_MEMORY	100
#define NIGHTS_TO_IDLE		100
#define NIGHTS_TO_DISK		20
#define NIGHTS_GIVEN_UP		20

/* Night by night the time is so much later, give or take. As in test_suspend.py. */
#define START_S			1700000000LL
#define NIGHT_S			1000000LL
#define MAXERROR_NS		1000000000000LL
#define SECOND			1000000000LL

#define PERIOD_1NS		0x89705F4136B4A597ULL	/* with shift 29 */
#define REGISTERED_MARKER	7

#define HOURS_28_NS		(28 * 3600 * SECOND)

/*
 * CLOCK_MONOTONIC_RAW stands still for more than this while the counter goes on: a night. QEMU's
 * timers may wake the machine up as soon as it sleeps, so not every night is so long.
 */
#define ASLEEP_NS		200000

/* A pair is read in less than this; for a counter of at least 1 GHz, 100 us. */
#define PAIR_TICKS		100000

/* Both clocks at one moment. */
struct pair {
	__u64 before;
	__s64 raw;
	__u64 after;
};

/* What a reader has seen. */
static struct stream {
	atomic_int newest;		/* night whose claim it trusts */
	atomic_int asleep;		/* how often it has certainly slept */
	size_t taken;
	size_t trusted;
	size_t stale;			/* claims from before a night, trusted after it */
	size_t insane;
} streams[GUEST_READERS];

static struct guest_device device;
static struct vmclock_page *memory;	/* that is registered */
static double ns_per_tick;
static int long_nights;			/* that no reader can have missed */

/* So often that went wrong, in all nights. */
static struct {
	int trusted_at_once;
	int trusted_unmoved;
	int trusted_old;
	int trusted_future;
	int report_taken;
} bad;

/* One in which the machine has slept would hide that from those on either side. */
static struct pair take_pair(void)
{
	struct pair pair;

	do {
		pair.before = clockbound_counter();
		pair.raw = clock_ns(CLOCK_MONOTONIC_RAW);
		pair.after = clockbound_counter();
	} while (pair.after - pair.before > PAIR_TICKS);
	return pair;
}

static void calibrate(void)
{
	struct pair first = take_pair(), last;

	do
		last = take_pair();
	while (last.raw - first.raw < SECOND);
	ns_per_tick = (double)(last.raw - first.raw) / (last.before - first.before);
}

/* For so long at least: whoever is taken off his CPU between two values has not slept. */
static double slept_ns(const struct pair *a, const struct pair *b)
{
	return (__s64)(b->before - a->after) * ns_per_tick - (b->raw - a->raw);
}

static void by_mmap(struct clockbound_reading *reading)
{
	if (clockbound_page_read(device.page, device.vmclock, device.registered, reading) ==
	    CLOCKBOUND_READ_BUSY)
		clockbound_reading_clear(reading, CLOCKBOUND_STATUS_UNKNOWN);
}

static void by_ioctl(struct clockbound_reading *reading)
{
	*reading = (struct clockbound_reading) { .size = sizeof(*reading) };
	if (ioctl(device.fd, CLOCKBOUND_NOW, reading))
		guest_die("NOW");
}

/* The night that a trusted reading tells of. */
static int night_of(const struct clockbound_reading *reading)
{
	return (reading->earliest / SECOND - START_S + NIGHT_S / 2) / NIGHT_S;
}

/*
 * Between two pairs of which one is from before a night and one from after it, nobody knows
 * when the reading was taken; but from the next one on it is certain.
 */
static void read_on(int reader)
{
	struct stream *s = &streams[reader];
	struct clockbound_reading reading;
	struct pair last = take_pair(), now;
	int over = -1;			/* that night, and all before it */

	for (; !guest_readers_stopping(); last = now) {
		if (s->taken++ % 2)
			by_ioctl(&reading);
		else
			by_mmap(&reading);
		now = take_pair();
		if (slept_ns(&last, &now) > ASLEEP_NS) {
			over = s->newest;
			s->asleep++;
			continue;
		}
		s->insane += !guest_sane(&reading);
		if (!guest_trusted(&reading))
			continue;
		s->trusted++;
		s->stale += night_of(&reading) <= over;
		s->newest = night_of(&reading);
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		guest_die(path);
}

/* Both pages say that at the counter value it was the time of the night. */
static void write_registered(__u64 counter, int night)
{
	__u32 seq = memory->seq_count | 1;

	__atomic_store_n(&memory->seq_count, seq, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	memory->counter_value = counter;
	memory->time_sec = START_S + night * NIGHT_S;
	__atomic_store_n(&memory->seq_count, seq + 1, __ATOMIC_RELEASE);
}

static void write_pages(__u64 counter, int night)
{
	char command[80];

	write_registered(counter, night);
	snprintf(command, sizeof(command), "page 1 %llu %d", (unsigned long long)counter, night);
	guest_host_ok(command);
}

static void register_memory(void)
{
	struct clockbound_register argument = { .size = sizeof(argument) };

	argument.fd = memfd_create("vmclock", MFD_CLOEXEC);
	if (argument.fd < 0 || ftruncate(argument.fd, 4096))
		guest_die("memfd");
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, argument.fd, 0);
	if (memory == MAP_FAILED)
		guest_die("memfd");
	*memory = (struct vmclock_page) {
		.magic = VMCLOCK_PAGE_MAGIC,
		.size = 4096,
		.version = VMCLOCK_PAGE_VERSION,
		.counter_id = VMCLOCK_ID_X86_TSC,
		.time_type = VMCLOCK_TYPE_UTC,
		.disruption_marker = REGISTERED_MARKER,
		.flags = VMCLOCK_PERIOD_MAXERROR_VALID | VMCLOCK_TIME_MAXERROR_VALID,
		.clock_status = VMCLOCK_CLOCK_SYNCHRONIZED,
		.counter_period_shift = 29,
		.counter_period_frac_sec = PERIOD_1NS,
		.counter_period_maxerror_rate_frac_sec = PERIOD_1NS / 1000000,
		.time_maxerror_nanosec = MAXERROR_NS,
	};
	write_registered(clockbound_counter(), 0);
	if (ioctl(device.fd, CLOCKBOUND_REGISTER, &argument))
		guest_die("REGISTER");
}

static struct clockbound_report report_of(int night)
{
	__u64 raw = clock_ns(CLOCK_MONOTONIC_RAW);

	return (struct clockbound_report) {
		.size = sizeof(struct clockbound_report),
		.as_of = raw,
		.void_after = raw + 1000 * SECOND,
		.time = (START_S + night * NIGHT_S) * SECOND,
		.bound = MAXERROR_NS,
		.measured = raw,
		.max_drift = 1000000,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.disruption_marker = 1,
	};
}

/* Any reading is trusted, after the module has looked at what there is. */
static int trusted_now(void)
{
	struct clockbound_wait wait = {
		.size = sizeof(wait),
		.flags = CLOCKBOUND_WAIT_TIMEOUT,
	};
	struct clockbound_reading mapped, asked;

	by_mmap(&mapped);
	by_ioctl(&asked);
	return guest_trusted(&mapped) || guest_trusted(&asked) ||
	       !ioctl(device.fd, CLOCKBOUND_WAIT_SYNC, &wait);
}

static void wait_for_readers(int night)
{
	int i;

	for (i = 0; i < GUEST_READERS; i++)
		while (streams[i].newest != night)
			usleep(100);
}

static void to_memory(void)
{
	guest_host_ok("wake");
	write_file("/sys/power/state", "mem");
	guest_host_ok("woken");
}

/* To idle, until the host's side presses a key: it does so until it is told to stop. */
static void to_idle(void)
{
	write_file("/sys/class/tty/ttyS1/power/wakeup", "enabled");
	guest_host_ask("idle");
	write_file("/sys/power/state", "freeze");
	guest_host_ask("woken");
	while (strcmp(guest_host_answer(), "ok"))
		;
}

/* All is done that a hibernation needs, and there is no disk to write its image to. */
static void to_disk(void)
{
	int fd = open("/sys/power/state", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "disk", 4) != -1)
		guest_die("a hibernation without a disk");
	close(fd);
}

/* Chooses what it ends with, if this kernel can do it at all. */
static bool can_hibernate(void)
{
	int fd = open("/sys/power/disk", O_WRONLY | O_CLOEXEC);
	bool can = fd >= 0 && write(fd, "shutdown", 8) == 8;

	if (fd >= 0)
		close(fd);
	return can;
}

/* Something at the very end does not want to sleep: the clocks go on. */
static void give_up(void)
{
	write_file("/sys/power/pm_test", "platform");
	write_file("/sys/power/state", "mem");
	write_file("/sys/power/pm_test", "none");
}

static int asleep(void)
{
	int i, least = streams[0].asleep;

	for (i = 1; i < GUEST_READERS; i++)
		if (streams[i].asleep < least)
			least = streams[i].asleep;
	return least;
}

static void spend_night(int night, void (*sleep)(void))
{
	__u64 counter = clockbound_counter();
	struct clockbound_report report;
	struct pair evening, morning;
	int before = asleep();

	/* By the next tick, without anybody who asks for a look at them. */
	write_pages(counter, night);
	wait_for_readers(night);
	report = report_of(night);
	if (ioctl(device.fd, CLOCKBOUND_REPORT, &report))
		guest_die("REPORT");

	evening = take_pair();
	sleep();
	morning = take_pair();

	/* Nothing has moved; then all of it has, and is from the counter before. */
	bad.trusted_at_once += trusted_now();
	guest_wait_for_timekeeper();
	bad.trusted_unmoved += trusted_now();
	bad.report_taken += !ioctl(device.fd, CLOCKBOUND_REPORT, &report) || errno != ESTALE;
	write_pages(counter, night);
	bad.trusted_old += trusted_now();
	/* As if the counter had begun anew. */
	write_pages(counter + (__u64)(HOURS_28_NS / ns_per_tick), night);
	bad.trusted_future += trusted_now();
	if (slept_ns(&evening, &morning) < 2 * ASLEEP_NS)
		return;
	long_nights++;
	while (asleep() == before)
		usleep(100);
}

static void spend_nights(int *night, int count, void (*sleep)(void), const char *what)
{
	__u64 start = clock_ns(CLOCK_BOOTTIME);
	int i;

	for (i = 0; i < count; i++)
		spend_night((*night)++, sleep);
	printf("# %s: %d nights in %lld ms\n", what, count,
	       (clock_ns(CLOCK_BOOTTIME) - (long long)start) / 1000000);
	guest_check(!bad.trusted_at_once && !bad.trusted_unmoved,
		    "%s: trusted at once %d times, later %d times, and nothing has moved", what,
		    bad.trusted_at_once, bad.trusted_unmoved);
	guest_check(!bad.trusted_old && !bad.trusted_future,
		    "%s: trusted by an old counter value %d times, by a future one %d times", what,
		    bad.trusted_old, bad.trusted_future);
	guest_check(!bad.report_taken, "%s: a report from before is refused but %d times", what,
		    bad.report_taken);
	memset(&bad, 0, sizeof(bad));
}

/* What people see. */
static void check_verdict(const char *file, const char *start)
{
	char path[64], text[128];
	FILE *opened;

	snprintf(path, sizeof(path), "/sys/kernel/clockbound/%s", file);
	opened = fopen(path, "r");
	if (!opened || !fgets(text, sizeof(text), opened))
		guest_die(path);
	fclose(opened);
	text[strcspn(text, "\n")] = '\0';
	guest_check(!strncmp(text, start, strlen(start)), "%s: %s", file, text);
}

static void check_streams(int nights)
{
	size_t stale = 0, trusted = 0, taken = 0, insane = 0;
	bool all = true;
	int i;

	for (i = 0; i < GUEST_READERS; i++) {
		stale += streams[i].stale;
		trusted += streams[i].trusted;
		taken += streams[i].taken;
		insane += streams[i].insane;
		all &= streams[i].asleep >= long_nights;
	}
	printf("# %zu readings, %zu of them trusted\n", taken, trusted);
	guest_check(!stale, "%zu readings after a night are from a claim before it", stale);
	guest_check(!insane, "%zu readings that the ABI does not allow", insane);
	guest_check(all && long_nights > nights / 2,
		    "each reader has noticed %d long nights of %d", long_nights, nights);
	guest_check(trusted > (size_t)nights, "there were trusted readings");
}

int main(void)
{
	int night = 0, long_ones = NIGHTS_TO_MEMORY, i;

	guest_open(&device);
	calibrate();
	register_memory();
	for (i = 0; i < GUEST_READERS; i++)
		streams[i].newest = -1;
	guest_readers_start(read_on);

	spend_nights(&night, NIGHTS_TO_MEMORY, to_memory, "to memory");
	check_verdict("vmclock", "from before a suspend");
	spend_nights(&night, NIGHTS_TO_IDLE, to_idle, "to idle");
	if (can_hibernate()) {
		spend_nights(&night, NIGHTS_TO_DISK, to_disk, "to disk");
		long_ones += NIGHTS_TO_DISK;
	} else {
		guest_skip("to disk", "this kernel cannot hibernate");
	}
	write_file("/sys/module/suspend/parameters/pm_test_delay", "0");
	spend_nights(&night, NIGHTS_GIVEN_UP, give_up, "given up");
	guest_readers_stop();
	check_streams(long_ones);
	guest_check(!guest_count("violations") &&
		    !guest_count("disruptions"),
		    "no violation, no disruption");
	/* The real-time clock's driver may set the clock after a night, too. */
	guest_check(guest_count("steps") >= (__u64)night,
		    "%llu steps in %d nights",
		    (unsigned long long)guest_count("steps"), night);

	/* Under a new marker, the hypervisor says it whatever the counter value is. */
	guest_host("page 2 5 %d", night);
	guest_check(trusted_now(), "trusted again under a new marker");
	return guest_result();
}
