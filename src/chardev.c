// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/clockbound: mmap and ioctls.
 */
#include <linux/clockbound.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "chardev.h"
#include "engine.h"
#include "vmclock_device.h"

/* What every structure of an ioctl starts with. */
struct request {
	u32 size;
	u32 request;
};

static vm_fault_t clock_page_fault(struct vm_fault *vmf)
{
	struct page *page = cb_engine_page();

	if (vmf->pgoff != CLOCKBOUND_PGOFF_CLOCK)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct clock_page_ops = {
	.fault = clock_page_fault,
};

static int map_vmclock(struct vm_area_struct *vma)
{
	phys_addr_t start = cb_vmclock_device_mappable();

	if (!start)
		return -ENODEV;
	return remap_pfn_range(vma, vma->vm_start, PHYS_PFN(start), PAGE_SIZE,
			       vma->vm_page_prot);
}

static int cb_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	if (vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	/* For good: a later mprotect() fails as well, also for root. */
	vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);

	switch (vma->vm_pgoff) {
	case CLOCKBOUND_PGOFF_CLOCK:
		vma->vm_ops = &clock_page_ops;
		return 0;
	case CLOCKBOUND_PGOFF_VMCLOCK:
		return map_vmclock(vma);
	default:
		return -EINVAL;
	}
}

/*
 * Takes in a structure that starts as struct request; all ioctls so far have
 * nothing else to take in.
 */
static int take_request(void __user *argument, size_t size_min, void *request,
			size_t size, size_t *user_size)
{
	struct request *header = request;
	u32 given;
	int error;

	if (get_user(given, (u32 __user *)argument))
		return -EFAULT;
	if (given < size_min)
		return -EINVAL;
	if (given > PAGE_SIZE)
		return -E2BIG;
	error = copy_struct_from_user(request, size, argument, given);
	if (error)
		return error;
	if (header->request)
		return -EINVAL;
	*user_size = given;
	header->size = given;
	return 0;
}

static int put_answer(void __user *argument, const void *answer, size_t size,
		      size_t user_size)
{
	return copy_to_user(argument, answer, min(size, user_size)) ? -EFAULT : 0;
}

static long ioctl_info(void __user *argument)
{
	struct clockbound_info info;
	struct cb_state state;
	size_t user_size;
	int error;

	error = take_request(argument, CLOCKBOUND_INFO_SIZE_VER0, &info, sizeof(info),
			     &user_size);
	if (error)
		return error;

	cb_engine_state(&state);
	info.features = cb_engine_features();
	info.page_version = CLOCKBOUND_PAGE_VERSION;
	info.page_size = sizeof(struct clockbound_page);
	info.counter_id = state.counter_id;
	memset(info.reserved, 0, sizeof(info.reserved));
	return put_answer(argument, &info, sizeof(info), user_size);
}

static long ioctl_now(void __user *argument)
{
	struct clockbound_reading reading;
	size_t user_size;
	int error;

	error = take_request(argument, CLOCKBOUND_READING_SIZE_VER0, &reading,
			     sizeof(reading), &user_size);
	if (error)
		return error;

	cb_engine_read(&reading);
	return put_answer(argument, &reading, sizeof(reading), user_size);
}

/* The size is in the structure, so the one in the command's number is not used. */
static unsigned int without_size(unsigned int command)
{
	return command & ~IOCSIZE_MASK;
}

static long cb_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	switch (without_size(command)) {
	case CLOCKBOUND_INFO & ~IOCSIZE_MASK:
		return ioctl_info((void __user *)argument);
	case CLOCKBOUND_NOW & ~IOCSIZE_MASK:
		return ioctl_now((void __user *)argument);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations cb_fops = {
	.owner = THIS_MODULE,
	.mmap = cb_mmap,
	.unlocked_ioctl = cb_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice cb_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &cb_fops,
	.mode = 0444,
};

/**
 * cb_chardev_init() - make /dev/clockbound
 *
 * The engine must be ready. Context: process.
 *
 * Return: 0 or a negative errno.
 */
int cb_chardev_init(void)
{
	BUILD_BUG_ON(sizeof(struct clockbound_info) != CLOCKBOUND_INFO_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct clockbound_reading) != CLOCKBOUND_READING_SIZE_VER0);

	return misc_register(&cb_device);
}

/**
 * cb_chardev_exit() - remove /dev/clockbound
 *
 * The module is not in use, so nobody has it open. Context: process.
 */
void cb_chardev_exit(void)
{
	misc_deregister(&cb_device);
}
