/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pure files need of the kernel, so that they compile in user space
 * too: for the host tests, the bench and the tools.
 */
#ifndef CB_PORTABLE_H
#define CB_PORTABLE_H

#ifdef __KERNEL__

#include <asm/barrier.h>
#include <asm/byteorder.h>
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/processor.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/types.h>

#else

#include <endian.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define U16_MAX			UINT16_MAX
#define U32_MAX			UINT32_MAX
#define U64_MAX			UINT64_MAX
#define S64_MAX			INT64_MAX
#define NSEC_PER_SEC		1000000000L
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value)	(*(volatile typeof(x) *)&(x) = (value))
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)
#define cpu_relax()		__atomic_signal_fence(__ATOMIC_SEQ_CST)
#define le16_to_cpu(x)		le16toh(x)
#define le32_to_cpu(x)		le32toh(x)
#define le64_to_cpu(x)		le64toh(x)
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))

#endif /* __KERNEL__ */

typedef unsigned __int128 cb_u128;
typedef __int128 cb_s128;

#endif /* CB_PORTABLE_H */
