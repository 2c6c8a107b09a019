/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mappings of one page that nobody can write to, for good.
 */
#ifndef CB_MMAP_H
#define CB_MMAP_H

#include <linux/mm_types.h>

struct file;

int cb_mapping_read_only(struct vm_area_struct *vma);
int cb_mapping_page(struct vm_area_struct *vma, struct page *page);

/* Those of /dev/clockbound. */
int cb_mmap_init(void);
void cb_mmap_exit(void);
void cb_mmap_open(struct file *file);
int cb_mmap(struct file *file, struct vm_area_struct *vma);

#endif /* CB_MMAP_H */
