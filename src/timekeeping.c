// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook into the kernel's timekeeping core.
 *
 * The core calls at every update of the timekeeper, once a tick at most. That is
 * often enough to see what the hypervisor does to its page, and it costs no
 * timer of our own.
 */
#include <linux/notifier.h>
#include <linux/pvclock_gtod.h>

#include "engine.h"
#include "timekeeping.h"

/* The timekeeper's lock is held, interrupts are off, its sequence is open. */
static int updated(struct notifier_block *block, unsigned long was_set, void *timekeeper)
{
	cb_engine_tick();
	return NOTIFY_OK;
}

static struct notifier_block hook = { .notifier_call = updated };

/**
 * cb_timekeeping_init() - start to follow the timekeeping core
 *
 * Context: process.
 *
 * Return: 0 or a negative errno.
 */
int cb_timekeeping_init(void)
{
	return pvclock_gtod_register_notifier(&hook);
}

/**
 * cb_timekeeping_exit() - stop to follow it
 *
 * No call runs when it returns. Context: process.
 */
void cb_timekeeping_exit(void)
{
	pvclock_gtod_unregister_notifier(&hook);
}
