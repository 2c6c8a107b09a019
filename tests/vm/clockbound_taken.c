// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device node whose name clockbound would like to have: see test_device.py.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static char *name;
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "of the device node");

static const struct file_operations taken_fops = { .owner = THIS_MODULE };

static struct miscdevice taken = {
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &taken_fops,
};

static int __init taken_init(void)
{
	if (!name)
		return -EINVAL;
	taken.name = name;
	return misc_register(&taken);
}

static void __exit taken_exit(void)
{
	misc_deregister(&taken);
}

module_init(taken_init);
module_exit(taken_exit);

MODULE_DESCRIPTION("A device node that is in the way");
MODULE_LICENSE("GPL");
