// SPDX-License-Identifier: GPL-2.0-only
/*
 * A word of the guest's memory by its physical address, which /dev/mem does not give of RAM:
 * see test_control.py.
 */
#include <linux/io.h>
#include <linux/module.h>

static unsigned long address;
module_param(address, ulong, 0644);
MODULE_PARM_DESC(address, "of the word, a multiple of 8");

static int word_get(char *text, const struct kernel_param *kp)
{
	u64 *word = memremap(address, sizeof(*word), MEMREMAP_WB);
	int length;

	if (!word)
		return -ENXIO;
	length = sysfs_emit(text, "%llx\n", READ_ONCE(*word));
	memunmap(word);
	return length;
}

static int word_set(const char *text, const struct kernel_param *kp)
{
	u64 *word;
	u64 value;
	int rc;

	rc = kstrtou64(text, 16, &value);
	if (rc)
		return rc;
	word = memremap(address, sizeof(*word), MEMREMAP_WB);
	if (!word)
		return -ENXIO;
	WRITE_ONCE(*word, value);
	memunmap(word);
	return 0;
}

static const struct kernel_param_ops word_ops = { .get = word_get, .set = word_set };

module_param_cb(value, &word_ops, NULL, 0644);
MODULE_PARM_DESC(value, "what is there, hexadecimal");

/* There has to be one for the module to stay loaded. */
static int __init word_init(void)
{
	return 0;
}

static void __exit word_exit(void)
{
}

module_init(word_init);
module_exit(word_exit);

MODULE_DESCRIPTION("A word of the guest's memory");
MODULE_LICENSE("GPL");
