// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine is saved, cloned or moved while two readers take every reading they can. From its
 * first instruction on, whoever it is then, no reading may be trusted, until its own vmhost has
 * measured its counter; and from then on each is right.
 *
 * The host says what comes ("next": "cross" or "end"), does it ("cross"), and answers who this
 * is now and how many readings are wanted: "original", "clone" or "moved". Each clone gets an
 * answer of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "recorder.h"

/* What the recorder dates on each side, at least. */
#define DATED		10000

#define MARKER_STEP	(1ULL << 32)	/* what vmhost promises at least for a clone */

/**
 * struct reader - what a reader has seen across the event
 * @old: trusted readings before it
 * @pages: readings after it through the page
 * @ioctls: the same through the ioctl
 * @trusted: those of both that were trusted
 * @insane: those that the ABI does not allow
 * @straddling: counter value of a trusted one that the event may have interrupted, or 0
 * @first: a counter value soon after the event, or 0
 */
struct reader {
	atomic_size_t old;
	atomic_size_t pages;
	atomic_size_t ioctls;
	size_t trusted;
	size_t insane;
	__u64 straddling;
	__u64 first;
};

/**
 * struct before - what was true before the event
 * @marker: the page's
 * @generation: the page's
 * @reading: a trusted one
 * @events: the device once more, with the events from then on
 * @notifications: of the VMClock, so far
 */
struct before {
	__u64 marker;
	__u64 generation;
	struct clockbound_reading reading;
	int events;
	unsigned long notifications;
};

static const struct guest_device *device;
static struct reader readers[GUEST_READERS];
static __u64 old_marker;
static pthread_t waiter;
static int wait_error;

/*
 * The last word that is not the page's in the memory that is shared with the host: a clone has
 * new memory, which is zero, whatever its page says.
 */
static volatile __u64 *mark;

#define MARKED	0x6465766173ULL

static __u64 page_word(size_t offset)
{
	return *(const volatile __u64 *)((const char *)device->vmclock + offset);
}

static __u64 marker_now(void)
{
	return page_word(0x10);
}

static __u64 generation_now(void)
{
	return page_word(0x68);
}

/* Is this after the event? */
static bool is_after(void)
{
	return *mark != MARKED || marker_now() != old_marker;
}

static void take_now(struct clockbound_reading *reading)
{
	*reading = (struct clockbound_reading) { .size = sizeof(*reading) };
	if (ioctl(device->fd, CLOCKBOUND_NOW, reading))
		guest_die("NOW");
}

/* Whether it came through the page; with its writer off its CPU, the kernel is asked. */
static bool take(struct clockbound_reading *reading, bool page)
{
	if (page && clockbound_page_read(device->page, device->vmclock, device->registered,
					 reading) != CLOCKBOUND_READ_BUSY)
		return true;
	take_now(reading);
	return false;
}

static void take_one(struct reader *reader, bool want_page)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };
	bool fresh = is_after(), page, trusted;

	/* The counter, behind that look: what is later is after the event. */
	if (fresh && !reader->first)
		reader->first = clockbound_counter();
	page = take(&reading, want_page);
	trusted = guest_trusted(&reading);
	reader->insane += !guest_sane(&reading);
	if (fresh) {
		reader->pages += page;
		reader->ioctls += !page;
		reader->trusted += trusted;
	} else if (!is_after()) {
		reader->old += trusted;
	} else if (trusted) {
		reader->straddling = reading.counter_value;
	}
}

static void read_on(int number)
{
	bool page = false;

	while (!guest_readers_stopping())
		take_one(&readers[number], page = !page);
}

static void pause_a_little(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	nanosleep(&pause, NULL);
}

static void wait_for_old(void)
{
	for (int i = 0; i < GUEST_READERS; i++)
		while (readers[i].old < DATED / 10)
			pause_a_little();
}

static size_t sum_pages(void)
{
	size_t sum = 0;

	for (int i = 0; i < GUEST_READERS; i++)
		sum += readers[i].pages;
	return sum;
}

static size_t sum_ioctls(void)
{
	size_t sum = 0;

	for (int i = 0; i < GUEST_READERS; i++)
		sum += readers[i].ioctls;
	return sum;
}

static void *run_waiter(void *argument)
{
	struct clockbound_wait forever = {
		.size = sizeof(forever), .until = CLOCKBOUND_TIME_MAX,
	};

	*(atomic_int *)argument = gettid();
	wait_error = ioctl(device->fd, CLOCKBOUND_WAIT, &forever) ? errno : 0;
	return NULL;
}

static void start_waiter(void)
{
	atomic_int tid = 0;

	if (pthread_create(&waiter, NULL, run_waiter, &tid))
		guest_die("pthread_create");
	while (!tid)
		pause_a_little();
	guest_wait_until_asleep(tid);
}

/* Interrupts of the device through which the VMClock's notifications come */
static unsigned long count_notifications(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	unsigned long first, second, sum = 0;
	char line[256];

	if (!file)
		guest_die("/proc/interrupts");
	while (fgets(line, sizeof(line), file))
		if (strstr(line, "ACPI:Ged") &&
		    sscanf(line, "%*[^:]: %lu %lu", &first, &second) == 2)
			sum += first + second;
	fclose(file);
	return sum;
}

/* It comes a moment later, or the machine's time is up. */
static void check_notified(const struct before *before, const char *who)
{
	unsigned long now;

	while ((now = count_notifications()) == before->notifications)
		pause_a_little();
	guest_check(now > before->notifications, "%s: it is notified", who);
}

