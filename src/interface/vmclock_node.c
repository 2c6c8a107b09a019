// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/vmclock0, where the kernel has no driver that makes it: the hypervisor's
 * page, for those who look for it under that name, ClockBound's clients among them.
 * A kernel that has ptp_vmclock makes the node itself.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/kconfig.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/printk.h>
#include <linux/wait.h>

#include "../source/vmclock_device.h"
#include "mapping.h"
#include "vmclock_node.h"

/* So often a copy is tried before the page counts as busy. */
#define COPY_TRIES	64

static DECLARE_WAIT_QUEUE_HEAD(notified);

/* An open file is its private data: the sequence count that it was last read under. */
static void set_seen(struct file *file, u32 seq)
{
	WRITE_ONCE(file->private_data, (void *)(unsigned long)seq);
}

static bool has_seen(const struct file *file, u32 seq)
{
	return READ_ONCE(file->private_data) == (void *)(unsigned long)seq;
}

static int node_open(struct inode *inode, struct file *file)
{
	/* No count of a page that is in order. */
	set_seen(file, 1);
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

static ssize_t node_read(struct file *file, char __user *buffer, size_t size, loff_t *position)
{
	struct vmclock_page copy;
	ssize_t done;
	u32 seq;

	if (!take_copy(&copy, &seq))
		return -EBUSY;
	done = simple_read_from_buffer(buffer, size, position, &copy, sizeof(copy));
	if (done >= 0)
		set_seen(file, seq);
	return done;
}

static loff_t node_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, sizeof(struct vmclock_page));
}

static __poll_t node_poll(struct file *file, struct poll_table_struct *table)
{
	const struct vmclock_page *page = cb_vmclock_device_page();

	/* Nobody would wake up who waits. */
	if (!cb_vmclock_device_notifies() ||
	    !(le64_to_cpu(READ_ONCE(page->flags)) & VMCLOCK_NOTIFICATION_IS_PRESENT))
		return EPOLLHUP;
	poll_wait(file, &notified, table);
	return has_seen(file, sequence()) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static int node_mmap(struct file *file, struct vm_area_struct *vma)
{
	int error = cb_mapping_read_only(vma);

	if (error)
		return error;
	if (vma->vm_pgoff)
		return -EINVAL;
	return cb_vmclock_device_map(vma);
}

static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.read = node_read,
	.llseek = node_llseek,
	.poll = node_poll,
	.mmap = node_mmap,
};

static struct miscdevice node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmclock0",
	.fops = &node_fops,
	.mode = 0444,
};

static bool made;

/**
 * cb_vmclock_node_init() - make /dev/vmclock0, if there is a page and nobody else does
 *
 * A region that is not a page of its own gets no node, as with ptp_vmclock. All else
 * works without it, so a failure is only told. Context: process.
 */
void cb_vmclock_node_init(void)
{
	int error;

	if (IS_ENABLED(CONFIG_PTP_1588_CLOCK_VMCLOCK) || !cb_vmclock_device_mappable())
		return;
	error = misc_register(&node);
	made = !error;
	if (error)
		pr_info("no /dev/%s: error %d\n", node.name, error);
}

/**
 * cb_vmclock_node_exit() - remove /dev/vmclock0, if it was made
 *
 * The module is not in use, so nobody has it open. Context: process.
 */
void cb_vmclock_node_exit(void)
{
	if (made)
		misc_deregister(&node);
}

/**
 * cb_vmclock_node_wake() - the hypervisor has notified
 *
 * Wakes those who poll. Context: process.
 */
void cb_vmclock_node_wake(void)
{
	wake_up_interruptible(&notified);
}
