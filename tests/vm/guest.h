/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the test programs in the guest have in common. They read the device by
 * its ABI, without the library.
 */
#ifndef CB_TESTS_GUEST_H
#define CB_TESTS_GUEST_H

#include <clockbound/reader.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Two virtual CPUs, so two readers. */
#define GUEST_READERS	2

/**
 * struct guest_device - an open /dev/clockbound
 * @fd: the descriptor
 * @page: the clock page
 * @vmclock: the VMClock page, or NULL if the device offers none
 * @registered: the registered page, or zeros
 */
struct guest_device {
	int fd;
	const struct clockbound_page *page;
	const void *vmclock;
	const void *registered;
};

/**
 * enum guest_node - who makes /dev/vmclock0, where there is a VMClock
 * @GUEST_NODE_OURS: the module
 * @GUEST_NODE_PTP_VMCLOCK: the kernel's own driver
 * @GUEST_NODE_NOBODY: that driver would, but is not loaded
 */
enum guest_node {
	GUEST_NODE_OURS,
	GUEST_NODE_PTP_VMCLOCK,
	GUEST_NODE_NOBODY,
};

typedef void (*guest_reader)(int reader);

void guest_check(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
void guest_skip(const char *what, const char *reason);
int guest_result(void);
void guest_die(const char *what) __attribute__((noreturn));
const char *guest_host(const char *format, ...) __attribute__((format(printf, 1, 2)));
void guest_host_ask(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *guest_host_answer(void);
void guest_host_ok(const char *command);
__u64 guest_number(const char *answer, const char *key);
__u64 guest_count(const char *name);
void guest_wait_until_asleep(pid_t child);
void guest_open(struct guest_device *device);
enum guest_node guest_vmclock_node(void);
void *guest_ivshmem(size_t *size);
void guest_readers_start(guest_reader read);
bool guest_readers_stopping(void);
void guest_readers_stop(void);
bool guest_trusted(const struct clockbound_reading *reading);
void guest_wait_for_timekeeper(void);
bool guest_sane(const struct clockbound_reading *reading);

#endif /* CB_TESTS_GUEST_H */
