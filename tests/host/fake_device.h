/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A clockbound device without the module: a file that holds the clock page, the
 * VMClock page and what the daemon reports. Mapping it is real; the ioctls are
 * answered in this process.
 */
#ifndef TESTS_FAKE_DEVICE_H
#define TESTS_FAKE_DEVICE_H

#include <linux/clockbound.h>
#include <stddef.h>

/* So many reports are kept. */
#define FAKE_REPORTS	64

/**
 * struct fake_daemon - what the synchronization daemon does, and is told
 * @reports: reports that were accepted
 * @report: the last ones, number n at n % FAKE_REPORTS
 * @refused: reports that were stale
 * @report_error: errno of all reports, if not 0
 * @disrupts: calls of CLOCKBOUND_DISRUPT
 * @disrupt_action: the action of the last one
 * @changes: the next event, CLOCKBOUND_EVENT_*; 0 once it was read
 */
struct fake_daemon {
	unsigned int reports;
	struct clockbound_report report[FAKE_REPORTS];
	unsigned int refused;
	int report_error;
	unsigned int disrupts;
	__u32 disrupt_action;
	__u32 changes;
};

/**
 * struct fake_device - the kernel's and the hypervisor's view of the file
 * @path: its path
 * @page: the clock page, writable
 * @vmclock: the VMClock page, writable
 * @daemon: the third page: the other end of the ioctls
 */
struct fake_device {
	char path[64];
	struct clockbound_page *page;
	char *vmclock;
	struct fake_daemon *daemon;
};

/* How often CLOCKBOUND_NOW was asked. */
extern unsigned long fake_now_calls;

/* mmap() refuses the pages at CLOCKBOUND_PGOFF_* whose bits are set. */
extern unsigned int fake_mmap_refused;

void fake_device_create(struct fake_device *fake);
void fake_device_remove(struct fake_device *fake);
__u64 *fake_marker(const struct fake_device *fake);
__u64 fake_counter_features(void);

#endif /* TESTS_FAKE_DEVICE_H */
