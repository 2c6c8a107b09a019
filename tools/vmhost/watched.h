/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of struct vmhost_shared that the other side watches or writes. The other
 * side is another process with the same memory, as QEMU is to vmhost: acquire and
 * release order everything, and counter_read() keeps the counter in its place.
 *
 * @shared is the slice of a region that begins with the structure.
 */
#ifndef VMHOST_WATCHED_H
#define VMHOST_WATCHED_H

#include "region.h"
#include "shared.h"

/* All of them have 32 or 64 bits. */
#define WATCHED_IS_64(field) \
	(sizeof(((struct vmhost_shared){ 0 }).field) == sizeof(__u64))
#define WATCHED_AT(field) \
	offsetof(struct vmhost_shared, field)

#define WATCHED_LOAD(shared, field, order) \
	(WATCHED_IS_64(field) ? \
		region_load64(shared, WATCHED_AT(field), order) : \
		region_load32(shared, WATCHED_AT(field), order))

#define WATCHED_STORE(shared, field, value, order) \
	(WATCHED_IS_64(field) ? \
		region_store64(shared, WATCHED_AT(field), value, order) : \
		region_store32(shared, WATCHED_AT(field), value, order))

/* The value is visible after everything before is. */
#define watched_publish(shared, field, value) \
	WATCHED_STORE(shared, field, value, __ATOMIC_RELEASE)

/* Everything after is read after the value is. */
#define watched_observe(shared, field) \
	WATCHED_LOAD(shared, field, __ATOMIC_ACQUIRE)

/* Just once, and in no order. */
#define watched_set(shared, field, value) \
	WATCHED_STORE(shared, field, value, __ATOMIC_RELAXED)
#define watched_get(shared, field) \
	WATCHED_LOAD(shared, field, __ATOMIC_RELAXED)

#endif /* VMHOST_WATCHED_H */
