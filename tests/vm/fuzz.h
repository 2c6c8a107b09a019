/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random operations on the module's nodes, half of them nearly valid. Which ones they are
 * is told by the seed alone, whatever comes of them.
 */
#ifndef CB_TESTS_FUZZ_H
#define CB_TESTS_FUZZ_H

#include <stdatomic.h>
#include <stdbool.h>
#include <linux/types.h>

/**
 * struct fuzz_counts - what one process did, in memory that it shares with its parent
 * @operations: how many
 * @accepted: system calls that the kernel did not refuse
 * @current: the name of the operation that it is in
 * @privileged: calls that need a capability, made without and accepted
 * @writable: mappings that could be written to, or that mprotect() would have made so
 * @insane: readings that the ABI does not allow
 * @overwritten: answers that are longer than the structure
 * @unloaded: the module was unloaded while it was in use
 * @end: the state of the generator after the last operation
 */
struct fuzz_counts {
	atomic_ullong operations;
	atomic_ullong accepted;
	const char *current;
	atomic_ullong privileged;
	atomic_ullong writable;
	atomic_ullong insane;
	atomic_ullong overwritten;
	atomic_ullong unloaded;
	__u64 end;
};

/* A structure that processes without each other's knowledge write to: a page. */
#define FUZZ_SHARED_SIZE	4096

void fuzz_run(__u64 seed, __u64 operations, struct fuzz_counts *counts, void *shared);

#endif /* CB_TESTS_FUZZ_H */
