/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counter that both sides read: the TSC. Everything that depends on the
 * architecture is in this file.
 */
#ifndef VMHOST_COUNTER_H
#define VMHOST_COUNTER_H

#include <linux/types.h>

#ifndef __x86_64__
#error "vmhost: only x86-64 so far; an ordered counter read goes here"
#endif

/* Reads the counter after everything before and before everything after. */
static inline __u64 counter_read(void)
{
	__u32 low, high;

	asm volatile("lfence\n\trdtsc\n\tlfence"
		     : "=a" (low), "=d" (high) : : "memory");
	return (__u64)high << 32 | low;
}

/*
 * Executes more instructions than any processor has in flight at once (about
 * 500 today), so that what comes after cannot have been executed before what
 * came before. A guest under TCG needs this: QEMU leaves nothing of an lfence,
 * and the RDTSC that it executes on the guest's behalf may run ahead of the load
 * that it must follow.
 */
static inline void counter_settle(void)
{
	unsigned long n = 0;

	for (int i = 0; i < 64; i++)
		asm volatile("add $1, %0\n\tadd $3, %0\n\tadd $5, %0\n\t"
			     "add $1, %0\n\tadd $3, %0\n\tadd $5, %0\n\t"
			     "add $1, %0\n\tadd $3, %0\n\tadd $5, %0\n\t"
			     "add $1, %0\n\tadd $3, %0\n\tadd $5, %0\n\t"
			     "add $1, %0\n\tadd $3, %0\n\tadd $5, %0\n\t"
			     "add $7, %0"
			     : "+r" (n) : : "memory", "cc");
}

static inline void counter_relax(void)
{
	asm volatile("pause" : : : "memory");
}

#endif /* VMHOST_COUNTER_H */
