// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of one page that nobody can write to, for good.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include "mapping.h"

/**
 * cb_mapping_read_only() - what every mapping has to be, and stays
 * @vma: the mapping that mmap() asks for
 *
 * A later mprotect() fails as well, also for root. Context: process.
 *
 * Return: 0; -EPERM if it is to be written to or executed, -EINVAL if it is not
 * one page long.
 */
int cb_mapping_read_only(struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	if (vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}

static vm_fault_t page_fault(struct vm_fault *vmf)
{
	struct page *page = vmf->vma->vm_private_data;

	if (vmf->pgoff)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct page_ops = {
	.fault = page_fault,
};

/**
 * cb_mapping_page() - map a page of the module's own memory, at offset 0
 * @vma: a mapping that cb_mapping_read_only() has accepted
 * @page: the page; the mapping's file keeps the module, which keeps the page
 *
 * Context: process.
 *
 * Return: 0.
 */
int cb_mapping_page(struct vm_area_struct *vma, struct page *page)
{
	vma->vm_private_data = page;
	vma->vm_ops = &page_ops;
	return 0;
}
