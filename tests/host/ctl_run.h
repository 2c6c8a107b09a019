/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clockboundctl as a program, run by a shell. To be run from the top directory.
 */
#ifndef TESTS_CTL_RUN_H
#define TESTS_CTL_RUN_H

#include "fake_device.h"

#define CTL	BUILD "/clockboundctl"
#define FAKE	BUILD "/clockboundctl.fake"

/* A device whose interval starts at CTL_START, 2023-11-14T22:13:20Z, and is so wide. */
#define CTL_START	1700000000000000000LL
#define CTL_WIDTH	12345

extern struct fake_device fake;

int ctl_setup(void **state);
int ctl_teardown(void **state);

#define TEST_CTL(name)	TEST_WITH(name, ctl_setup, ctl_teardown)

/* What the last program has printed. */
extern char ctl_output[65536];

__attribute__((format(printf, 1, 2)))
int ctl_run(const char *format, ...);
void ctl_assert_printed(const char *text);
void ctl_assert_usage(const char *arguments, const char *message);
void ctl_assert_json(const char *arguments, int exit_code, const char *expression);

#endif /* TESTS_CTL_RUN_H */
