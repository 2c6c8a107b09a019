// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockbound-bench: the library's reader on a page of this process, made by the
 * module's own files, beside the machine's other clocks.
 *
 *	clockbound-bench [ROUNDS [BATCHES]]
 *
 * Prints one line a batch or round; scripts/bench-report.py makes a table of them:
 *
 *	batch SUBJECT MODE NS		ns for one call
 *	threads ROUND SUBJECT ONE TWO	calls in a second by one thread, and by two
 *	writer ROUND KIND NS HELD RATE	ns for one reading, without and with a writer, and
 *					its publications in a millisecond
 *
 * The subjects take turns in each round, so that what changes on the machine changes
 * for all of them.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lines.h"
#include "measure.h"
#include "own_page.h"

struct run {
	int cpu;
	enum measure_subject subject;
	const struct clockbound_device *device;
	unsigned int batches;
	pthread_barrier_t *start;
	bool undisturbed;	/* leave out what else ran */
	double ns;		/* result: mean_of() */
};

static struct clockbound_device marked, unmarked;
static int cpus[2];
static unsigned int cpu_count;

static void die(const char *what)
{
	fprintf(stderr, "clockbound-bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void find_cpus(void)
{
	cpu_set_t allowed;
	int cpu;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		die("sched_getaffinity");
	for (cpu = 0; cpu < CPU_SETSIZE && cpu_count < 2; cpu++) {
		if (CPU_ISSET(cpu, &allowed))
			cpus[cpu_count++] = cpu;
	}
}

static void pin(int cpu)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	errno = pthread_setaffinity_np(pthread_self(), sizeof(only), &only);
	if (errno)
		die("pthread_setaffinity_np");
}

static void round_of_subjects(unsigned int batches)
{
	lines_of("clockbound_read", MEASURE_READ, &marked, batches);
	lines_of("vdso", MEASURE_VDSO, NULL, batches);
	lines_of("counter", MEASURE_COUNTER, &marked, batches);
	lines_of("clockbound_read-unmarked", MEASURE_READ, &unmarked, batches);
	lines_of("syscall", MEASURE_SYSCALL, NULL, batches / 4 + 1);
}

/*
 * A batch of more than twice the median is one in which another program ran: that
 * says nothing about the reader. A publication adds a few percent to a batch.
 */
static double mean_of(const struct run *run)
{
	double *samples = malloc(run->batches * sizeof(*samples));
	struct measure_summary summary;
	unsigned int i, taken = 0;
	double sum = 0;

	if (!samples)
		die("malloc");
	for (i = 0; i < run->batches; i++)
		samples[i] = measure_batch(run->subject, MEASURE_THROUGHPUT, run->device);
	measure_summarize(samples, run->batches, &summary);
	while (taken < run->batches &&
	       (!run->undisturbed || samples[taken] <= 2 * summary.median))
		sum += samples[taken++];
	free(samples);
	return sum / taken;
}

static void *run_thread(void *argument)
{
	struct run *run = argument;

	pin(run->cpu);
	measure_batch(run->subject, MEASURE_THROUGHPUT, run->device);
	pthread_barrier_wait(run->start);
	run->ns = mean_of(run);
	/* Nobody stops before the other has measured. */
	pthread_barrier_wait(run->start);
	return NULL;
}

/* Calls in a second by @count threads at the same time. */
static double rate_of(unsigned int count, enum measure_subject subject,
		      const struct clockbound_device *device, unsigned int batches)
{
	pthread_barrier_t start;
	pthread_t threads[2];
	struct run runs[2];
	double rate = 0;
	unsigned int i;

	pthread_barrier_init(&start, NULL, count);
	for (i = 0; i < count; i++) {
		runs[i] = (struct run) {
			.cpu = cpus[i], .subject = subject, .device = device,
			.batches = batches, .start = &start, .undisturbed = true,
		};
		errno = pthread_create(&threads[i], NULL, run_thread, &runs[i]);
		if (errno)
			die("pthread_create");
	}
	for (i = 0; i < count; i++) {
		pthread_join(threads[i], NULL);
		rate += 1e9 / runs[i].ns;
	}
	pthread_barrier_destroy(&start);
	return rate;
}

static void round_of_threads(unsigned int round, unsigned int batches)
{
	printf("threads %u clockbound_read %.0f %.0f\n", round,
	       rate_of(1, MEASURE_READ, &marked, batches),
	       rate_of(2, MEASURE_READ, &marked, batches));
	printf("threads %u vdso %.0f %.0f\n", round,
	       rate_of(1, MEASURE_VDSO, NULL, batches),
	       rate_of(2, MEASURE_VDSO, NULL, batches));
}

static int writer_stops;
static unsigned long publications;
static unsigned long writer_pause;	/* ns */

static void *write_pages(void *argument)
{
	(void)argument;
	pin(cpus[1]);
	while (!__atomic_load_n(&writer_stops, __ATOMIC_ACQUIRE)) {
		struct timespec pause = { .tv_nsec = (long)writer_pause };

		own_page_publish();
		__atomic_fetch_add(&publications, 1, __ATOMIC_RELAXED);
		if (writer_pause)
			nanosleep(&pause, NULL);
	}
	return NULL;
}

static void round_of_writer(unsigned int round, const char *kind, unsigned long pause,
			    unsigned int batches)
{
	struct run run = {
		.subject = MEASURE_READ, .device = &marked, .batches = batches,
		.undisturbed = pause,
	};
	unsigned long before, after;
	struct timespec start, end;
	double alone, held, ms;
	pthread_t writer;

	alone = mean_of(&run);
	writer_pause = pause;
	writer_stops = 0;
	publications = 0;
	errno = pthread_create(&writer, NULL, write_pages, NULL);
	if (errno)
		die("pthread_create");
	do {
		before = __atomic_load_n(&publications, __ATOMIC_RELAXED);
		sched_yield();
	} while (!before);
	clock_gettime(CLOCK_MONOTONIC, &start);
	held = mean_of(&run);
	clock_gettime(CLOCK_MONOTONIC, &end);
	after = __atomic_load_n(&publications, __ATOMIC_RELAXED);
	ms = (double)(end.tv_sec - start.tv_sec) * 1e3 +
	     (double)(end.tv_nsec - start.tv_nsec) / 1e6;
	__atomic_store_n(&writer_stops, 1, __ATOMIC_RELEASE);
	pthread_join(writer, NULL);
	/* Half of the time before, half of it after: the machine may get slower. */
	alone = (alone + mean_of(&run)) / 2;
	printf("writer %u %s %.4f %.4f %.2f\n", round, kind, alone, held,
	       (double)(after - before) / ms);
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 21;
	unsigned int batches = argc > 2 ? (unsigned int)atoi(argv[2]) : 60;
	struct clockbound_reading reading;
	unsigned int round;

	if (!rounds || !batches || argc > 3) {
		fprintf(stderr, "usage: clockbound-bench [ROUNDS [BATCHES]]\n");
		return 2;
	}
	if (!own_page_create(&marked, &unmarked)) {
		fprintf(stderr, "clockbound-bench: the page bounds nothing\n");
		return 1;
	}
	if (clockbound_read(&marked, &reading) ||
	    reading.status != CLOCKBOUND_STATUS_SYNCHRONIZED ||
	    clockbound_read(&unmarked, &reading) ||
	    reading.status != CLOCKBOUND_STATUS_SYNCHRONIZED) {
		fprintf(stderr, "clockbound-bench: a reading bounds nothing\n");
		return 1;
	}
	find_cpus();
	pin(cpus[0]);
	for (round = 0; round < rounds; round++) {
		round_of_subjects(batches);
		if (cpu_count < 2)
			continue;
		round_of_threads(round, batches);
		round_of_writer(round, "1kHz", 1000000, 8 * batches);
		round_of_writer(round, "full-speed", 0, batches);
	}
	return 0;
}
