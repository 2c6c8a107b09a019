/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/vmclock0, where the kernel has no driver that makes it.
 */
#ifndef CB_VMCLOCK_NODE_H
#define CB_VMCLOCK_NODE_H

void cb_vmclock_node_init(void);
void cb_vmclock_node_exit(void);
void cb_vmclock_node_wake(void);

#endif /* CB_VMCLOCK_NODE_H */
