// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine: takes samples, decides, publishes, answers.
 *
 * The lock is taken in the timekeeping notifier, inside the timekeeper's own
 * lock and its open sequence count. So no clock may be read while it is held,
 * except by the ktime_get_*_fast_ns() functions, and nothing may be woken up.
 */
#include <clockbound/reader.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "counter.h"
#include "engine.h"
#include "page.h"

/*
 * A hypervisor may be off its CPU in the middle of an update for a while, and
 * the model that it gave before stays true. After this long it counts as dead.
 */
#define VMCLOCK_BUSY_MAX_NS	NSEC_PER_SEC

static struct {
	raw_spinlock_t lock;
	const struct vmclock_page *vmclock;	/* NULL if there is none */
	struct clockbound_page *page;
	struct cb_state state;			/* under the lock */
	bool sampled;				/* state.sample was there once */
	u64 busy_since;				/* 0 if not busy */

	/* What the last sample saw; read without the lock by vmclock_moved(). */
	u32 seen_seq_count;
	u64 seen_marker;
	u64 seen_generation;
	u8 seen_counter_id;
} engine = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(engine.lock),
};

static bool vmclock_moved(void)
{
	const struct vmclock_page *page = engine.vmclock;

	return le32_to_cpu(READ_ONCE(page->seq_count)) != READ_ONCE(engine.seen_seq_count) ||
	       le64_to_cpu(READ_ONCE(page->disruption_marker)) != READ_ONCE(engine.seen_marker) ||
	       le64_to_cpu(READ_ONCE(page->vm_generation_counter)) !=
	       READ_ONCE(engine.seen_generation) ||
	       cb_counter_id() != READ_ONCE(engine.seen_counter_id);
}

/* Is the model to be kept, because the hypervisor is just writing a new one? */
static bool still_busy(enum cb_verdict verdict)
{
	u64 now;

	if (verdict != CB_VERDICT_BUSY) {
		engine.busy_since = 0;
		return false;
	}
	now = ktime_get_raw_fast_ns();
	if (!engine.busy_since)
		engine.busy_since = now;
	return now - engine.busy_since < VMCLOCK_BUSY_MAX_NS;
}

static bool is_disruption(const struct cb_sample *old, const struct cb_sample *new)
{
	if (new->disruption_marker != old->disruption_marker)
		return true;
	return (old->flags & new->flags & VMCLOCK_VM_GEN_PRESENT) &&
	       new->vm_generation != old->vm_generation;
}

static void note_disruption(const struct cb_sample *sample)
{
	if (engine.sampled && is_disruption(&engine.state.sample, sample)) {
		engine.state.disrupted = true;
		engine.state.disruptions++;
		WRITE_ONCE(engine.page->disruptions, engine.state.disruptions);
	}
	engine.sampled = true;
	engine.state.sample = *sample;

	WRITE_ONCE(engine.seen_seq_count, sample->seq_count);
	WRITE_ONCE(engine.seen_marker, sample->disruption_marker);
	WRITE_ONCE(engine.seen_generation,
		   le64_to_cpu(READ_ONCE(engine.vmclock->vm_generation_counter)));
}

/* Writes nothing if nothing has changed, so that readers need not try again. */
static void publish(struct clockbound_model *model)
{
	model->seq = engine.page->model.seq;
	if (!memcmp(model, &engine.page->model, sizeof(*model)))
		return;
	cb_page_write(engine.page, model);
	engine.state.publications = engine.page->publications;
}

/**
 * cb_engine_refresh() - look at the VMClock and publish what it says now
 *
 * Any context but NMI. Does not sleep, wakes nobody.
 */
void cb_engine_refresh(void)
{
	struct clockbound_model model = { .status = CLOCKBOUND_STATUS_UNKNOWN };
	struct cb_sample sample;
	enum cb_verdict verdict;
	unsigned long flags;

	if (!engine.vmclock)
		return;

	raw_spin_lock_irqsave(&engine.lock, flags);
	verdict = cb_vmclock_sample(engine.vmclock, &sample);
	if (still_busy(verdict))
		goto unlock;

	engine.state.counter_id = cb_counter_id();
	WRITE_ONCE(engine.seen_counter_id, engine.state.counter_id);
	if (verdict == CB_VERDICT_FULL) {
		note_disruption(&sample);
		verdict = cb_vmclock_model(&sample, engine.state.counter_id, &model);
	}
	engine.state.verdict = verdict;
	if (verdict == CB_VERDICT_FULL)
		engine.state.disrupted = false;
	else if (engine.state.disrupted)
		model.status = CLOCKBOUND_STATUS_DISRUPTED;
	publish(&model);
unlock:
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

/**
 * cb_engine_tick() - publish if the VMClock has moved
 *
 * The check alone takes no lock. Any context but NMI.
 */
void cb_engine_tick(void)
{
	if (engine.vmclock && vmclock_moved())
		cb_engine_refresh();
}

/**
 * cb_engine_read() - take a reading
 * @reading: where it goes; all but its size and request is written
 *
 * If the VMClock has moved on since the model was made, the model is made anew
 * first, so the answer is what the hypervisor says at this moment. Any context
 * but NMI.
 */
void cb_engine_read(struct clockbound_reading *reading)
{
	if (clockbound_page_read(engine.page, engine.vmclock, reading) ==
	    CLOCKBOUND_READ_OK)
		return;

	cb_engine_refresh();
	clockbound_page_read(engine.page, engine.vmclock, reading);
}

/**
 * cb_engine_state() - what the engine knows
 * @state: where a consistent copy goes
 *
 * Any context but NMI.
 */
void cb_engine_state(struct cb_state *state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine.lock, flags);
	*state = engine.state;
	raw_spin_unlock_irqrestore(&engine.lock, flags);
}

/**
 * cb_engine_features() - what the clock page offers
 *
 * Return: CLOCKBOUND_FEATURE_*; constant.
 */
u64 cb_engine_features(void)
{
	return engine.page->features;
}

/**
 * cb_engine_page() - the memory of the clock page
 *
 * Return: the page; it lives until cb_engine_exit(), or longer if the caller
 * takes a reference.
 */
struct page *cb_engine_page(void)
{
	return virt_to_page(engine.page);
}

/**
 * cb_engine_init() - make the clock page and publish the first model
 * @vmclock: the VMClock page; NULL if there is none
 * @vmclock_mappable: whether user space can map it
 *
 * Context: process.
 *
 * Return: 0 or -ENOMEM.
 */
int cb_engine_init(const struct vmclock_page *vmclock, bool vmclock_mappable)
{
	BUILD_BUG_ON(sizeof(struct clockbound_page) > PAGE_SIZE);
	BUILD_BUG_ON(offsetof(struct clockbound_page, model) % 128);
	BUILD_BUG_ON(sizeof(struct clockbound_model) != 128);
	BUILD_BUG_ON(sizeof(struct vmclock_page) != 112);

	engine.page = (struct clockbound_page *)get_zeroed_page(GFP_KERNEL);
	if (!engine.page)
		return -ENOMEM;

	engine.vmclock = vmclock;
	engine.state.verdict = CB_VERDICT_NO_DEVICE;
	engine.state.counter_id = cb_counter_id();
	cb_page_format(engine.page, engine.state.counter_id,
		       vmclock_mappable ? CLOCKBOUND_FEATURE_VMCLOCK : 0);
	cb_engine_refresh();
	return 0;
}

/**
 * cb_engine_exit() - give the clock page back
 *
 * Nobody calls any other function of the engine any more. Context: process.
 */
void cb_engine_exit(void)
{
	free_page((unsigned long)engine.page);
}
