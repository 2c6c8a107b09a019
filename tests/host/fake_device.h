/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A clockbound device without the module: a file that holds the clock page, the
 * VMClock page, the registered page and what the daemon reports. Mapping it is real; the ioctls are
 * answered in this process.
 */
#ifndef TESTS_FAKE_DEVICE_H
#define TESTS_FAKE_DEVICE_H

#include <linux/clockbound.h>
#include <stddef.h>

/* So many reports are kept. */
#define FAKE_REPORTS	32

/**
 * struct fake_daemon - what the synchronization daemon does, and is told
 * @reports: reports that were accepted
 * @report: the last ones, number n at n % FAKE_REPORTS
 * @refused: reports that were stale
 * @report_error: errno of all reports, if not 0
 * @disrupt_error: errno of CLOCKBOUND_DISRUPT, if not 0
 * @disrupts: calls of it that were accepted
 * @disrupt_action: the action of the last one
 * @changes: the next events, CLOCKBOUND_EVENT_*; 0 once they were read
 * @events: events that were read
 * @registered: there is registered memory
 * @ask_error: errno of AT, WAIT and WAIT_SYNC, if not 0
 */
struct fake_daemon {
	unsigned int reports;
	struct clockbound_report report[FAKE_REPORTS];
	unsigned int refused;
	int report_error;
	int disrupt_error;
	unsigned int disrupts;
	__u32 disrupt_action;
	__u32 changes;
	__u64 events;
	int registered;
	int ask_error;
};

/**
 * struct fake_device - the kernel's and the hypervisor's view of the file
 * @path: its path
 * @page: the clock page, writable
 * @vmclock: the VMClock page, writable
 * @registered: the registered page, writable
 * @daemon: the fourth page: the other end of the ioctls
 */
struct fake_device {
	char path[64];
	struct clockbound_page *page;
	char *vmclock;
	char *registered;
	struct fake_daemon *daemon;
};

/* What this program holds: the lowest file that is free, and its mappings of a file. */
int fake_free_file(void);
int fake_mappings(const char *path);

/* How often CLOCKBOUND_NOW was asked. */
extern unsigned long fake_now_calls;

/* mmap() refuses the pages at CLOCKBOUND_PGOFF_* whose bits are set. */
extern unsigned int fake_mmap_refused;

void fake_device_create(struct fake_device *fake);
void fake_device_remove(struct fake_device *fake);
__u64 *fake_marker(const struct fake_device *fake);
__u64 fake_counter_features(void);

#define FAKE_MARKER	42

struct clockbound_model fake_model(__s64 start, __s64 width);

/* A counter value is known for so many ticks. */
#define FAKE_AT_TICKS	(1LL << 40)

int fake_at(const void *page, const void *vmclock, struct clockbound_reading *reading);
int fake_wait(const void *page, const void *vmclock, struct clockbound_wait *wait);
int fake_wait_sync(const void *page, const void *vmclock, struct clockbound_wait *wait);

#endif /* TESTS_FAKE_DEVICE_H */
