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
#define CLOCKBOUND_READ_STALE	1	/* a VMClock has moved on, or is not mapped */
#define CLOCKBOUND_READ_BUSY	2	/* the writer never got out of the way */
#define CLOCKBOUND_READ_IOCTL	3	/* the bound is no function of the counter */

/**
 * clockbound_reading_clear() - make a reading that bounds nothing
 * @reading: the reading; its size, request and counter value stay as they are
 * @status: CLOCKBOUND_STATUS_UNKNOWN or CLOCKBOUND_STATUS_DISRUPTED
 */
static inline void clockbound_reading_clear(struct clockbound_reading *reading,
					    __u8 status)
{
	reading->earliest = CLOCKBOUND_TIME_MIN;
	reading->latest = CLOCKBOUND_TIME_MAX;
	reading->disruption_marker = 0;
	reading->status = status;
	reading->reserved0 = 0;
	reading->flags = 0;
	reading->tai_offset = 0;
}

/**
 * clockbound_model_read() - what a model says of a counter value
 * @model: a consistent copy of a model
 * @counter: the counter value
 * @reading: where the answer goes; all that is valid but its size and request is written
 */
static inline void clockbound_model_read(const struct clockbound_model *model, __u64 counter,
					 struct clockbound_reading *reading)
{
	reading->counter_value = counter;
	if (!clockbound_eval(model, counter, &reading->earliest, &reading->latest)) {
		clockbound_reading_clear(reading, model->valid_ticks ?
					 (__u8)CLOCKBOUND_STATUS_UNKNOWN : model->status);
		return;
	}
	reading->disruption_marker = model->disruption_marker;
	reading->status = clockbound_eval_status(model, counter);
	reading->reserved0 = 0;
	reading->flags = model->flags;
	reading->tai_offset = model->tai_offset;
	if (model->flags & CLOCKBOUND_MODEL_LEAP)
		clockbound_eval_leap(model, reading);
}

/**
 * clockbound_vmclock_moved() - has the VMClock changed since the model was made?
 * @model: the model; it names a VMClock
 * @vmclock: the VMClock page
 * @after: 0 from clockbound_after_counter(), so that the loads come after the
 *	reading's counter
 *
 * Both values are compared as they stand in the page: it is little-endian, and so
 * is every architecture that has a VMClock.
 *
 * Return: 0 if @model still describes the machine.
 */
static inline int clockbound_vmclock_moved(const struct clockbound_model *model,
					   const void *vmclock, __u64 after)
{
	const char *base = (const char *)vmclock + after;

	return *(const volatile __u64 *)(base + CLOCKBOUND_VMCLOCK_MARKER) !=
	       model->disruption_marker ||
	       *(const volatile __u64 *)(base + CLOCKBOUND_VMCLOCK_GENERATION) !=
	       model->vm_generation;
}

/**
 * clockbound_registered_moved() - has the registered page changed since then?
 * @model: the model; it names a registered page
 * @registered: the registered page
 * @after: as for clockbound_vmclock_moved()
 *
 * Return: 0 if @model still describes the machine.
 */
static inline int clockbound_registered_moved(const struct clockbound_model *model,
					      const void *registered, __u64 after)
{
	const char *base = (const char *)registered + after;

	return *(const volatile __u64 *)(base + CLOCKBOUND_VMCLOCK_MARKER) !=
	       model->registered_marker ||
	       *(const volatile __u64 *)(base + CLOCKBOUND_VMCLOCK_GENERATION) !=
	       model->registered_generation;
}

/**
 * clockbound_page_written() - has the page been written since a reading began?
 * @page: the clock page
 * @seq: its sequence count then
 * @after: as for clockbound_vmclock_moved()
 *
 * Return: 0 if all that was read of the model belongs together.
 */
static inline int clockbound_page_written(const struct clockbound_page *page, __u32 seq,
					  __u64 after)
{
	const char *base = (const char *)page + after;

	/* Pairs with the write barriers in cb_page_end(). */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&((const struct clockbound_page *)(const void *)base)->model.seq,
			       __ATOMIC_RELAXED) != seq;
}

