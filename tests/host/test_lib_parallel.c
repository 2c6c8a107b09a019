// SPDX-License-Identifier: GPL-2.0-only
/*
 * Never stale, on two real CPUs at once: the library's reader on one, and on the other
 * one a hypervisor that changes the disruption marker and a kernel that publishes the
 * next model a moment later.
 *
 * Each model is one era: its lines are ERA ns above those of the one before, so an
 * interval tells which model it was made from. The writer takes the counter after the
 * new marker is visible to all CPUs. A reading of the era before with a later counter
 * value is stale: the reader's marker was the old one at a time when it was none any more.
 *
 * The two counters need not agree. How far they may be apart is measured, before and
 * after, by what can have happened in between (see measure()), and counts in the
 * reader's favour; it has a limit. A control shows that the test can see: the same reader
 * with the marker of 100 ns ago must be found to be stale.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <clockbound.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake_device.h"
#include "write_page.h"

/* A run has at least as many; the control takes fewer readings. */
#define READINGS_MIN	10000000UL
#define CONTROL_MIN	1000000UL
#define CHANGES_MIN	100000UL
#define CHANGES_MAX	4000000UL

/* What does not get there in time has failed. */
#define RUN_LIMIT_NS	240000000000LL

/* The skew is measured so often or so long; if it is not known better, that has failed. */
#define ROUNDS		20000UL
#define MEASURE_NS	2000000000LL
#define SKEW_LIMIT_NS	500.0

/*
 * Who has seen nothing of the other thread for so many looks has lost it: some 500 us,
 * which is longer than it takes until both are awake.
 */
#define PATIENCE_LOOKS		1000
#define PATIENCE_READINGS	10000
#define TICK_NS			2000000

/* How old the control's marker is. */
#define CONTROL_NS	100

#define ERA_SHIFT	40
#define WIDTH		1000

/* As the module maps them: each in a page of its own. */
static union {
	struct clockbound_page clock;
	char bytes[4096];
} clock_page __attribute__((aligned(4096)));

static __u64 vmclock[512] __attribute__((aligned(4096)));

static struct clockbound_device device;
static int cpu[2];			/* the reader's, the writer's */
static int cpus;			/* how many of them there are */
static double ticks_per_ns;

/* Of each era: the largest counter value of a trusted reading, and when it was over. */
static __u64 last_read[CHANGES_MAX + 1];
static __u64 over_at[CHANGES_MAX + 1];

/* What the threads tell each other: readings that were trusted, and to stop. */
static struct {
	unsigned long trusted;
	char other_cache_line[128];
	int stop;
} shared;

static __s64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/*
 * On a busy machine one of the two threads is mostly off its CPU, and the other one
 * gets nowhere. Both sleep until the same moment then: who has slept is put before
 * those that have not, so they run at the same time from there on.
 */
