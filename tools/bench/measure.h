/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a call costs: batches of calls, so that the clock that they are timed with
 * costs nothing.
 */
#ifndef CB_BENCH_MEASURE_H
#define CB_BENCH_MEASURE_H

#include <clockbound.h>
#include <stdbool.h>
#include <stddef.h>

/* Calls in a batch: some 25 us where a call takes 25 ns. */
#define MEASURE_CALLS	1000

/**
 * enum measure_subject - what is called
 * @MEASURE_READ: clockbound_read()
 * @MEASURE_NOW: the ioctl CLOCKBOUND_NOW
 * @MEASURE_IOCTL: an ioctl of the same device that is refused at once
 * @MEASURE_VDSO: clock_gettime(CLOCK_REALTIME)
 * @MEASURE_SYSCALL: the same, forced through the system call
 * @MEASURE_COUNTER: a bare ordered read of the counter, as readings do it on this CPU
 */
enum measure_subject {
	MEASURE_READ,
	MEASURE_NOW,
	MEASURE_IOCTL,
	MEASURE_VDSO,
	MEASURE_SYSCALL,
	MEASURE_COUNTER,
	MEASURE_SUBJECTS
};

/**
 * enum measure_mode - how the calls of a batch follow each other
 * @MEASURE_THROUGHPUT: as fast as the CPU can
 * @MEASURE_LATENCY: each depends on the result of the one before it: that decides
 *	where the next one's result goes
 */
enum measure_mode {
	MEASURE_THROUGHPUT,
	MEASURE_LATENCY,
	MEASURE_MODES
};

/**
 * struct measure_summary - what many batches say, ns for one call
 * @median: the median
 * @low: the 5th percentile
 * @high: the 95th percentile
 */
struct measure_summary {
	double median;
	double low;
	double high;
};

const char *measure_subject_text(enum measure_subject subject);
const char *measure_mode_text(enum measure_mode mode);
double measure_batch(enum measure_subject subject, enum measure_mode mode,
		     const struct clockbound_device *device);
void measure_summarize(double *samples, size_t count, struct measure_summary *summary);

#endif /* CB_BENCH_MEASURE_H */