/**
 * clockbound_page_read_any() - take a reading from a clock page, in every case
 * @page: the clock page
 * @vmclock: the VMClock page, or NULL if it is not mapped
 * @registered: the registered page, or NULL if it is not mapped
 * @reading: where the reading goes; all that is valid but its size and request is written
 *
 * What clockbound_page_read_straight() has no room for: writers in the way, counter
 * values before the model's, slow counters, models without lines, registered pages.
 *
 * Another registered page than the model's may be mapped by now, or zeros that look
 * like its marker. But that comes after a new model: the kernel publishes one without
 * the old page before it lets anything else be mapped there (cb_registered_unregister()),
 * so the sequence count at the end is another one.
 *
 * Return: CLOCKBOUND_READ_*.
 */
static __attribute__((__noinline__, __cold__, __unused__)) int
clockbound_page_read_any(const struct clockbound_page *page, const void *vmclock,
			 const void *registered, struct clockbound_reading *reading)
{
	struct clockbound_model model;
	struct clockbound_ticks now;
	int tries, moved;
	__u64 after;
	__u32 seq;

	for (tries = CLOCKBOUND_READ_TRIES; tries; tries--) {
		/* Pairs with the write barriers in cb_page_end(). */
		seq = __atomic_load_n(&page->model.seq, __ATOMIC_ACQUIRE);
		if (seq & 1) {
			clockbound_counter_relax();
			continue;
		}
		model = page->model;
		now = clockbound_ticks_fenced();
		reading->counter_value = clockbound_ticks_value(now);
		after = clockbound_after_counter(now);
		moved = (model.flags & CLOCKBOUND_MODEL_VMCLOCK) &&
			(!vmclock || clockbound_vmclock_moved(&model, vmclock, after));
		if (model.flags & CLOCKBOUND_MODEL_REGISTERED)
			moved |= !registered ||
				 clockbound_registered_moved(&model, registered, after);
		if (!clockbound_page_written(page, seq, after))
			break;
	}

	if (!tries) {
		reading->counter_value = clockbound_counter();
		clockbound_reading_clear(reading, CLOCKBOUND_STATUS_UNKNOWN);
		return CLOCKBOUND_READ_BUSY;
	}
	if (moved) {
		clockbound_reading_clear(reading, CLOCKBOUND_STATUS_DISRUPTED);
		return CLOCKBOUND_READ_STALE;
	}
	if (model.flags & CLOCKBOUND_MODEL_IOCTL) {
		clockbound_reading_clear(reading, CLOCKBOUND_STATUS_UNKNOWN);
		return CLOCKBOUND_READ_IOCTL;
	}
	clockbound_model_read(&model, reading->counter_value, reading);
	return CLOCKBOUND_READ_OK;
}

/**
 * clockbound_page_read_straight() - take a reading from a clock page, if all is well
 * @page: the clock page
 * @vmclock: the VMClock page, or NULL if it is not mapped
 * @reading: where the reading goes; all that is valid but its size and request is
 *	written, and if there is none it may be anything
 *
 * What makes it right is the order of the loads:
 *
 *	1. the sequence count
 *	2. the counter
 *	3. the VMClock's marker and generation
 *	4. the sequence count again
 *
 * and those of the model between 1 and 4. If 3 finds what the model names, the counter
 * value is from before any disruption, whether the kernel has noticed it or not. If 4
 * finds the same as 1, all that was read of the model belongs together. Until that is
 * known it may be anything: it is only compared, and all arithmetic is unsigned.
 *
 * 2 is behind 1 because both ways to read the counter wait for all earlier loads. 3 and 4
 * are behind 2 because their addresses depend on the counter's value. Loads are in order
 * among themselves.
 *
 * Return: 1, or 0 if there is something in the way.
 */
static inline int clockbound_page_read_straight(const struct clockbound_page *page,
						const void *vmclock,
						struct clockbound_reading *reading)
{
	const struct clockbound_model *model = &page->model;
	struct clockbound_ticks now;
	__u64 distance, after;
	__u32 seq;

