// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/clockbound: `status` for people, one file for each value for programs. Each is
 * a reading of its own; who needs consistent values uses the device.
 */
#include <clockbound/eval.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/time64.h>

#include "../publish/engine.h"
#include "interface.h"

static const char * const status_name[] = {
	[CLOCKBOUND_STATUS_UNKNOWN] = "unknown",
	[CLOCKBOUND_STATUS_SYNCHRONIZED] = "synchronized",
	[CLOCKBOUND_STATUS_FREE_RUNNING] = "free running",
	[CLOCKBOUND_STATUS_DISRUPTED] = "disrupted",
};

static const char * const source_name[] = {
	[0] = "none",
	[CB_SOURCE_VMCLOCK] = "vmclock",
	[CB_SOURCE_REPORT] = "report",
	[CB_SOURCE_VMCLOCK | CB_SOURCE_REPORT] = "vmclock report",
	[CB_SOURCE_REGISTERED] = "registered",
	[CB_SOURCE_VMCLOCK | CB_SOURCE_REGISTERED] = "vmclock registered",
	[CB_SOURCE_REPORT | CB_SOURCE_REGISTERED] = "registered report",
	[CB_SOURCE_ALL] = "vmclock registered report",
};

static int emit_time(char *buf, int at, const char *name, s64 time)
{
	struct timespec64 ts = ns_to_timespec64(time);

	return sysfs_emit_at(buf, at, "%s%ptTs.%09ld UTC\n", name, &ts.tv_sec, ts.tv_nsec);
}

static ssize_t status_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct clockbound_reading reading;
	struct cb_facts facts;
	time64_t before_leap;
	int at = 0;

	cb_engine_read_patiently(&reading, false);
	cb_engine_facts(&facts);

	at += sysfs_emit_at(buf, at, "status:       %s\n", status_name[reading.status]);
	if (clockbound_status_bounded(reading.status)) {
		at += emit_time(buf, at, "earliest:     ", reading.earliest);
		at += emit_time(buf, at, "latest:       ", reading.latest);
		at += sysfs_emit_at(buf, at, "width:        %lld ns\n",
				    reading.latest - reading.earliest);
	}
	if (reading.flags & CLOCKBOUND_MODEL_TAI)
		at += sysfs_emit_at(buf, at, "TAI - UTC:    %d s\n", reading.tai_offset);
	before_leap = (facts.leap_day - 1) * 86400LL;
	if (facts.leap)
		at += sysfs_emit_at(buf, at, "leap second:  %s at the end of %ptTd\n",
				    facts.leap > 0 ? "inserted" : "left out", &before_leap);
	at += sysfs_emit_at(buf, at, "source:       %s\n", source_name[facts.sources]);
	at += sysfs_emit_at(buf, at, "vmclock:      %s\n", cb_verdict_text(facts.vmclock.verdict));
	if (facts.vmclock.verdict != CB_VERDICT_NO_DEVICE)
		at += sysfs_emit_at(buf, at, "marker:       %llu\n",
				    facts.vmclock.sample.disruption_marker);
	if (facts.vmclock.sample.flags & VMCLOCK_VM_GEN_PRESENT)
		at += sysfs_emit_at(buf, at, "generation:   %llu\n",
				    facts.vmclock.sample.vm_generation);
	if (facts.registered.verdict != CB_VERDICT_NO_DEVICE)
		at += sysfs_emit_at(buf, at, "registered:   %s\n",
				    facts.registered.outdated ? "from before a disruption" :
				    cb_verdict_text(facts.registered.verdict));
	at += sysfs_emit_at(buf, at, "counter:      %s\n",
			    facts.counter_id == CLOCKBOUND_COUNTER_NONE ? "unusable" : "tsc");
	at += sysfs_emit_at(buf, at, "clocksource:  %s\n", facts.clock_on_counter ?
			    "the counter" :
			    "not the counter: ClockBound's clients need a report");
	at += sysfs_emit_at(buf, at, "reported:     %s\n", status_name[facts.reported]);
	at += sysfs_emit_at(buf, at, "publications: %llu\n",
			    READ_ONCE(cb_engine_clock_page()->publications));
	at += sysfs_emit_at(buf, at, "reports:      %llu\n", facts.reports);
	at += sysfs_emit_at(buf, at, "disruptions:  %llu%s\n", facts.disruptions,
			    facts.forced ? " (one by hand, not released)" : "");
	at += sysfs_emit_at(buf, at, "clock steps:  %llu\n", facts.steps);
	at += sysfs_emit_at(buf, at, "violations:   %llu%s\n", facts.violations,
			    facts.contradiction ? " (the sources contradict each other)" : "");
	return at;
}

/* @_value is of @reading and @facts. */
#define SHOW(_name, _format, _value)							\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf) \
{											\
	struct clockbound_reading reading;						\
	struct cb_facts facts;								\
											\
	cb_engine_read_patiently(&reading, false);					\
	cb_engine_facts(&facts);							\
	return sysfs_emit(buf, _format "\n", _value);					\
}											\
static struct kobj_attribute _name##_attribute = __ATTR_RO(_name)

SHOW(clock_status, "%u", reading.status);
SHOW(earliest_ns, "%lld", reading.earliest);
SHOW(latest_ns, "%lld", reading.latest);
SHOW(width_ns, "%llu", (u64)reading.latest - (u64)reading.earliest);
SHOW(source, "%s", source_name[facts.sources]);
SHOW(vmclock, "%s", cb_verdict_text(facts.vmclock.verdict));
SHOW(disruption_marker, "%llu", facts.vmclock.sample.disruption_marker);
SHOW(vm_generation, "%llu", facts.vmclock.sample.vm_generation);
SHOW(publications, "%llu", READ_ONCE(cb_engine_clock_page()->publications));
SHOW(reports, "%llu", facts.reports);
SHOW(disruptions, "%llu", facts.disruptions);
SHOW(steps, "%llu", facts.steps);
SHOW(violations, "%llu", facts.violations);

static struct kobj_attribute status_attribute = __ATTR_RO(status);

static const struct attribute *cb_attributes[] = {
	&status_attribute.attr,
	&clock_status_attribute.attr,
	&earliest_ns_attribute.attr,
	&latest_ns_attribute.attr,
	&width_ns_attribute.attr,
	&source_attribute.attr,
	&vmclock_attribute.attr,
	&disruption_marker_attribute.attr,
	&vm_generation_attribute.attr,
	&publications_attribute.attr,
	&reports_attribute.attr,
	&disruptions_attribute.attr,
	&steps_attribute.attr,
	&violations_attribute.attr,
	NULL,
};

static struct kobject *cb_kobj;

/**
 * cb_sysfs_init() - make /sys/kernel/clockbound
 *
 * The engine must be ready. Context: process.
 * Return: 0 or a negative errno.
 */
int cb_sysfs_init(void)
{
	int error;

	cb_kobj = kobject_create_and_add("clockbound", kernel_kobj);
	if (!cb_kobj)
		return -ENOMEM;
	error = sysfs_create_files(cb_kobj, cb_attributes);
	if (error)
		kobject_put(cb_kobj);
	return error;
}

/**
 * cb_sysfs_exit() - remove it
 *
 * No file of it is being read when it returns. Context: process.
 */
void cb_sysfs_exit(void)
{
	kobject_put(cb_kobj);
}
