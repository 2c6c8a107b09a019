// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mappings of /dev/clockbound: read-only, for good, one page each.
 *
 * All of them are in one address space, whichever device node was opened, so that
 * those of the registered page can be found. It is that of an inode of our own, and
 * not one of tmpfs: the kernel takes a file with such a mapping for one of tmpfs.
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
#include "mapping.h"
#include "mmap.h"

static struct {
	struct vfsmount *mount;
	struct inode *inode;
} space;

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
 * cb_mmap_init() - make the address space of all mappings
 *
 * Context: process.
 *
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
 * cb_mmap_open() - let the mappings of an open device be in the address space
 * @file: the device, in its open()
 */
void cb_mmap_open(struct file *file)
{
	file->f_mapping = space.inode->i_mapping;
}

static const struct vm_operations_struct registered_ops = {
	.fault = cb_registered_fault,
};

/**
 * cb_mmap() - map a page of the device
 * @file: the device
 * @vma: where to
 *
 * Context: process.
 *
 * Return: 0 or a negative errno, as the ABI has it.
 */
int cb_mmap(struct file *file, struct vm_area_struct *vma)
{
	int error = cb_mapping_read_only(vma);

	if (error)
		return error;
	switch (vma->vm_pgoff) {
	case CLOCKBOUND_PGOFF_CLOCK:
		return cb_mapping_page(vma, cb_engine_page());
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
