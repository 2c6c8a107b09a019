// SPDX-License-Identifier: GPL-2.0-only
/* /dev/clockbound: ioctls and events. */
#include <linux/capability.h>
#include <linux/clockbound.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../publish/engine.h"
#include "../publish/events.h"
#include "../source/registered.h"
#include "interface.h"

/*
 * Takes in a structure that starts with its size: that is what was checked, not what a
 * second look at the memory of the caller gave.
 */
static int take_structure(void __user *argument, size_t size_min, void *structure, size_t size)
{
	u32 given;
	int error;

	if (get_user(given, (u32 __user *)argument))
		return -EFAULT;
	if (given < size_min)
		return -EINVAL;
	if (given > PAGE_SIZE)
		return -E2BIG;
	error = copy_struct_from_user(structure, size, argument, given);
	*(u32 *)structure = given;
	return error;
}

/* @answer starts with the size of the caller's. */
static int put_answer(void __user *argument, const void *answer, size_t size)
{
	size_t given = *(const u32 *)answer;

	return copy_to_user(argument, answer, min(size, given)) ? -EFAULT : 0;
}

/*
 * What is valid of a reading, and what the caller has not given. It is all in the first
 * version of the structure, so every caller has room for it.
 */
static int put_valid(struct clockbound_reading __user *to,
		     const struct clockbound_reading *reading)
{
	if (!user_write_access_begin(to, sizeof(*to)))
		return -EFAULT;
	unsafe_put_user(reading->earliest, &to->earliest, fault);
	unsafe_put_user(reading->latest, &to->latest, fault);
	unsafe_put_user(reading->counter_value, &to->counter_value, fault);
	unsafe_put_user(reading->disruption_marker, &to->disruption_marker, fault);
	unsafe_put_user(reading->head, &to->head, fault);
	if (reading->flags & CLOCKBOUND_MODEL_REALTIME)
		unsafe_put_user(reading->realtime, &to->realtime, fault);
	if (reading->flags & CLOCKBOUND_MODEL_LEAP) {
		unsafe_put_user(reading->leap_earliest, &to->leap_earliest, fault);
		unsafe_put_user(reading->leap_latest, &to->leap_latest, fault);
	}
	user_write_access_end();
	return 0;
fault:
	user_write_access_end();
	return -EFAULT;
}

static int put_reading(void __user *argument, const struct clockbound_reading *reading)
{
	int error = put_valid(argument, reading);

	if (!error && reading->max_width && cb_engine_too_wide(reading))
		error = -ERANGE;
	return error;
}

static long ioctl_info(void __user *argument)
{
	struct clockbound_info info;
	struct cb_facts facts;
	int error;

	error = take_structure(argument, CLOCKBOUND_INFO_SIZE_VER0, &info, sizeof(info));
	if (error)
		return error;
	if (info.request)
		return -EINVAL;

	cb_engine_facts(&facts);
	info.features = cb_engine_clock_page()->features;
	info.page_version = CLOCKBOUND_PAGE_VERSION;
	info.page_size = sizeof(struct clockbound_page);
	info.counter_id = facts.counter_id;
	memset(info.reserved, 0, sizeof(info.reserved));
	return put_answer(argument, &info, sizeof(info));
}

