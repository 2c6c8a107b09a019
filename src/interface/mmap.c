// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of one page that nobody can write to, for good.
 *
 * Those of /dev/clockbound are all in one address space, whichever device node was opened,
 * so that those of the registered page can be found. It is that of an inode of our own: the
 * kernel takes a file with the mapping of one of tmpfs for one of tmpfs.
 */
#include <linux/clockbound.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>

#include "../publish/engine.h"
#include "../source/registered.h"
#include "../source/vmclock_device.h"
#include "interface.h"

static struct {
	struct vfsmount *mount;
	struct inode *inode;
} space;

/**
 * cb_mapping_read_only() - what every mapping has to be, and stays
 * @vma: the mapping that mmap() asks for
 *
 * A later mprotect() fails as well, also for root. Context: process.
 * Return: 0; -EPERM if it is to be written to or executed, -EINVAL if it is not one page long.
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
 * cb_mapping_page() - map a page of the module's own memory
 * @vma: a mapping that cb_mapping_read_only() has accepted, at offset 0
 * @page: the page; the mapping's file keeps the module, which keeps the page
 * Return: 0.
 */
int cb_mapping_page(struct vm_area_struct *vma, struct page *page)
{
	vma->vm_private_data = page;
	vma->vm_ops = &page_ops;
	return 0;
}

static int init_context(struct fs_context *context)
{
	return init_pseudo(context, CLOCKBOUND_PAGE_MAGIC) ? 0 : -ENOMEM;
}

/* Without an owner: it is mounted by the module itself, which would stay for ever. */
static struct file_system_type file_system = {
	.name = KBUILD_MODNAME,
	.init_fs_context = init_context,
	.kill_sb = kill_anon_super,
};

/**
 * cb_mmap_init() - make the address space that all mappings of /dev/clockbound are in
 * Context: process.
 * Return: 0 or a negative errno.
 */
int cb_mmap_init(void)
{
	space.mount = kern_mount(&file_system);
	if (IS_ERR(space.mount))
		return PTR_ERR(space.mount);
	space.inode = alloc_anon_inode(space.mount->mnt_sb);
	if (IS_ERR(space.inode)) {
		kern_unmount(space.mount);
		return PTR_ERR(space.inode);
	}
	return 0;
}

/**
 * cb_mmap_exit() - give it back
 *
 * Nobody has the device open. Context: process.
 */
void cb_mmap_exit(void)
{
	iput(space.inode);
	kern_unmount(space.mount);
}

/**
 * cb_mmap_open() - for open(): let a device's mappings be in that address space
 * @file: the open device
 */
void cb_mmap_open(struct file *file)
{
	file->f_mapping = space.inode->i_mapping;
}

static const struct vm_operations_struct registered_ops = {
	.fault = cb_registered_fault,
};

/**
 * cb_mmap() - the device's mmap()
 * @file: the open device
 * @vma: the mapping
 * Context: process.
 * Return: 0 or a negative errno, as the ABI has it.
 */
int cb_mmap(struct file *file, struct vm_area_struct *vma)
{
	int error = cb_mapping_read_only(vma);

	if (error)
		return error;
	switch (vma->vm_pgoff) {
	case CLOCKBOUND_PGOFF_CLOCK:
		return cb_mapping_page(vma, virt_to_page(cb_engine_clock_page()));
	case CLOCKBOUND_PGOFF_VMCLOCK:
		return cb_vmclock_device_map(vma);
	case CLOCKBOUND_PGOFF_REGISTERED:
		vm_flags_set(vma, VM_PFNMAP);
		vma->vm_ops = &registered_ops;
		return 0;
	default:
		return -EINVAL;
	}
}
