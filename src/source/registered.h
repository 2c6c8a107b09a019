/* SPDX-License-Identifier: GPL-2.0-only */
/* VMClock memory that a process has registered. */
#ifndef CB_REGISTERED_H
#define CB_REGISTERED_H

#include <linux/mm_types.h>
#include <linux/types.h>

struct file;
struct vmclock_page;

void cb_registered_init(void (*changed)(const struct vmclock_page *page));
int cb_registered_register(struct file *owner, int fd);
int cb_registered_unregister(struct file *owner);
bool cb_registered_attached(void);
vm_fault_t cb_registered_fault(struct vm_fault *vmf);

#endif /* CB_REGISTERED_H */
