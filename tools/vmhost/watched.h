/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of shared memory that the other side watches or writes. The other side
 * is another process with the same memory, as QEMU is to vmhost: acquire and
 * release order everything, and counter_read() keeps the counter in its place.
 */
#ifndef VMHOST_WATCHED_H
#define VMHOST_WATCHED_H

/* The value is visible after everything before is. */
#define watched_publish(field, value) \
	__atomic_store_n(&(field), (value), __ATOMIC_RELEASE)

/* Everything after is read after the value is. */
#define watched_observe(field) \
	__atomic_load_n(&(field), __ATOMIC_ACQUIRE)

/* Just once, and in no order. */
#define watched_set(field, value) \
	__atomic_store_n(&(field), (value), __ATOMIC_RELAXED)
#define watched_get(field) \
	__atomic_load_n(&(field), __ATOMIC_RELAXED)

#endif /* VMHOST_WATCHED_H */
