// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loops that are timed. Each has its own, so that what is inline stays inline.
 */
#include "measure.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* For the compiler, somebody looks at what is there. */
static inline void used(const void *pointer)
{
	__asm__ __volatile__("" : : "r" (pointer) : "memory");
}

/* 0 that the compiler and the CPU know only once they know @value. */
static inline size_t nothing_of(__s64 value)
{
	size_t nothing = (size_t)value;

	__asm__ __volatile__("and $0, %0" : "+r" (nothing) : : "cc", "memory");
	return nothing;
}

/*
 * @result, when both values are known. In bytes, so that it is the same work for all
 * subjects, however large their results are.
 */
static inline void *known(void *result, __s64 one, __s64 other)
{
	return (char *)result + nothing_of(one) + nothing_of(other);
}

static void read_freely(const struct clockbound_device *device)
{
	struct clockbound_reading reading;
	int i;

	for (i = 0; i < MEASURE_CALLS; i++) {
		clockbound_read(device, &reading);
		used(&reading);
	}
}

static void read_in_turn(const struct clockbound_device *device)
{
	struct clockbound_reading reading, *next = &reading;
	int i;

	for (i = 0; i < MEASURE_CALLS; i++) {
		clockbound_read(device, next);
		next = known(&reading, next->earliest, next->latest);
	}
}

static void now_freely(const struct clockbound_device *device)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };
	int i;

	for (i = 0; i < MEASURE_CALLS; i++) {
		clockbound_read_ioctl(device, &reading);
		used(&reading);
	}
}

static void now_in_turn(const struct clockbound_device *device)
{
	struct clockbound_reading reading = { .size = sizeof(reading) }, *next = &reading;
	int i;

	for (i = 0; i < MEASURE_CALLS; i++) {
		clockbound_read_ioctl(device, next);
		next = known(&reading, next->earliest, next->latest);
	}
}

/* Nothing goes into it and nothing comes out. */
static void refuse(const struct clockbound_device *device)
{
	int i;

	for (i = 0; i < MEASURE_CALLS; i++)
		ioctl(device->fd, _IO(CLOCKBOUND_IOC_MAGIC, 0xff));
}

static void vdso_freely(const struct clockbound_device *device)
{
	struct timespec time;
	int i;

	(void)device;
	for (i = 0; i < MEASURE_CALLS; i++) {
		clock_gettime(CLOCK_REALTIME, &time);
		used(&time);
	}
}

static void vdso_in_turn(const struct clockbound_device *device)
{
	struct timespec time, *next = &time;
	int i;

	(void)device;
	for (i = 0; i < MEASURE_CALLS; i++) {
		clock_gettime(CLOCK_REALTIME, next);
		next = known(&time, next->tv_sec, next->tv_nsec);
	}
}

static void syscall_freely(const struct clockbound_device *device)
{
	struct timespec time;
	int i;

	(void)device;
	for (i = 0; i < MEASURE_CALLS; i++) {
		syscall(SYS_clock_gettime, CLOCK_REALTIME, &time);
		used(&time);
	}
}

static void syscall_in_turn(const struct clockbound_device *device)
{
	struct timespec time, *next = &time;
	int i;

	(void)device;
	for (i = 0; i < MEASURE_CALLS; i++) {
		syscall(SYS_clock_gettime, CLOCK_REALTIME, next);
		next = known(&time, next->tv_sec, next->tv_nsec);
	}
}

/* Nothing goes into it, and it waits for all that is before it. */
static void count_fenced(void)
{
	int i;

	for (i = 0; i < MEASURE_CALLS; i++) {
		__u64 counter = clockbound_ticks_value(clockbound_ticks_fenced());

		used((const void *)counter);
	}
}

static void count_rdtscp(void)
{
	int i;

	for (i = 0; i < MEASURE_CALLS; i++) {
		__u64 counter = clockbound_ticks_value(clockbound_ticks_rdtscp());

		used((const void *)counter);
	}
}

/* By the way that the page says is the cheaper one. */
static void count(const struct clockbound_device *device)
{
	if (device->page && (device->page->features & CLOCKBOUND_FEATURE_RDTSCP))
		count_rdtscp();
	else
		count_fenced();
}

typedef void (*loop)(const struct clockbound_device *device);

static const struct {
	const char *text;
	loop run[MEASURE_MODES];
} subjects[MEASURE_SUBJECTS] = {
	[MEASURE_READ] = { "clockbound_read", { read_freely, read_in_turn } },
	[MEASURE_NOW] = { "ioctl-now", { now_freely, now_in_turn } },
	[MEASURE_IOCTL] = { "ioctl-none", { refuse, refuse } },
	[MEASURE_VDSO] = { "vdso", { vdso_freely, vdso_in_turn } },
	[MEASURE_SYSCALL] = { "syscall", { syscall_freely, syscall_in_turn } },
	[MEASURE_COUNTER] = { "counter", { count, count } },
};

/**
 * measure_subject_text() - the name of a subject
 * @subject: the subject
 *
 * Return: one word, constant.
 */
const char *measure_subject_text(enum measure_subject subject)
{
	return subjects[subject].text;
}

/**
 * measure_mode_text() - the name of a mode
 * @mode: the mode
 *
 * Return: one word, constant.
 */
const char *measure_mode_text(enum measure_mode mode)
{
	return mode == MEASURE_LATENCY ? "latency" : "throughput";
}

/**
 * measure_batch() - time MEASURE_CALLS calls
 * @subject: what to call
 * @mode: how they follow each other
 * @device: where clockbound's subjects read from; it is not looked at for others
 *
 * Whatever the calls return is ignored: try the subject once before. Each batch is
 * somewhere else on the stack: where the result's address ends like the page's, calls
 * take longer, and a program does not choose that.
 *
 * Return: ns for one call.
 */
double measure_batch(enum measure_subject subject, enum measure_mode mode,
		     const struct clockbound_device *device)
{
	struct timespec start, end;
	char *elsewhere;

	clock_gettime(CLOCK_MONOTONIC, &start);
	elsewhere = __builtin_alloca((size_t)start.tv_nsec % 4096 + 1);
	used(elsewhere);
	clock_gettime(CLOCK_MONOTONIC, &start);
	subjects[subject].run[mode](device);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return ((double)(end.tv_sec - start.tv_sec) * 1e9 +
		(double)(end.tv_nsec - start.tv_nsec)) / MEASURE_CALLS;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/**
 * measure_summarize() - what many batches say
 * @samples: the results of measure_batch(); sorted afterwards
 * @count: how many, at least one
 * @summary: where the summary goes
 */
void measure_summarize(double *samples, size_t count, struct measure_summary *summary)
{
	qsort(samples, count, sizeof(*samples), compare);
	summary->median = samples[count / 2];
	summary->low = samples[count / 20];
	summary->high = samples[count - 1 - count / 20];
}
