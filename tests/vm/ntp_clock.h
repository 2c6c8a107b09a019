/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A clock that knows nothing of the system clock: the truth of the tests of sync.
 */
#ifndef CB_TESTS_NTP_CLOCK_H
#define CB_TESTS_NTP_CLOCK_H

#include <linux/types.h>

/* Where guest_ntp.c serves it: this port of 127.0.0.HOST. */
#define NTP_CLOCK_PORT	11123
#define NTP_CLOCK_NET	0x7f000000

__s64 ntp_clock_raw(void);
__s64 ntp_clock_truth(__s64 base, __s64 raw);

#endif /* CB_TESTS_NTP_CLOCK_H */
