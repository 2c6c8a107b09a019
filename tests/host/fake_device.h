/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A clockbound device without the module: a file that holds the clock page and
 * the VMClock page. Mapping it is real; the ioctls are answered in this process.
 */
#ifndef TESTS_FAKE_DEVICE_H
#define TESTS_FAKE_DEVICE_H

#include <linux/clockbound.h>
#include <stddef.h>

/**
 * struct fake_device - the kernel's and the hypervisor's view of the file
 * @path: its path
 * @page: the clock page, writable
 * @vmclock: the VMClock page, writable
 */
struct fake_device {
	char path[64];
	struct clockbound_page *page;
	char *vmclock;
};

/* How often CLOCKBOUND_NOW was asked. */
extern unsigned long fake_now_calls;

/* mmap() refuses the pages at CLOCKBOUND_PGOFF_* whose bits are set. */
extern unsigned int fake_mmap_refused;

void fake_device_create(struct fake_device *fake);
void fake_device_remove(struct fake_device *fake);
__u64 *fake_marker(const struct fake_device *fake);

#endif /* TESTS_FAKE_DEVICE_H */
