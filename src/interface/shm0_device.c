// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/clockbound-shm0: ClockBound's segment, for a link at the path where its
 * clients look for a file. They read its first 16 bytes and map the rest.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/printk.h>

#include "../publish/engine.h"
#include "mapping.h"
#include "shm0_device.h"

static int shm0_open(struct inode *inode, struct file *file)
{
	cb_engine_shm0_get();
	return 0;
}

/* Not before the last mapping is gone, too. */
static int shm0_release(struct inode *inode, struct file *file)
{
	cb_engine_shm0_put();
	return 0;
}

static ssize_t shm0_read(struct file *file, char __user *buffer, size_t size, loff_t *position)
{
	struct shm0_segment segment;

	cb_engine_shm0(&segment);
	return simple_read_from_buffer(buffer, size, position, &segment, sizeof(segment));
}

static loff_t shm0_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, sizeof(struct shm0_segment));
}

static int shm0_mmap(struct file *file, struct vm_area_struct *vma)
{
	int error = cb_mapping_read_only(vma);

	if (error)
		return error;
	if (vma->vm_pgoff)
		return -EINVAL;
	return cb_mapping_page(vma, cb_engine_shm0_page());
}

static const struct file_operations shm0_fops = {
	.owner = THIS_MODULE,
	.open = shm0_open,
	.release = shm0_release,
	.read = shm0_read,
	.llseek = shm0_llseek,
	.mmap = shm0_mmap,
};

static struct miscdevice shm0_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME "-shm0",
	.fops = &shm0_fops,
	.mode = 0444,
};

static bool made;

/**
 * cb_shm0_device_init() - make /dev/clockbound-shm0
 *
 * The engine must be ready. All else works without it, so a failure is only told.
 * Context: process.
 */
void cb_shm0_device_init(void)
{
	int error = misc_register(&shm0_device);

	made = !error;
	if (error)
		pr_info("no /dev/%s: error %d\n", shm0_device.name, error);
}

/**
 * cb_shm0_device_exit() - remove /dev/clockbound-shm0, if it was made
 *
 * The module is not in use, so nobody has it open. Context: process.
 */
void cb_shm0_device_exit(void)
{
	if (made)
		misc_deregister(&shm0_device);
}
