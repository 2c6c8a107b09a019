// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suspend and hibernation.
 *
 * A counter may begin anew in them, and CLOCK_MONOTONIC_RAW stands still. The "noirq"
 * callbacks of a device of our own tell of it in time: programs are frozen and the
 * timekeeper still goes, or goes again, for S3, s2idle and hibernation alike. syscore_ops are
 * not called for s2idle, and notifiers of the PM core come while programs still run.
 */
#include <linux/err.h>
#include <linux/platform_device.h>
#include <linux/pm.h>

#include "suspend.h"

static struct {
	struct platform_device *device;
	void (*sleep)(void);
	void (*wake)(void);
} suspend;

static int fall_asleep(struct device *device)
{
	suspend.sleep();
	return 0;
}

static int resume(struct device *device)
{
	suspend.wake();
	return 0;
}

/* suspend, freeze and poweroff; resume, thaw and restore */
static const struct dev_pm_ops callbacks = {
	NOIRQ_SYSTEM_SLEEP_PM_OPS(fall_asleep, resume)
};

static int probe(struct platform_device *device)
{
	return 0;
}

static struct platform_driver driver = {
	.driver = {
		.name = KBUILD_MODNAME,
		.pm = pm_sleep_ptr(&callbacks),
	},
};

/**
 * cb_suspend_init() - be told when the machine sleeps
 * @sleep: called when it is about to; no program runs any more, interrupts may come
 * @wake: called for each call of @sleep when that is over, or nothing came of it
 *
 * Both may be called in any order with what other devices do. Context: process.
 * Return: 0 or a negative errno.
 */
int cb_suspend_init(void (*sleep)(void), void (*wake)(void))
{
	suspend.sleep = sleep;
	suspend.wake = wake;
	/* Nobody can take the driver away from a device that is made so. */
	suspend.device = platform_create_bundle(&driver, probe, NULL, 0, NULL, 0);
	return PTR_ERR_OR_ZERO(suspend.device);
}

/**
 * cb_suspend_exit() - not to be told any more
 * Context: process.
 */
void cb_suspend_exit(void)
{
	platform_device_unregister(suspend.device);
	platform_driver_unregister(&driver);
}
