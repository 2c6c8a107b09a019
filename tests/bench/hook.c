// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockbound_hook.ko: what the module's hook in the timekeeping core costs, in place.
 *
 * A notifier just before the module's own and one just after it read the counter. In a
 * machine whose counter counts instructions (QEMU's -icount shift=0) the difference is
 * the number of instructions that the hook has executed, and what lies between two
 * notifiers anyway. Interrupts are off there. QEMU executes one CPU at a time, and takes
 * the next one when a timer expires or the CPU pauses: when the hook waits for another CPU,
 * what that one executes counts as well.
 *
 * To write to the file "costs" in debugfs is to begin to count. To read it is to end that:
 *
 *	KIND INSTRUCTIONS TIMES
 *
 * tick, called and set are updates: those that nothing followed, those that an interrupt
 * to this CPU followed (irq_work, which is how the hook calls for a decision), and those
 * that set the clock. The others are calibrations: nothing at all, loops of a known
 * length, ktime_get_snapshot(), and to queue an irq_work.
 */
#include <linux/debugfs.h>
#include <linux/hardirq.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/pvclock_gtod.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include <asm/tsc.h>

/* What costs more is counted as the largest of them. */
#define COSTS		8192
#define CALIBRATIONS	100
#define LOOP		1000

enum kind { TICK, CALLED, SET, NOTHING, LOOP_ONCE, LOOP_TWICE, SNAPSHOT, QUEUE, KINDS };

static const char * const kind_name[] = {
	[TICK] = "tick",
	[CALLED] = "called",
	[SET] = "set",
	[NOTHING] = "nothing",
	[LOOP_ONCE] = "loop-1000",
	[LOOP_TWICE] = "loop-2000",
	[SNAPSHOT] = "snapshot",
	[QUEUE] = "queue",
};

static u32 times[KINDS][COSTS];
static u64 largest[KINDS];

/* A CPU's last update; whether an interrupt followed it is known at its next one. */
struct update {
	bool counts;
	bool was_set;
	unsigned int calls;
	u64 cost;
};

static DEFINE_PER_CPU(struct update, last);
/* Only one CPU at a time. */
static u64 start;

/* Whoever opens the file. */
static DEFINE_MUTEX(mutex);
static bool counting;

static void count(enum kind kind, u64 cost)
{
	times[kind][min(cost, (u64)COSTS - 1)]++;
	largest[kind] = max(largest[kind], cost);
}

static unsigned int calls_on(unsigned int cpu)
{
	return per_cpu(irq_stat, cpu).apic_irq_work_irqs;
}

static void count_last(unsigned int cpu)
{
	struct update *update = per_cpu_ptr(&last, cpu);

	if (!update->counts)
		return;
	update->counts = false;
	if (update->was_set)
		count(SET, update->cost);
	else
		count(calls_on(cpu) == update->calls ? TICK : CALLED, update->cost);
}

static int before(struct notifier_block *block, unsigned long was_set, void *timekeeper)
{
	count_last(smp_processor_id());
	start = rdtsc();
	return NOTIFY_OK;
}

static int after(struct notifier_block *block, unsigned long was_set, void *timekeeper)
{
	u64 end = rdtsc();
	unsigned int cpu = smp_processor_id();

	*per_cpu_ptr(&last, cpu) = (struct update) {
		.counts = READ_ONCE(counting),
		.was_set = was_set,
		.calls = calls_on(cpu),
		.cost = end - start,
	};
	return NOTIFY_OK;
}

/* The module's own has priority 0. */
static struct notifier_block first = { .notifier_call = before, .priority = 1 };
static struct notifier_block second = { .notifier_call = after, .priority = -1 };

static void nothing(void)
{
}

static void loop_once(void)
{
	unsigned long left = LOOP / 2;

	asm volatile("1: dec %0; jnz 1b" : "+r" (left));
}

static void loop_twice(void)
{
	unsigned long left = LOOP;

	asm volatile("1: dec %0; jnz 1b" : "+r" (left));
}

static void snapshot(void)
{
	static struct system_time_snapshot now;

	ktime_get_snapshot(&now);
}

static void called(struct irq_work *work)
{
}

static struct irq_work work = IRQ_WORK_INIT_HARD(called);

static void queue(void)
{
	irq_work_queue(&work);
}

static __always_inline void calibrate(enum kind kind, void (*call)(void))
{
	unsigned long flags;
	unsigned int i;
	u64 from, to;

	for (i = 0; i < CALIBRATIONS; i++) {
		local_irq_save(flags);
		from = rdtsc();
		call();
		to = rdtsc();
		local_irq_restore(flags);
		count(kind, to - from);
		irq_work_sync(&work);
	}
}

static ssize_t begin(struct file *file, const char __user *text, size_t length, loff_t *at)
{
	int error = 0;

	mutex_lock(&mutex);
	if (!counting) {
		memset(times, 0, sizeof(times));
		memset(largest, 0, sizeof(largest));
		error = pvclock_gtod_register_notifier(&second) ?:
			pvclock_gtod_register_notifier(&first);
		/* To register is an update, too: none of those. */
		WRITE_ONCE(counting, true);
	}
	mutex_unlock(&mutex);
	return error ?: length;
}

static void end(void)
{
	unsigned int cpu;

	if (!counting)
		return;
	pvclock_gtod_unregister_notifier(&first);
	pvclock_gtod_unregister_notifier(&second);
	counting = false;
	for_each_possible_cpu(cpu)
		count_last(cpu);
	calibrate(NOTHING, nothing);
	calibrate(LOOP_ONCE, loop_once);
	calibrate(LOOP_TWICE, loop_twice);
	calibrate(SNAPSHOT, snapshot);
	calibrate(QUEUE, queue);
}

static int show(struct seq_file *file, void *unused)
{
	unsigned int kind, cost;

	mutex_lock(&mutex);
	end();
	for (kind = 0; kind < KINDS; kind++) {
		for (cost = 0; cost < COSTS - 1; cost++) {
			if (times[kind][cost])
				seq_printf(file, "%s %u %u\n", kind_name[kind], cost,
					   times[kind][cost]);
		}
		if (times[kind][cost])
			seq_printf(file, "%s %llu %u\n", kind_name[kind], largest[kind],
				   times[kind][cost]);
	}
	mutex_unlock(&mutex);
	return 0;
}

static int open(struct inode *inode, struct file *file)
{
	return single_open(file, show, NULL);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = open,
	.read = seq_read,
	.write = begin,
	.llseek = seq_lseek,
	.release = single_release,
};

static struct dentry *directory;

static int __init hook_init(void)
{
	directory = debugfs_create_dir("clockbound_hook", NULL);
	debugfs_create_file("costs", 0600, directory, NULL, &operations);
	return 0;
}
module_init(hook_init);

static void __exit hook_exit(void)
{
	debugfs_remove(directory);
	end();
}
module_exit(hook_exit);

MODULE_DESCRIPTION("Instructions of clockbound's hook in the timekeeping core");
MODULE_LICENSE("GPL");