static void meet_again(void)
{
	__s64 tick = now_ns() / TICK_NS * TICK_NS + TICK_NS;
	struct timespec until = { tick / 1000000000, tick % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void pin(int which)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu[which], &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		abort();
}

static int find_cpus(void)
{
	cpu_set_t set;
	int i, found = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		abort();
	for (i = 0; i < CPU_SETSIZE && found < 2; i++) {
		if (CPU_ISSET(i, &set))
			cpu[found++] = i;
	}
	return found;
}

static void measure_ticks(void)
{
	__s64 start = now_ns(), ns;
	__u64 ticks = clockbound_counter();

	do {
		ns = now_ns() - start;
	} while (ns < 20000000);
	ticks_per_ns = (double)(clockbound_counter() - ticks) / (double)ns;
}

/*
 * By how much the writer's counter is ahead of the reader's, in ticks: at least @min and
 * at most @max. The reader takes its counter and calls; the writer takes its own and
 * answers; the reader takes its counter again. The writer's value belongs to a moment
 * between the reader's two, so the difference is between theirs. All rounds hold at
 * once: what counts is the quickest way there and the quickest way back.
 */
struct skew {
	__s64 min;
	__s64 max;
};

/* The cache line of each direction, which its sender writes. */
struct ball {
	unsigned long round;
	unsigned long soon;
	__u64 counter;
} __attribute__((aligned(128)));

static struct ball call, answer;

static void pause_for(unsigned int spins)
{
	while (spins--)
		clockbound_counter_relax();
}

/* The counter after all that this CPU has stored can be seen by others. */
static __u64 counter_after_stores(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return clockbound_counter();
}

/* Only when the line is this CPU's own is the counter taken: the store is quick then. */
static void send(struct ball *ball, unsigned long round)
{
	ball->soon = round;
	ball->counter = counter_after_stores();
	__atomic_store_n(&ball->round, round, __ATOMIC_RELEASE);
}

/* Looks now and then, so that the sender can keep the line: sometimes that is just then. */
static int receive(const struct ball *ball, unsigned long round)
{
	unsigned int looks = 0;

	while (__atomic_load_n(&ball->round, __ATOMIC_ACQUIRE) != round) {
		if (__atomic_load_n(&shared.stop, __ATOMIC_RELAXED))
			return 0;
		pause_for(round % 7);
		if (++looks % (4 * PATIENCE_LOOKS) == 0)
			meet_again();
	}
	return 1;
}

static void *answer_calls(void *argument)
{
	unsigned long round;

	(void)argument;
	pin(1);
	for (round = 1; receive(&call, round); round++)
		send(&answer, round);
	return NULL;
}

static unsigned long call_for(struct skew *skew, __s64 until)
{
	unsigned long round = 0;

	while (round < ROUNDS && now_ns() < until) {
		__u64 after;
		__s64 ahead;

		send(&call, ++round);
		receive(&answer, round);
		after = clockbound_counter();
		ahead = (__s64)(answer.counter - after);
		if (ahead > skew->min)
			skew->min = ahead;
		ahead = (__s64)(answer.counter - call.counter);
		if (ahead < skew->max)
			skew->max = ahead;
	}
	return round;
}

static struct skew measure(void)
{
	struct skew skew = { .min = INT64_MIN, .max = INT64_MAX };
	unsigned long rounds;
	pthread_t writer;

	call.round = 0;
	answer.round = 0;
	shared.stop = 0;
	pin(0);
	assert_int_equal(pthread_create(&writer, NULL, answer_calls, NULL), 0);
	rounds = call_for(&skew, now_ns() + MEASURE_NS);
	__atomic_store_n(&shared.stop, 1, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(writer, NULL), 0);
	print_message("skew: the writer's counter is %.0f to %.0f ns ahead (%lu rounds)\n",
		      (double)skew.min / ticks_per_ns, (double)skew.max / ticks_per_ns, rounds);
	assert_true(skew.min <= skew.max);
	assert_true((double)(skew.max - skew.min) <= SKEW_LIMIT_NS * ticks_per_ns);
	return skew;
}

/* Readers: the library's, and one that must be caught. */
typedef int reader(struct clockbound_reading *reading);

static int read_library(struct clockbound_reading *reading)
{
	return clockbound_read(&device, reading);
}

/* The same code, and a VMClock page as it was CONTROL_NS before the counter is read. */
static int read_late(struct clockbound_reading *reading)
{
	__u64 earlier[512];
	__u64 start;

	earlier[CLOCKBOUND_VMCLOCK_MARKER / 8] =
		__atomic_load_n(&vmclock[CLOCKBOUND_VMCLOCK_MARKER / 8], __ATOMIC_ACQUIRE);
	earlier[CLOCKBOUND_VMCLOCK_GENERATION / 8] = 0;
	start = clockbound_counter();
	while ((double)(clockbound_counter() - start) < CONTROL_NS * ticks_per_ns)
		;
	return clockbound_page_read(&clock_page.clock, earlier, NULL, reading);
}

struct tally {
	reader *read;
	unsigned long readings;
	unsigned long trusted;
	unsigned long torn;
};

static void *read_on(void *argument)
{
	struct tally *tally = argument;
	unsigned long trusted = 0, torn = 0, readings, same = 0;
	__u64 last = 0;

	pin(0);
	for (readings = 0; !__atomic_load_n(&shared.stop, __ATOMIC_RELAXED); readings++) {
		struct clockbound_reading reading;
		__u64 era;

		if (tally->read(&reading) || reading.status != CLOCKBOUND_STATUS_SYNCHRONIZED)
			continue;
		/* Of one era, all of it, and not of one to come. */
		era = (__u64)reading.earliest >> ERA_SHIFT;
		same = era == last ? same + 1 : 0;
		last = era;
		if (same == PATIENCE_READINGS) {
			meet_again();
			same = 0;
		}
		if (era > CHANGES_MAX || era != reading.disruption_marker ||
		    reading.latest - reading.earliest != WIDTH) {
			torn++;
			continue;
		}
		if (last_read[era] < reading.counter_value)
			last_read[era] = reading.counter_value;
		__atomic_store_n(&shared.trusted, ++trusted, __ATOMIC_RELAXED);
	}
	tally->readings = readings;
	tally->trusted = trusted;
	tally->torn = torn;
	return NULL;
}

static void publish(__u64 era)
{
	struct clockbound_model model = {
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.flags = CLOCKBOUND_MODEL_VMCLOCK,
		.counter_value = clockbound_counter(),
		.earliest = (__s64)(era << ERA_SHIFT),
		.latest = (__s64)(era << ERA_SHIFT) + WIDTH,
		.earliest_rate = 1ULL << 60,
		.latest_rate = 1ULL << 60,
		.valid_ticks = 1ULL << 61,
		.synchronized_ticks = 1ULL << 62,
		.disruption_marker = era,
	};

	write_page(&clock_page.clock, &model);
}

/* Each era is read at least once, so that no change goes by while nobody looks. */
static int wait_for_reader(unsigned long trusted, __s64 until)
{
	unsigned int looks = 0;

	while (__atomic_load_n(&shared.trusted, __ATOMIC_RELAXED) == trusted) {
		pause_for(8);
		if (++looks % PATIENCE_LOOKS)
			continue;
		if (now_ns() > until)
			return 0;
		meet_again();
	}
	return 1;
}

/* Returns how often the marker was changed. */
static unsigned long change(unsigned long readings, __s64 until)
{
	__u64 *marker = &vmclock[CLOCKBOUND_VMCLOCK_MARKER / 8];
	unsigned long era, trusted;

	for (era = 0; era < CHANGES_MAX; era++) {
		trusted = __atomic_load_n(&shared.trusted, __ATOMIC_RELAXED);
		publish(era);
		if (!wait_for_reader(trusted, until) ||
		    (era >= CHANGES_MIN && trusted >= readings))
			break;
		/* The phases of reader and writer against each other: all of them. */
		pause_for(era * 7919 % 61);

		__atomic_store_n(marker, era + 1, __ATOMIC_RELEASE);
		over_at[era] = counter_after_stores();
		pause_for(era * 104729 % 31);
	}
	return era;
}

/* A counter value of the reader's that is later than the writer's, whatever the skew. */
static unsigned long count_stale(unsigned long changes, const struct skew *skew)
{
	unsigned long era, stale = 0;

	for (era = 0; era < changes; era++) {
		__s64 later = (__s64)(last_read[era] - over_at[era]);

		stale += last_read[era] && later + skew->min > 0;
	}
	return stale;
}

static struct skew wider(const struct skew *first, const struct skew *second)
{
	return (struct skew) {
		.min = first->min < second->min ? first->min : second->min,
		.max = first->max > second->max ? first->max : second->max,
	};
}

/* Returns how many changes were followed by a stale reading. */
static unsigned long run(const char *name, reader *read, unsigned long readings)
{
	struct tally tally = { .read = read };
	unsigned long changes, stale;
	struct skew before, after;
	pthread_t thread;
	__s64 start;

	if (cpus < 2) {
		print_message("SKIPPED: there is one CPU only, and this test needs two\n");
		skip();
	}
	before = measure();
	memset(last_read, 0, sizeof(last_read));
	memset(vmclock, 0, sizeof(vmclock));
	shared.trusted = 0;
	shared.stop = 0;
	publish(0);
	start = now_ns();
	assert_int_equal(pthread_create(&thread, NULL, read_on, &tally), 0);
	pin(1);
	changes = change(readings, start + RUN_LIMIT_NS);
	__atomic_store_n(&shared.stop, 1, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(thread, NULL), 0);

	start = now_ns() - start;
	after = measure();
	/* If it was constant, both hold. */
	assert_true(before.min <= after.max && after.min <= before.max);
	before = wider(&before, &after);
	stale = count_stale(changes, &before);
	print_message("%s: %lu readings, %lu trusted, %lu changes of the marker, %lu stale, "
		      "beyond %.0f ns of skew; %.1f s\n", name, tally.readings, tally.trusted,
		      changes, stale, (double)-before.min / ticks_per_ns, (double)start / 1e9);
	assert_true(tally.trusted >= readings);
	assert_true(changes >= CHANGES_MIN);
	assert_int_equal(tally.torn, 0);
	return stale;
}

static int setup(void **state)
{
	(void)state;
	memset(&clock_page, 0, sizeof(clock_page));
	cb_page_format(&clock_page.clock, CLOCKBOUND_COUNTER_NATIVE,
		       CLOCKBOUND_FEATURE_VMCLOCK | fake_counter_features());
	device = (struct clockbound_device) {
		.straight = fake_counter_features() ? &clock_page.clock : NULL,
		.vmclock = vmclock,
		.page = &clock_page.clock,
		.fd = -1,
	};
	return 0;
}

static void control(void **state)
{
	(void)state;
	assert_true(run("control", read_late, CONTROL_MIN) > 0);
}

static void straight(void **state)
{
	(void)state;
	if (!device.straight)
		skip();
	assert_int_equal(run("straight", read_library, READINGS_MIN), 0);
}

/* A CPU whose counter needs a fence. */
static void fenced(void **state)
{
	(void)state;
	device.straight = NULL;
	assert_int_equal(run("fenced", read_library, READINGS_MIN), 0);
}

#define TEST(name)	cmocka_unit_test_setup(name, setup)

int main(void)
{
	/* Before the first thread is tied to one. */
	cpus = find_cpus();
	measure_ticks();
	const struct CMUnitTest tests[] = {
		TEST(control),
		TEST(straight),
		TEST(fenced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
