/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clockboundctl sync as a program, between a fake device and a fake chronyd; to be run
 * from the top directory.
 */
#ifndef TESTS_SYNC_RUN_H
#define TESTS_SYNC_RUN_H

#include "test.h"

#include <linux/clockbound.h>
#include <stdbool.h>
#include <sys/types.h>

#include "ctl_run.h"
#include "fake_chronyd.h"

#define SECOND		1000000000ULL
/* For what is to happen sooner or later, s. */
#define PATIENCE	60

/* root_delay is 2^-10 s, and the rest is nothing: 488281.25 ns, rounded up */
#define BOUND		488282

/* What the looks at the clocks add on an idle machine, ns; it is tried again if it is not. */
#define LOOKS		10000

extern struct fake_chronyd chronyd;
extern pid_t daemon_pid;

/* Where its standard error goes. */
extern char log_path[80];

/* Waits until the condition holds. */
#define await(condition)						\
	do {								\
		__u64 end = now_ns() + PATIENCE * SECOND;		\
									\
		while (!(condition)) {					\
			if (now_ns() > end)				\
				fail_msg("not in %d s: %s\n%s", PATIENCE, #condition,	\
					 daemon_log());			\
			nap();						\
		}							\
	} while (0)

/* Changes what it is told: set_chronyd(leap = 3) */
#define set_chronyd(assignment)						\
	do {								\
		pthread_mutex_lock(&chronyd.lock);			\
		chronyd.assignment;					\
		pthread_mutex_unlock(&chronyd.lock);			\
	} while (0)

int setup(void **state);
int teardown(void **state);

/* Start the daemon, with options or NULL; the last one waits until it has reported. */
void start(const char *option);
void start_with(const char *option, const char *option2);
void start_synchronized(const char *option);
int wait_for_end(void);

/* What it has said: to the device, to the log and to the service manager. */
unsigned int reports(void);
const struct clockbound_report *last_report(void);
bool reported(__u32 status);
bool bounded(__u64 bound);
const char *daemon_log(void);
bool logged(const char *text);
bool notified(const char *lines);
bool shows(const char *status);

/* What chronyd was asked, and what it and the device are to do. */
unsigned int requests(void);
bool reset_since(unsigned int number);
void tell(__u32 changes);

/* Writes a file, and makes the directories that it is in below @root. */
void put_file(const char *root, const char *name, const char *text);

__u64 now_ns(void);
void nap(void);

#endif /* TESTS_SYNC_RUN_H */
