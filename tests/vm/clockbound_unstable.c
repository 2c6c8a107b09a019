// SPDX-License-Identifier: GPL-2.0-only
/*
 * Declares the TSC unstable, as the clocksource watchdog does; for good. See
 * guest_counter.c.
 */
#include <linux/module.h>
#include <asm/tsc.h>

static int __init unstable_init(void)
{
	mark_tsc_unstable("a test");
	return 0;
}

module_init(unstable_init);

MODULE_DESCRIPTION("A TSC that is not to be trusted");
MODULE_LICENSE("GPL");
