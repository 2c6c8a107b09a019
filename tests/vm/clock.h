/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's system clock: what it reads, how wrong it is by what the host says, and
 * all that can be done to it.
 */
#ifndef CB_TESTS_CLOCK_H
#define CB_TESTS_CLOCK_H

#include <linux/clockbound.h>
#include <linux/types.h>
#include <sys/timex.h>
#include <time.h>

__s64 clock_ns(clockid_t clock);
void clock_truth(__u64 counter, __s64 *earliest, __s64 *latest);
__u64 clock_measure(__s64 shift);
struct clockbound_report clock_report(__s64 shift, __u64 marker, __u64 lifetime);
void clock_set_to_truth(void);
void clock_adjust(unsigned int modes, long value);
void clock_set_source(const char *name);

#endif /* CB_TESTS_CLOCK_H */
