/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A chronyd without a clock: a thread that answers on a Unix socket as it is told.
 */
#ifndef TESTS_FAKE_CHRONYD_H
#define TESTS_FAKE_CHRONYD_H

#include <linux/types.h>
#include <pthread.h>
#include <stdbool.h>

/* So many requests are kept. */
#define FAKE_REQUESTS	4096

enum fake_manner {
	FAKE_ANSWERS,
	FAKE_SILENT,
	FAKE_GARBAGE,		/* answers with noise */
	FAKE_TRUNCATED,		/* answers with all but the last byte */
	FAKE_WRONG_SEQUENCE,	/* answers to another question */
	FAKE_REFUSES,		/* answers RESET and BURST with "not authorised" */
};

/**
 * struct fake_source - one of its sources
 * @address: IPv4 address, or the reference id of a reference clock
 * @poll: log2 s
 * @state: 0 if it is the one that is followed
 * @mode: 2 if it is a reference clock
 */
struct fake_source {
	__u32 address;
	__u16 poll;
	__u16 state;
	__u16 mode;
};

/* So many sources it can have. */
#define FAKE_SOURCES	4

/**
 * struct fake_chronyd - the thread, and what it is told
 * @directory: where its socket is
 * @path: its socket
 * @lock: for all that follows
 * @manner: how it answers
 * @leap: what TRACKING says
 * @ref_time: and since when, ns since 1970; 0: not at all, because of a RESET
 * @ref_id: and whom it follows
 * @correction: s, and how wrong the frequency may be, ppm (@skew)
 * @skew: see there
 * @root_delay: s, a power of two as its exponent
 * @update_interval: the same
 * @sources: how many sources it has
 * @source: they
 * @hides_sources: does not answer what is asked about them
 * @measures: BURST makes it measure
 * @no_sources: there is nothing to burst
 * @requests: requests that came
 * @request: their commands
 * @at: and when they came, CLOCK_MONOTONIC_RAW, ns
 */
struct fake_chronyd {
	char directory[32];
	char path[64];
	pthread_t thread;
	int fd;

	pthread_mutex_t lock;
	enum fake_manner manner;
	__u16 leap;
	__s64 ref_time;
	__u32 ref_id;
	double correction;
	double skew;
	int root_delay;
	int update_interval;
	unsigned int sources;
	struct fake_source source[FAKE_SOURCES];
	bool hides_sources;
	bool measures;
	bool no_sources;
	unsigned int requests;
	__u16 request[FAKE_REQUESTS];
	__u64 at[FAKE_REQUESTS];
};

void fake_chronyd_init(struct fake_chronyd *chronyd);
void fake_chronyd_start(struct fake_chronyd *chronyd);
void fake_chronyd_stop(struct fake_chronyd *chronyd);
void fake_chronyd_remove(struct fake_chronyd *chronyd);

#endif /* TESTS_FAKE_CHRONYD_H */