/* What NOW looks at, in one go if the size is the one that is known. */
static int take_now(struct clockbound_reading __user *from,
		    struct clockbound_reading *reading)
{
	if (!user_read_access_begin(from, sizeof(*from)))
		return -EFAULT;
	unsafe_get_user(reading->size, &from->size, fault);
	if (reading->size != sizeof(*from)) {
		user_read_access_end();
		return take_structure(from, CLOCKBOUND_READING_SIZE_VER0, reading,
				      sizeof(*reading));
	}
	unsafe_get_user(reading->request, &from->request, fault);
	unsafe_get_user(reading->max_width, &from->max_width, fault);
	user_read_access_end();
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

static noinline long ioctl_now(void __user *argument)
{
	struct clockbound_reading reading;
	int error;

	error = take_now(argument, &reading);
	if (error)
		return error;
	if (reading.request & ~CLOCKBOUND_NOW_REALTIME)
		return -EINVAL;
	cb_engine_read_patiently(&reading, reading.request & CLOCKBOUND_NOW_REALTIME);
	return put_reading(argument, &reading);
}

static long ioctl_at(void __user *argument)
{
	struct clockbound_reading reading;
	int error;

	error = take_structure(argument, CLOCKBOUND_READING_SIZE_VER0, &reading,
			       sizeof(reading));
	if (error)
		return error;
	error = cb_engine_at(&reading);
	return error ? error : put_reading(argument, &reading);
}

static long ioctl_wait(void __user *argument, bool sync)
{
	struct clockbound_wait wait;
	int error;

	error = take_structure(argument, CLOCKBOUND_WAIT_SIZE_VER0, &wait, sizeof(wait));
	if (error)
		return error;
	error = cb_wait(&wait, sync);
	/* Whoever calls again, the kernel or the caller, goes on with what is left. */
	if (error == -ERESTARTSYS && put_answer(argument, &wait, sizeof(wait)))
		error = -EFAULT;
	return error;
}

static int take_privileged(void __user *argument, size_t size_min, void *request,
			   size_t size)
{
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	return take_structure(argument, size_min, request, size);
}

static long ioctl_report(void __user *argument)
{
	struct clockbound_report report;
	int error = take_privileged(argument, CLOCKBOUND_REPORT_SIZE_VER0, &report,
				    sizeof(report));

	return error ? error : cb_engine_report(&report);
}

static long ioctl_disrupt(void __user *argument)
{
	struct clockbound_disrupt disrupt;
	int error = take_privileged(argument, CLOCKBOUND_DISRUPT_SIZE_VER0, &disrupt,
				    sizeof(disrupt));

	if (error)
		return error;
	if (disrupt.action > CLOCKBOUND_DISRUPT_FORCE)
		return -EINVAL;
	cb_engine_disrupt(disrupt.action == CLOCKBOUND_DISRUPT_FORCE);
	return 0;
}

static long ioctl_register(struct file *file, void __user *argument)
{
	struct clockbound_register request;
	int error = take_privileged(argument, CLOCKBOUND_REGISTER_SIZE_VER0, &request,
				    sizeof(request));

	if (error)
		return error;
	if (request.flags || request.reserved)
		return -EINVAL;
	return cb_registered_register(file, request.fd);
}

static long ioctl_unregister(struct file *file, void __user *argument)
{
	struct clockbound_unregister request;
	int error = take_privileged(argument, CLOCKBOUND_UNREGISTER_SIZE_VER0, &request,
				    sizeof(request));

	if (error)
		return error;
	return request.flags ? -EINVAL : cb_registered_unregister(file);
}

/* The size is in the structure, so the one in the command's number is not used. */
#define WITHOUT_SIZE(command)	((command) & ~IOCSIZE_MASK)

static long cb_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	if (likely(command == CLOCKBOUND_NOW))
		return ioctl_now((void __user *)argument);

	switch (WITHOUT_SIZE(command)) {
	case WITHOUT_SIZE(CLOCKBOUND_INFO):
		return ioctl_info((void __user *)argument);
	case WITHOUT_SIZE(CLOCKBOUND_NOW):
		return ioctl_now((void __user *)argument);
	case WITHOUT_SIZE(CLOCKBOUND_AT):
		return ioctl_at((void __user *)argument);
	case WITHOUT_SIZE(CLOCKBOUND_WAIT):
		return ioctl_wait((void __user *)argument, false);
	case WITHOUT_SIZE(CLOCKBOUND_WAIT_SYNC):
		return ioctl_wait((void __user *)argument, true);
	case WITHOUT_SIZE(CLOCKBOUND_REPORT):
		return ioctl_report((void __user *)argument);
	case WITHOUT_SIZE(CLOCKBOUND_DISRUPT):
		return ioctl_disrupt((void __user *)argument);
	case WITHOUT_SIZE(CLOCKBOUND_REGISTER):
		return ioctl_register(file, (void __user *)argument);
	case WITHOUT_SIZE(CLOCKBOUND_UNREGISTER):
		return ioctl_unregister(file, (void __user *)argument);
	default:
		return -ENOTTY;
	}
}

