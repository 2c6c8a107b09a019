/* SPDX-License-Identifier: GPL-2.0-only */
/* What main starts and stops, and what the device nodes share. */
#ifndef CB_INTERFACE_H
#define CB_INTERFACE_H

#include <linux/clockbound.h>
#include <linux/mm_types.h>

struct file;

/* chardev.c: /dev/clockbound */
int cb_chardev_init(void);
void cb_chardev_exit(void);

/* client_nodes.c: /dev/clockbound-shm0 and /dev/vmclock0 */
void cb_client_nodes_init(void);
void cb_client_nodes_exit(void);
void cb_vmclock_node_wake(void);

/* sysfs.c: /sys/kernel/clockbound */
int cb_sysfs_init(void);
void cb_sysfs_exit(void);

/* mmap.c: mappings of one page that nobody can write to; and those of /dev/clockbound */
int cb_mapping_read_only(struct vm_area_struct *vma);
int cb_mapping_page(struct vm_area_struct *vma, struct page *page);
int cb_mmap_init(void);
void cb_mmap_exit(void);
void cb_mmap_open(struct file *file);
int cb_mmap(struct file *file, struct vm_area_struct *vma);

/* wait.c */
int cb_wait(struct clockbound_wait *wait, bool sync);

#endif /* CB_INTERFACE_H */
