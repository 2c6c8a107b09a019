/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine's counter under KVM, as the kernel knows it: no program in the guest is needed.
 */
#ifndef VMHOST_KVM_H
#define VMHOST_KVM_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "hypervisor.h"
#include "scale.h"

/* Where Linux tells it */
#define KVM_DIRECTORY	"/sys/kernel/debug/kvm"

/* How often to look, ms: for so long a page can be wrong when a guest has set its counter. */
#define KVM_LOOK_MS	100

/**
 * struct kvm_counter - guest = scaled host + @offset, modulo 2^64
 */
struct kvm_counter {
	struct scale scale;
	__s64 offset;
};

/*
 * Reads it for the one machine of process @pid, in @directory (KVM_DIRECTORY). False, with a
 * line in @error that says what to do, if it cannot be had, or if the machine's vCPUs have
 * different counters.
 */
bool kvm_counter_read(const char *directory, pid_t pid, struct kvm_counter *counter,
		      char *error, size_t size);

/**
 * struct kvm - a machine that is looked at
 * @directory: KVM_DIRECTORY
 * @pid: of QEMU
 * @failed: the last look failed, and it was said on standard error
 */
struct kvm {
	const char *directory;
	pid_t pid;
	bool failed;
};

/*
 * Looks, and tells @hv. Every KVM_LOOK_MS from when on the machine has its vCPUs, and once
 * before they run. False if there is nothing to be known now: then there is no time
 * on the page, until a later look succeeds.
 */
bool kvm_look(struct kvm *kvm, struct hypervisor *hv);

#endif /* VMHOST_KVM_H */
