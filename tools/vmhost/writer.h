/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes the VMClock page in the VM's memory, by the sequence protocol.
 */
#ifndef VMHOST_WRITER_H
#define VMHOST_WRITER_H

#include <clockbound/vmclock_abi.h>
#include <linux/types.h>
#include <stdbool.h>

#include "region.h"

/**
 * struct writer - a page that vmhost is the only writer of
 * @page: the memory of the device, which begins with the page
 * @seq: the sequence count that was written last
 */
struct writer {
	struct region_slice page;
	__u32 seq;
};

/* Takes over a page; what an earlier hypervisor left there is continued. */
void writer_attach(struct writer *writer, struct region_slice page);

/* The sequence count becomes odd: readers wait, or give up, until writer_end(). */
void writer_begin(struct writer *writer);
void writer_fields(struct writer *writer, const struct vmclock_page *fields);
void writer_end(struct writer *writer);

/* All three. What is constant for a device's life is written as well. */
void writer_publish(struct writer *writer, const struct vmclock_page *fields);

/* Writes any bytes, without the protocol; false if they do not fit. */
bool writer_raw(struct writer *writer, __u64 offset, const __u8 *bytes,
		__u64 count);

/* The same by the protocol: behind the sequence count, which it counts on. */
bool writer_guarded(struct writer *writer, __u64 offset, const __u8 *bytes,
		    __u64 count);

#endif /* VMHOST_WRITER_H */
