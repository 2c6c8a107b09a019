// SPDX-License-Identifier: GPL-2.0-only
/* clockbound: intervals that contain the true time. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/string.h>

#include "interface/interface.h"
#include "publish/engine.h"
#include "source/registered.h"
#include "source/suspend.h"
#include "source/timekeeping.h"
#include "source/vmclock_device.h"

static char *source = "auto";
module_param(source, charp, 0444);
MODULE_PARM_DESC(source, "the source of time: auto (all that there are), vmclock, registered or report");

static const char * const source_name[] = { "auto", "vmclock", "registered", "report" };
static const u8 source_allowed[] = {
	CB_SOURCE_ALL, CB_SOURCE_VMCLOCK, CB_SOURCE_REGISTERED, CB_SOURCE_REPORT,
};

static void hypervisor_wrote(void)
{
	cb_engine_update();
	cb_vmclock_node_wake();
}

static int __init cb_init(void)
{
	int chosen = match_string(source_name, ARRAY_SIZE(source_name), source);
	int error;

	if (chosen < 0) {
		pr_info("source=%s: must be auto, vmclock, registered or report\n", source);
		return chosen;
	}
	error = cb_vmclock_device_init();
	if (error == -ENODEV)
		pr_info("no VMClock device: time can only be reported (clockboundctl sync)\n");
	else if (error == -ENOMEM)
		return error;

	error = cb_engine_init(cb_vmclock_device_page(), cb_vmclock_device_mappable(),
			       source_allowed[chosen]);
	if (error)
		goto device;
	cb_registered_init(cb_engine_registered);
	error = cb_timekeeping_init(&cb_engine_clock_page()->realtime, cb_engine_update);
	if (error)
		goto engine;
	cb_vmclock_device_notify(hypervisor_wrote);
	error = cb_suspend_init(cb_engine_sleep, cb_engine_wake);
	if (error)
		goto notify;
	error = cb_sysfs_init();
	if (error)
		goto suspend;
	/*
	 * A device can be opened as soon as its node is there, and a module whose init
	 * fails is freed, open or not. So after the first node nothing may fail.
	 */
	error = cb_chardev_init();
	if (error)
		goto sysfs;
	cb_client_nodes_init();

	pr_info("loaded\n");
	return 0;

sysfs:
	cb_sysfs_exit();
suspend:
	cb_suspend_exit();
notify:
	cb_vmclock_device_silence();
	cb_timekeeping_exit();
engine:
	cb_engine_exit();
device:
	cb_vmclock_device_exit();
	return error;
}

static void __exit cb_exit(void)
{
	cb_client_nodes_exit();
	cb_chardev_exit();
	cb_sysfs_exit();
	cb_suspend_exit();
	cb_vmclock_device_silence();
	cb_timekeeping_exit();
	cb_engine_exit();
	cb_vmclock_device_exit();
	pr_info("unloaded\n");
}

module_init(cb_init);
module_exit(cb_exit);

MODULE_AUTHOR("The clockbound developers");
MODULE_DESCRIPTION("Intervals that contain the true time");
MODULE_LICENSE("GPL");
MODULE_ALIAS("acpi*:AMZNC10C:*");
MODULE_ALIAS("acpi*:VMCLOCK:*");
