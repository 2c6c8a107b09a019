/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A reading of the clock page, without a system call and without a lock.
 *
 * The module and the library read the page with this one function.
 */
#ifndef CLOCKBOUND_READER_H
#define CLOCKBOUND_READER_H

#include <clockbound/counter.h>
#include <clockbound/eval.h>

#ifdef CLOCKBOUND_COUNTER_NATIVE

/* Where the VMClock page has what a reader checks, in bytes. */
#define CLOCKBOUND_VMCLOCK_MARKER	0x10
#define CLOCKBOUND_VMCLOCK_GENERATION	0x68

/* So often a reader tries to get past a writer before it gives up. */
#define CLOCKBOUND_READ_TRIES		1024

/* The results of clockbound_page_read(). */
#define CLOCKBOUND_READ_OK	0	/* the model was current */
#define CLOCKBOUND_READ_STALE	1	/* the VMClock has moved on, or is not mapped */
#define CLOCKBOUND_READ_BUSY	2	/* the writer never got out of the way */

/**
 * clockbound_reading_clear() - make a reading that bounds nothing
 * @reading: the reading; its size and request stay as they are
 * @status: CLOCKBOUND_STATUS_UNKNOWN or CLOCKBOUND_STATUS_DISRUPTED
 */
static inline void clockbound_reading_clear(struct clockbound_reading *reading,
					    __u8 status)
{
	reading->earliest = CLOCKBOUND_TIME_MIN;
	reading->latest = CLOCKBOUND_TIME_MAX;
	reading->status = status;
	reading->flags = 0;
	reading->tai_offset = 0;
}

/**
 * clockbound_vmclock_moved() - has the VMClock changed since the model was made?
 * @model: a consistent copy of the model
 * @vmclock: the VMClock page, or NULL if it is not mapped: then a model that
 *	names it cannot be checked and counts as moved
 * @counter: the counter value of the reading; the loads are ordered after it
 *
 * Both values are compared bit by bit, so their byte order does not matter as
 * long as the model holds them as they stand in the page. Every architecture
 * with a VMClock is little-endian.
 *
 * Return: 0 if @model still describes the machine.
 */
static inline int clockbound_vmclock_moved(const struct clockbound_model *model,
					   const void *vmclock, __u64 counter)
{
	const char *base;

	if (!vmclock)
		return model->flags & (CLOCKBOUND_MODEL_MARKER |
				       CLOCKBOUND_MODEL_GENERATION);

	base = (const char *)clockbound_after_counter(vmclock, counter);
	if ((model->flags & CLOCKBOUND_MODEL_MARKER) &&
	    *(const volatile __u64 *)(base + CLOCKBOUND_VMCLOCK_MARKER) !=
	    model->disruption_marker)
		return 1;
	return (model->flags & CLOCKBOUND_MODEL_GENERATION) &&
	       *(const volatile __u64 *)(base + CLOCKBOUND_VMCLOCK_GENERATION) !=
	       model->vm_generation;
}

/**
 * clockbound_page_read() - take a reading from a clock page
 * @page: the clock page
 * @vmclock: the VMClock page, or NULL if it is not mapped
 * @reading: where the reading goes; all but its size and request is written
 *
 * The order is: sequence count, model, counter, VMClock's marker, sequence
 * count. The marker is looked at after the counter was read. So if the marker is
 * still the model's, the counter value is from before any disruption, and the
 * model may be used for it, whether the kernel has noticed the change or not.
 *
 * Safe in any context, the kernel's and user space's, from any number of
 * threads. Gives up after CLOCKBOUND_READ_TRIES.
 *
 * Return: CLOCKBOUND_READ_OK, or why the reading bounds nothing and the kernel
 * should be asked instead.
 */
static inline int clockbound_page_read(const struct clockbound_page *page,
				       const void *vmclock,
				       struct clockbound_reading *reading)
{
	const volatile struct clockbound_model *shared = &page->model;
	struct clockbound_model model;
	int tries, moved;
	__u64 counter;
	__u32 seq;

	for (tries = CLOCKBOUND_READ_TRIES; tries; tries--) {
		/* Pairs with the write barriers in cb_page_write(). */
		seq = __atomic_load_n(&shared->seq, __ATOMIC_ACQUIRE);
		if (__builtin_expect(seq & 1, 0)) {
			clockbound_counter_relax();
			continue;
		}

		model.status = shared->status;
		model.counter_shift = shared->counter_shift;
		model.flags = shared->flags;
		model.counter_value = shared->counter_value;
		model.earliest = shared->earliest;
		model.latest = shared->latest;
		model.earliest_rate = shared->earliest_rate;
		model.latest_rate = shared->latest_rate;
		model.valid_ticks = shared->valid_ticks;
		model.disruption_marker = shared->disruption_marker;
		model.earliest_frac = shared->earliest_frac;
		model.latest_frac = shared->latest_frac;
		model.vm_generation = shared->vm_generation;
		model.tai_offset = shared->tai_offset;

		counter = clockbound_counter();
		moved = clockbound_vmclock_moved(&model, vmclock, counter);

		/* Pairs with the write barriers in cb_page_write(). */
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__builtin_expect(shared->seq == seq, 1))
			break;
	}

	reading->reserved0 = 0;
	reading->reserved1 = 0;
	if (__builtin_expect(!tries, 0)) {
		reading->counter_value = clockbound_counter();
		reading->disruption_marker = 0;
		clockbound_reading_clear(reading, CLOCKBOUND_STATUS_UNKNOWN);
		return CLOCKBOUND_READ_BUSY;
	}

	reading->counter_value = counter;
	reading->disruption_marker = model.disruption_marker;
	if (__builtin_expect(moved, 0)) {
		clockbound_reading_clear(reading, CLOCKBOUND_STATUS_DISRUPTED);
		return CLOCKBOUND_READ_STALE;
	}
	if (__builtin_expect(!clockbound_eval(&model, counter, &reading->earliest,
					      &reading->latest), 0)) {
		clockbound_reading_clear(reading, model.valid_ticks ?
					 (__u8)CLOCKBOUND_STATUS_UNKNOWN : model.status);
		return CLOCKBOUND_READ_OK;
	}
	reading->status = model.status;
	reading->flags = model.flags & CLOCKBOUND_MODEL_TAI;
	reading->tai_offset = model.tai_offset;
	return CLOCKBOUND_READ_OK;
}

#endif /* CLOCKBOUND_COUNTER_NATIVE */

#endif /* CLOCKBOUND_READER_H */
