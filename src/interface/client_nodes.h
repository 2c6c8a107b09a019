/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The nodes for ClockBound's own clients: /dev/clockbound-shm0 and /dev/vmclock0.
 */
#ifndef CB_CLIENT_NODES_H
#define CB_CLIENT_NODES_H

void cb_client_nodes_init(void);
void cb_client_nodes_exit(void);
void cb_vmclock_node_wake(void);

#endif /* CB_CLIENT_NODES_H */
