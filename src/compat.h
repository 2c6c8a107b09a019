/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older kernels lack. The module is written for the newest one; Kbuild
 * includes this file first and probes the headers for what CB_HAVE_* says.
 */
#ifndef CB_COMPAT_H
#define CB_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "clockbound needs Linux 6.1 or newer"
#endif

#ifndef CB_HAVE_VM_FLAGS_SET
#define vm_flags_set(vma, flags)	((vma)->vm_flags |= (flags))
#define vm_flags_clear(vma, flags)	((vma)->vm_flags &= ~(flags))
#endif

#endif /* CB_COMPAT_H */
