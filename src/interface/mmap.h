/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mappings of /dev/clockbound.
 */
#ifndef CB_MMAP_H
#define CB_MMAP_H

struct file;
struct vm_area_struct;

int cb_mmap_init(void);
void cb_mmap_exit(void);
void cb_mmap_open(struct file *file);
int cb_mmap(struct file *file, struct vm_area_struct *vma);

#endif /* CB_MMAP_H */
