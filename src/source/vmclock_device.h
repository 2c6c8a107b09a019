/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMClock device: where it is, its memory, its notification. */
#ifndef CB_VMCLOCK_DEVICE_H
#define CB_VMCLOCK_DEVICE_H

#include <clockbound/vmclock_abi.h>
#include <linux/mm_types.h>
#include <linux/types.h>

int cb_vmclock_device_init(void);
void cb_vmclock_device_exit(void);
void cb_vmclock_device_notify(void (*notify)(void));
void cb_vmclock_device_silence(void);
bool cb_vmclock_device_notifies(void);
const struct vmclock_page *cb_vmclock_device_page(void);	/* NULL without one */
phys_addr_t cb_vmclock_device_mappable(void);
int cb_vmclock_device_map(struct vm_area_struct *vma);

#endif /* CB_VMCLOCK_DEVICE_H */