	/* 1. Pairs with the write barriers in cb_page_end(). */
	seq = __atomic_load_n(&model->seq, __ATOMIC_ACQUIRE);
	/* 2. */
	now = __builtin_expect(!!(page->features & CLOCKBOUND_FEATURE_RDTSCP), 1) ?
	      clockbound_ticks_rdtscp() : clockbound_ticks_fenced();

	distance = clockbound_ticks_since(now, model->counter_value);
	if (__builtin_expect(distance >= model->straight_ticks, 0))
		return 0;
	reading->counter_value = clockbound_ticks_value(now);
	reading->head = model->head;
	reading->earliest = clockbound_line_after(model->earliest, model->earliest_frac,
						  distance, model->earliest_rate);
	reading->latest = clockbound_line_after(model->latest, model->latest_frac,
						distance, model->latest_rate);
	reading->disruption_marker = model->disruption_marker;

	/* 3. */
	after = clockbound_after_counter(now);
	if (__builtin_expect(!!(model->flags & CLOCKBOUND_MODEL_VMCLOCK), 1) &&
	    __builtin_expect(!vmclock || clockbound_vmclock_moved(model, vmclock, after), 0))
		return 0;
	/* 4. An odd count is never equal. */
	return !clockbound_page_written(page, seq & ~1U, after);
}

/**
 * clockbound_page_read() - take a reading from a clock page
 * @page: the clock page
 * @vmclock: the VMClock page, or NULL if it is not mapped: then a model that
 *	names it cannot be checked and counts as moved
 * @registered: the registered page, or NULL; the same holds for it
 * @reading: where the reading goes; all that is valid but its size and request is written
 *
 * Safe in any context, the kernel's and user space's, from any number of threads.
 * Bounded by CLOCKBOUND_READ_TRIES.
 *
 * Return: CLOCKBOUND_READ_OK, or why the reading bounds nothing and the kernel
 * should be asked instead.
 */
static inline int clockbound_page_read(const struct clockbound_page *page,
				       const void *vmclock, const void *registered,
				       struct clockbound_reading *reading)
{
	if (__builtin_expect(clockbound_page_read_straight(page, vmclock, reading), 1))
		return CLOCKBOUND_READ_OK;
	return clockbound_page_read_any(page, vmclock, registered, reading);
}

/**
 * clockbound_page_read_realtime() - the same, and what CLOCK_REALTIME reads
 * @page: the clock page
 * @vmclock: the VMClock page, or NULL
 * @registered: the registered page, or NULL
 * @reading: where both go; without CLOCKBOUND_MODEL_REALTIME, only the kernel knows
 *
 * The line's sequence count is looked at before the counter is read and after it.
 *
 * Return: as clockbound_page_read().
 */
static inline int clockbound_page_read_realtime(const struct clockbound_page *page,
						const void *vmclock, const void *registered,
						struct clockbound_reading *reading)
{
	const __u32 *shared_seq = &page->realtime.seq;
	struct clockbound_realtime line;
	int tries, result;

	for (tries = CLOCKBOUND_READ_TRIES; tries; tries--) {
		/* Pairs with the write barriers in cb_realtime_publish(). */
		__u32 seq = __atomic_load_n(shared_seq, __ATOMIC_ACQUIRE);

		line = page->realtime;
		result = clockbound_page_read(page, vmclock, registered, reading);
		/* Pairs with the write barriers in cb_realtime_publish(). */
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if ((seq & 1) || __atomic_load_n(shared_seq, __ATOMIC_RELAXED) != seq) {
			clockbound_counter_relax();
			continue;
		}
		if (!result && line.valid) {
			reading->realtime = clockbound_eval_realtime(&line,
								     reading->counter_value);
			reading->flags |= CLOCKBOUND_MODEL_REALTIME;
		}
		return result;
	}
	clockbound_reading_clear(reading, CLOCKBOUND_STATUS_UNKNOWN);
	return CLOCKBOUND_READ_BUSY;
}

#endif /* CLOCKBOUND_COUNTER_NATIVE */

#endif /* CLOCKBOUND_READER_H */