/* An open file, as a reader of events. */
struct listener {
	struct mutex lock;	/* held while events are read, so that each is read once */
	u64 seen;		/* sequence of the last event that was read */
};

static int cb_open(struct inode *inode, struct file *file)
{
	struct listener *listener = kzalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);

	if (!listener)
		return -ENOMEM;
	mutex_init(&listener->lock);
	listener->seen = cb_events_last();
	file->private_data = listener;
	cb_mmap_open(file);
	return stream_open(inode, file);
}

static int cb_release(struct inode *inode, struct file *file)
{
	cb_registered_unregister(file);
	kfree(file->private_data);
	return 0;
}

/* As many events as there are and fit; listener->lock is held. */
static ssize_t read_events(struct listener *listener, char __user *buffer, size_t size)
{
	struct clockbound_event event;
	u64 seen = listener->seen;
	size_t done = 0;

	while (size - done >= sizeof(event) && cb_events_get(&seen, &event)) {
		if (copy_to_user(buffer + done, &event, sizeof(event)))
			return done ? done : -EFAULT;
		/* poll() and who waits look at it without the lock. */
		WRITE_ONCE(listener->seen, seen);
		done += sizeof(event);
	}
	return done;
}

static ssize_t cb_read(struct file *file, char __user *buffer, size_t size, loff_t *position)
{
	struct listener *listener = file->private_data;
	ssize_t done;
	int error;

	if (size < sizeof(struct clockbound_event))
		return -EINVAL;
	for (;;) {
		error = mutex_lock_interruptible(&listener->lock);
		if (error)
			return error;
		done = read_events(listener, buffer, size);
		mutex_unlock(&listener->lock);
		if (done)
			return done;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event_interruptible(cb_news, cb_events_last() >
						 READ_ONCE(listener->seen));
		if (error)
			return error;
	}
}

static __poll_t cb_poll(struct file *file, struct poll_table_struct *table)
{
	struct listener *listener = file->private_data;

	poll_wait(file, &cb_news, table);
	return cb_events_last() > READ_ONCE(listener->seen) ? EPOLLIN | EPOLLRDNORM | EPOLLPRI : 0;
}

static const struct file_operations cb_fops = {
	.owner = THIS_MODULE,
	.open = cb_open,
	.release = cb_release,
	.read = cb_read,
	.poll = cb_poll,
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
 * The engine must be ready, and the device can be in use before this returns.
 * Context: process.
 * Return: 0 or a negative errno; then nobody can have it open.
 */
int cb_chardev_init(void)
{
	int error;

	BUILD_BUG_ON(sizeof(struct clockbound_info) != CLOCKBOUND_INFO_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct clockbound_report) != CLOCKBOUND_REPORT_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct clockbound_disrupt) != CLOCKBOUND_DISRUPT_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct clockbound_reading) != CLOCKBOUND_READING_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct clockbound_register) != CLOCKBOUND_REGISTER_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct clockbound_unregister) != CLOCKBOUND_UNREGISTER_SIZE_VER0);

	error = cb_mmap_init();
	if (error)
		return error;
	error = misc_register(&cb_device);
	if (error)
		cb_mmap_exit();
	return error;
}

/**
 * cb_chardev_exit() - remove /dev/clockbound
 *
 * The module is not in use, so nobody has it open. Context: process.
 */
void cb_chardev_exit(void)
{
	misc_deregister(&cb_device);
	cb_mmap_exit();
}