static void look_before(struct before *before)
{
	before->marker = marker_now();
	before->generation = generation_now();
	before->notifications = count_notifications();
	take_now(&before->reading);
	guest_check(guest_trusted(&before->reading), "there is a bound before it");
	before->events = open(CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (before->events < 0)
		guest_die(CLOCKBOUND_DEVICE_PATH);
}

/* Of the time before it nobody knows anything any more, under whichever marker. */
static void check_at(const struct before *before, const char *who)
{
	const __u64 markers[] = { before->reading.disruption_marker, marker_now() };

	for (int i = 0; i < 2; i++) {
		struct clockbound_reading reading = {
			.size = sizeof(reading), .counter_value = before->reading.counter_value,
			.disruption_marker = markers[i],
		};
		int result = ioctl(device->fd, CLOCKBOUND_AT, &reading);

		guest_check(result == -1 && errno == ESTALE,
			    "%s: AT of the time before it, with the %s marker: ESTALE", who,
			    i ? "new" : "old");
	}
}

static void check_events(const struct before *before, const char *who, bool clone)
{
	struct clockbound_event event;
	__u64 generation = 0;
	__u32 changes = 0;

	while (read(before->events, &event, sizeof(event)) == sizeof(event)) {
		changes |= event.changes;
		generation = event.vm_generation;
	}
	close(before->events);
	guest_check(changes & CLOCKBOUND_EVENT_DISRUPTION, "%s: listeners get the disruption",
		    who);
	guest_check(!(changes & CLOCKBOUND_EVENT_GENERATION) == !clone,
		    "%s: listeners get %s generation", who, clone ? "the new" : "no new");
	guest_check(generation == generation_now(), "%s: the event has the page's generation",
		    who);
}

static void check_readers(const char *who, size_t wanted)
{
	size_t trusted = 0, insane = 0, late = 0;
	__u64 first = ~0ULL;
	int i;

	for (i = 0; i < GUEST_READERS; i++) {
		trusted += readers[i].trusted;
		insane += readers[i].insane;
		if (readers[i].first && readers[i].first < first)
			first = readers[i].first;
	}
	for (i = 0; i < GUEST_READERS; i++)
		late += readers[i].straddling > first;
	guest_check(!trusted,
		    "%s: %zu of %zu readings through the page and %zu by ioctl are trusted without a measurement",
		    who, trusted, sum_pages(), sum_ioctls());
	guest_check(sum_pages() >= wanted && sum_ioctls() >= wanted,
		    "%s: at least %zu readings each way", who, wanted);
	guest_check(!late, "%s: %zu readings that it interrupted are of the time after it", who,
		    late);
	guest_check(!insane, "%s: %zu readings that the ABI does not allow", who, insane);
}

static void check_identity(const struct before *before, const char *who)
{
	__u64 step = marker_now() - before->marker;

	if (!strcmp(who, "original"))
		guest_check(step == 1, "%s: the next marker", who);
	else
		guest_check(step >= MARKER_STEP, "%s: a marker that nobody else has", who);
	if (!strcmp(who, "clone"))
		guest_check(generation_now() != before->generation, "%s: another generation",
			    who);
	else
		guest_check(generation_now() == before->generation, "%s: the same generation",
			    who);
	printf("# generation of the %s: %llu\n", who, generation_now());
}

static __s64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void check_dated(const char *what)
{
	struct recorder_result result;
	size_t target;

	recorder_sum(&result);
	target = result.trusted + DATED;
	do {
		do {
			recorder_start();
			recorder_wait_for_trust();
			recorder_wait();
		} while (!recorder_stop(what));
		recorder_sum(&result);
	} while (result.trusted < target);
}

static void cross(void)
{
	struct before before;
	const char *answer;
	char who[16] = "";
	size_t wanted = 0;
	__s64 begun;

	check_dated("before it");
	look_before(&before);
	start_waiter();
	memset(readers, 0, sizeof(readers));
	old_marker = before.marker;
	*mark = MARKED;
	guest_readers_start(read_on);
	wait_for_old();

	answer = guest_host("cross");
	begun = now_ns();
	guest_check(sscanf(answer, "%15s %zu", who, &wanted) == 2, "the host says who this is");
	guest_check(!strcmp(who, "original") || !strcmp(who, "clone") || !strcmp(who, "moved"),
		    "the host knows who this is: %s", answer);
	while (sum_pages() < wanted || sum_ioctls() < wanted)
		pause_a_little();
	guest_readers_stop();
	pthread_join(waiter, NULL);

	guest_check(wait_error == ECANCELED, "%s: a WAIT across it: ECANCELED", who);
	check_identity(&before, who);
	check_notified(&before, who);
	check_at(&before, who);
	check_events(&before, who, !strcmp(who, "clone"));
	check_readers(who, wanted);
	recorder_measure();
	printf("# %s: its bound is back %lld ms after the host's word\n", who,
	       (now_ns() - begun) / 1000000);
	check_dated("after it");
}

int main(void)
{
	struct recorder_result result;
	size_t size;
	char *memory;

	recorder_open();
	device = recorder_device();
	memory = guest_ivshmem(&size);
	mark = (volatile __u64 *)(memory + size) - 1;
	while (strcmp(guest_host("next"), "end"))
		cross();
	recorder_check(&result);
	guest_check(result.trusted >= 2 * DATED, "%zu trusted readings of %zu are dated",
		    result.trusted, result.taken);
	return guest_result();
}
