/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clockboundctl as a program, run by a shell. To be run from the top directory.
 */
#ifndef TESTS_CTL_RUN_H
#define TESTS_CTL_RUN_H

#include "fake_device.h"

#define CTL	BUILD "/clockboundctl"
#define FAKE	BUILD "/clockboundctl.fake"

/* What the last program has printed. */
extern char ctl_output[65536];

__attribute__((format(printf, 1, 2)))
int ctl_run(const char *format, ...);
void ctl_assert_printed(const char *text);
void ctl_assert_usage(const char *arguments, const char *message);
void ctl_assert_json(const struct fake_device *fake, const char *arguments, int exit_code,
		     const char *expression);

#endif /* TESTS_CTL_RUN_H */
