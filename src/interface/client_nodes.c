// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nodes for ClockBound's own clients. All else works without them.
 *
 * /dev/clockbound-shm0 is ClockBound's segment, for a link at the path where its clients
 * look for a file. They read its first 16 bytes and map the rest. /dev/vmclock0 is the
 * hypervisor's page, where the kernel has no ptp_vmclock, which makes the node itself.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/kconfig.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/printk.h>
#include <linux/wait.h>

#include "../publish/engine.h"
#include "../source/vmclock_device.h"
#include "interface.h"

/* So often a copy is tried before the page counts as busy. */
#define COPY_TRIES	64

static DECLARE_WAIT_QUEUE_HEAD(notified);

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
	return vma->vm_pgoff ? -EINVAL : cb_mapping_page(vma, virt_to_page(cb_engine_shm0_page()));
}

static const struct file_operations shm0_fops = {
	.owner = THIS_MODULE,
	.open = shm0_open,
	.release = shm0_release,
	.read = shm0_read,
	.llseek = shm0_llseek,
	.mmap = shm0_mmap,
};

/* An open file's private data is the sequence count that it was last read under. */
static void *as_data(u32 seq)
{
	return (void *)(unsigned long)seq;
}

static int vmclock_open(struct inode *inode, struct file *file)
{
	/* No count of a page that is in order. */
	file->private_data = as_data(1);
	return 0;
}

static u32 sequence(void)
{
	return le32_to_cpu(READ_ONCE(cb_vmclock_device_page()->seq_count));
}

/* All of the structure as it was at one moment. */
static bool take_copy(struct vmclock_page *copy, u32 *seq)
{
	int tries;

	for (tries = COPY_TRIES; tries; tries--) {
		*seq = sequence();
		/* Pairs with the hypervisor's barrier after its odd count. */
		smp_rmb();
		memcpy(copy, cb_vmclock_device_page(), sizeof(*copy));
		/* Pairs with the hypervisor's barrier before its even count. */
		smp_rmb();
		if (!(*seq & 1) && sequence() == *seq)
			return true;
		cpu_relax();
	}
	return false;
}

static ssize_t vmclock_read(struct file *file, char __user *buffer, size_t size,
			    loff_t *position)
{
	struct vmclock_page copy;
	ssize_t done;
	u32 seq;

	if (!take_copy(&copy, &seq))
		return -EBUSY;
	done = simple_read_from_buffer(buffer, size, position, &copy, sizeof(copy));
	if (done >= 0)
		WRITE_ONCE(file->private_data, as_data(seq));
	return done;
}

static loff_t vmclock_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, sizeof(struct vmclock_page));
}

static __poll_t vmclock_poll(struct file *file, struct poll_table_struct *table)
{
	const struct vmclock_page *page = cb_vmclock_device_page();

	/* Nobody would wake up who waits. */
	if (!cb_vmclock_device_notifies() ||
	    !(le64_to_cpu(READ_ONCE(page->flags)) & VMCLOCK_NOTIFICATION_IS_PRESENT))
		return EPOLLHUP;
	poll_wait(file, &notified, table);
	return READ_ONCE(file->private_data) == as_data(sequence()) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static int vmclock_mmap(struct file *file, struct vm_area_struct *vma)
{
	int error = cb_mapping_read_only(vma);

	if (error)
		return error;
	return vma->vm_pgoff ? -EINVAL : cb_vmclock_device_map(vma);
}

static const struct file_operations vmclock_fops = {
	.owner = THIS_MODULE,
	.open = vmclock_open,
	.read = vmclock_read,
	.llseek = vmclock_llseek,
	.poll = vmclock_poll,
	.mmap = vmclock_mmap,
};

/**
 * cb_vmclock_node_wake() - the hypervisor has notified: wake those who poll /dev/vmclock0
 * Context: process.
 */
void cb_vmclock_node_wake(void)
{
	wake_up_interruptible(&notified);
}

static struct miscdevice shm0 = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME "-shm0",
	.fops = &shm0_fops,
	.mode = 0444,
};

static struct miscdevice vmclock = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmclock0",
	.fops = &vmclock_fops,
	.mode = 0444,
};

static void make(struct miscdevice *node)
{
	int error = misc_register(node);

	if (error)
		pr_info("no /dev/%s: error %d\n", node->name, error);
}

static void unmake(struct miscdevice *node)
{
	/* If misc_register() was called and did not fail. */
	if (!IS_ERR_OR_NULL(node->this_device))
		misc_deregister(node);
}

/**
 * cb_client_nodes_init() - make /dev/clockbound-shm0 and /dev/vmclock0
 *
 * The latter if there is a page and nobody else does; not for a region that is not a page of
 * its own, as with ptp_vmclock. The engine must be ready. A failure is only told.
 * Context: process.
 */
void cb_client_nodes_init(void)
{
	make(&shm0);
	if (!IS_ENABLED(CONFIG_PTP_1588_CLOCK_VMCLOCK) && cb_vmclock_device_mappable())
		make(&vmclock);
}

/**
 * cb_client_nodes_exit() - remove them
 *
 * The module is not in use, so nobody has them open. Context: process.
 */
void cb_client_nodes_exit(void)
{
	unmake(&vmclock);
	unmake(&shm0);
}
