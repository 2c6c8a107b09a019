/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the synchronization daemon have in common: NTP servers, chronyd and
 * the daemon, and somebody who looks whether each reading contains the truth.
 */
#ifndef CB_TESTS_SYNC_WORLD_H
#define CB_TESTS_SYNC_WORLD_H

#include <linux/clockbound.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "guest.h"

#define SECOND		1000000000LL
#define MS		1000000LL

/* For what is to happen sooner or later, s. */
#define PATIENCE	120

/* User and group _chrony, see test_sync.py. */
#define CHRONY_ID	100

#define ANY		0xf
#define UNKNOWN		(1u << CLOCKBOUND_STATUS_UNKNOWN)
#define SYNCHRONIZED	(1u << CLOCKBOUND_STATUS_SYNCHRONIZED)
#define FREE_RUNNING	(1u << CLOCKBOUND_STATUS_FREE_RUNNING)
#define DISRUPTED	(1u << CLOCKBOUND_STATUS_DISRUPTED)

/* What chronyd can be told: numbers of its protocol. BURST: four measurements. */
enum chrony_order {
	CHRONY_BURST = 3,
	CHRONY_MAKESTEP = 43,
	CHRONY_RESET_SOURCES = 66,
	CHRONY_RELOAD_SOURCES = 70,
};

/* The device; and the truth by ntp_clock.h, see there. */
extern struct guest_device device;
extern __s64 truth_base;

/* Readings that contain the truth, those that are narrow as well, and those that do not. */
extern atomic_ulong proofs, narrow, outside;

/* While a server lies on purpose, what is without the truth is counted here instead. */
extern atomic_bool lied;
extern atomic_ulong deceived;

/* The last moment at which the status was yet another one than the one awaited. */
extern __s64 not_yet_at;

__s64 clock_now(clockid_t clock);
__s64 raw_now(void);
void nap(__s64 ns);

pid_t start_server(int host, __s64 error, __s64 delay, __s64 dispersion);
void tell_server(int host, __s64 error, __s64 delay, __s64 dispersion);
unsigned long answers_of(int host);
pid_t start_chronyd(const char *name);
bool tell_chronyd(enum chrony_order order);
pid_t start_daemon(bool root);
void stop(pid_t pid);
bool logged(const char *text);
void stamp_packets(void);

struct clockbound_reading reading_now(void);
__u8 status_now(void);
__s64 width_now(void);
long frequency(void);
bool await(__u8 status, unsigned int on_the_way);

void begin_world(__s64 first_error, __s64 narrow_width);
void end_world(unsigned long least);

#endif /* CB_TESTS_SYNC_WORLD_H */
