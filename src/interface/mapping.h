/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mappings of one page that nobody can write to, for good.
 */
#ifndef CB_MAPPING_H
#define CB_MAPPING_H

#include <linux/mm_types.h>

int cb_mapping_read_only(struct vm_area_struct *vma);
int cb_mapping_page(struct vm_area_struct *vma, struct page *page);

#endif /* CB_MAPPING_H */
