// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockbound_bench.ko: what the module adds to an update of the timekeeper.
 *
 * The hook's own function is called in a loop, on a copy of the timekeeper and with a
 * VMClock page in memory, beside ktime_get_snapshot(); and so is what the hook calls for
 * when something has to be decided. The times go to the kernel's log.
 */
#include <clockbound/vmclock_abi.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sort.h>
#include <linux/spinlock.h>

#include "../../src/publish/engine.h"
/* For the hook's function itself. */
#include "../../src/source/timekeeping.c"

#define CALLS	200
#define BATCHES	101

static struct vmclock_page vmclock;
static struct timekeeper clock;
static u64 samples[BATCHES];

static int keep(struct notifier_block *block, unsigned long was_set, void *timekeeper)
{
	clock = *(struct timekeeper *)timekeeper;
	return NOTIFY_OK;
}

static struct notifier_block keeper = { .notifier_call = keep };

static void snapshot(unsigned int call)
{
	static struct system_time_snapshot now;

	ktime_get_snapshot(&now);
}

/* What an update that takes a lock costs at least. */
static void lock(unsigned int call)
{
	static DEFINE_RAW_SPINLOCK(spinlock);
	unsigned long flags;

	raw_spin_lock_irqsave(&spinlock, flags);
	raw_spin_unlock_irqrestore(&spinlock, flags);
}

static void tick(unsigned int call)
{
	updated(&block, 0, &clock);
}

/* The clock is disciplined: another rate each time. */
static void tick_clock(unsigned int call)
{
	clock.tkr_mono.mult ^= 1;
	updated(&block, 0, &clock);
}

/* The hypervisor has written: another maximum error each time. */
static void publication(unsigned int call)
{
	vmclock.time_maxerror_nanosec = cpu_to_le64(1000 + call % 2);
	le32_add_cpu(&vmclock.seq_count, 2);
	cb_engine_update();
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

/* Interrupts are on, and what they take is taken out by the median. */
static void measure(const char *name, void (*call)(unsigned int call))
{
	u64 before = READ_ONCE(cb_engine_clock_page()->publications);
	unsigned int batch, i;

	for (batch = 0; batch < BATCHES; batch++) {
		u64 start = clockbound_counter();

		for (i = 0; i < CALLS; i++)
			call(i);
		samples[batch] = clockbound_counter() - start;
	}
	sort(samples, BATCHES, sizeof(samples[0]), compare, NULL);
	pr_info("bench: kernel %s %llu ps, %llu publications in %u calls\n", name,
		mul_u64_u32_div(samples[BATCHES / 2], 1000000000 / CALLS, tsc_khz),
		READ_ONCE(cb_engine_clock_page()->publications) - before, BATCHES * CALLS);
}

/* The TSC as the kernel knows it, 1 us and 1 ppm. */
static void fill_vmclock(void)
{
	/* 2^64 / Hz, to be shifted up */
	u64 period = div64_u64(U64_MAX, tsc_khz) / 1000;
	unsigned int shift = 0;

	while (!(period >> 62)) {
		period <<= 1;
		shift++;
	}
	vmclock = (struct vmclock_page) {
		.magic = cpu_to_le32(VMCLOCK_PAGE_MAGIC),
		.size = cpu_to_le32(sizeof(vmclock)),
		.version = cpu_to_le16(VMCLOCK_PAGE_VERSION),
		.counter_id = VMCLOCK_ID_X86_TSC,
		.time_type = VMCLOCK_TYPE_UTC,
		.flags = cpu_to_le64(VMCLOCK_PERIOD_MAXERROR_VALID |
				     VMCLOCK_TIME_MAXERROR_VALID),
		.clock_status = VMCLOCK_CLOCK_SYNCHRONIZED,
		.disruption_marker = cpu_to_le64(1),
		.counter_value = cpu_to_le64(clockbound_counter()),
		.counter_period_shift = shift,
		.counter_period_frac_sec = cpu_to_le64(period),
		.counter_period_maxerror_rate_frac_sec = cpu_to_le64(period / 1000000),
		.time_sec = cpu_to_le64(ktime_get_real_seconds()),
		.time_maxerror_nanosec = cpu_to_le64(1000),
	};
}

static int report(void)
{
	u64 now = ktime_get_raw_ns();
	const struct clockbound_report report = {
		.size = sizeof(report),
		.as_of = now,
		.void_after = now + 1000 * NSEC_PER_SEC,
		.time = ktime_get_real_ns(),
		.bound = 2 * NSEC_PER_SEC,
		.measured = now,
		.max_drift = 1000,
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.disruption_marker = 1,
	};

	return cb_engine_report(&report);
}

static int __init bench_init(void)
{
	int error = pvclock_gtod_register_notifier(&keeper);

	if (error)
		return error;
	pvclock_gtod_unregister_notifier(&keeper);

	fill_vmclock();
	error = cb_engine_init(&vmclock, false, CB_SOURCE_VMCLOCK | CB_SOURCE_REPORT);
	if (error)
		return error;
	hook.line = &cb_engine_clock_page()->realtime;
	hook.decide = cb_engine_update;
	updated(&block, 1, &clock);
	cb_engine_update();
	measure("snapshot", snapshot);
	measure("lock", lock);
	measure("tick", tick);
	measure("clock", tick_clock);
	measure("vmclock", publication);
	vmclock.clock_status = VMCLOCK_CLOCK_UNKNOWN;
	publication(0);
	measure("unknown", tick);
	vmclock.clock_status = VMCLOCK_CLOCK_SYNCHRONIZED;
	publication(0);
	error = report();
	if (!error) {
		measure("snapshot", snapshot);
		measure("quiet", tick);
		measure("clock", tick_clock);
		measure("both", publication);
	}
	irq_work_sync(&call);
	cb_engine_exit();
	return error;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Cost of a publication of clockbound");
MODULE_LICENSE("GPL");
