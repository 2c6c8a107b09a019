// SPDX-License-Identifier: GPL-2.0-only
/*
 * A clock page that the module's files make from a VMClock page for this machine's
 * TSC.
 */
#include "own_page.h"

#include <cpuid.h>
#include <string.h>
#include <time.h>

#include "publish/page.h"
#include "claim/portable.h"
#include "source/vmclock.h"

#define PAGE	4096

/* As the module maps them: each in a page of its own. */
static union {
	struct clockbound_page clock;
	struct vmclock_page vmclock;
	char bytes[PAGE];
} pages[3] __attribute__((aligned(PAGE)));

#define MARKED		(&pages[0].clock)
#define UNMARKED	(&pages[1].clock)
#define VMCLOCK		(&pages[2].vmclock)

/* The best of some rounds of a way to read the counter, in ticks. */
#define COST(_read)	({						\
	__u64 _best = ~0ULL;						\
									\
	for (int _round = 0; _round < 1000; _round++) {			\
		__u64 _start = clockbound_counter(), _ticks;		\
									\
		for (int _i = 0; _i < 32; _i++)				\
			_read();					\
		_ticks = clockbound_counter() - _start;			\
		if (_ticks < _best)					\
			_best = _ticks;					\
	}								\
	_best;								\
})

/* As the module does it: the cheaper way. */
static __u64 features(void)
{
	unsigned int eax, ebx, ecx, edx;

	if (!__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx) || !(edx & 1u << 27))
		return 0;
	return COST(clockbound_ticks_fenced) < COST(clockbound_ticks_rdtscp) ?
		0 : CLOCKBOUND_FEATURE_RDTSCP;
}

static double ticks_per_second(void)
{
	struct timespec start, now;
	__u64 ticks = clockbound_counter();
	double ns;

	clock_gettime(CLOCK_MONOTONIC_RAW, &start);
	do {
		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		ns = (double)(now.tv_sec - start.tv_sec) * 1e9 +
		     (double)(now.tv_nsec - start.tv_nsec);
	} while (ns < 1e7);
	return (double)(clockbound_counter() - ticks) / ns * 1e9;
}

/* CLOCK_REALTIME, 1 us at most from the true time, 1 ppm: what this is worth. */
static void fill_vmclock(struct vmclock_page *page)
{
	double period = 0x1p64 / ticks_per_second();
	unsigned int shift = 0;
	struct timespec now;

	while (period < 0x1p62) {
		period *= 2;
		shift++;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	*page = (struct vmclock_page) {
		.magic = VMCLOCK_PAGE_MAGIC,
		.size = sizeof(*page),
		.version = VMCLOCK_PAGE_VERSION,
		.counter_id = VMCLOCK_ID_X86_TSC,
		.time_type = VMCLOCK_TYPE_UTC,
		.flags = VMCLOCK_TAI_OFFSET_VALID | VMCLOCK_PERIOD_MAXERROR_VALID |
			 VMCLOCK_TIME_MAXERROR_VALID | VMCLOCK_VM_GEN_PRESENT,
		.clock_status = VMCLOCK_CLOCK_SYNCHRONIZED,
		.disruption_marker = 1,
		.vm_generation_counter = 1,
		.tai_offset_sec = 37,
		.counter_value = clockbound_counter(),
		.counter_period_shift = (__u8)shift,
		.counter_period_frac_sec = (__u64)period,
		.counter_period_maxerror_rate_frac_sec = (__u64)(period / 1e6),
		.time_sec = (__u64)now.tv_sec,
		.time_frac_sec = (__u64)((double)now.tv_nsec / 1e9 * 0x1p64),
		.time_maxerror_nanosec = 1000,
	};
}

/* @flags: CLOCKBOUND_MODEL_VMCLOCK if readers have to look at the marker */
static bool publish(struct clockbound_page *page, __u16 flags)
{
	struct clockbound_model model = { .flags = flags, .disruption_marker = 1,
					  .vm_generation = 1 };
	struct cb_bound bound = { .synchronized_ticks = CB_TICKS_NO_END,
				  .status = CLOCKBOUND_STATUS_SYNCHRONIZED };
	struct cb_sample sample;

	if (cb_vmclock_sample(VMCLOCK, &sample) != CB_VERDICT_FULL ||
	    cb_vmclock_claim(&sample, CLOCKBOUND_COUNTER_NATIVE, &bound.claim) !=
	    CB_VERDICT_FULL)
		return false;
	bound.ticks = 1ULL << (CB_TICKS_SHIFT - bound.claim.shift);
	cb_model_set_lines(&model, &bound);
	cb_page_begin(page);
	cb_page_end(page, &model);
	return true;
}

/**
 * own_page_create() - make the pages, and devices that read them
 * @marked: a device as on a machine with a VMClock: each reading looks at its marker
 * @unmarked: a device as on a machine without: the same, but no VMClock is named
 *
 * Return: false if the page bounds nothing.
 */
bool own_page_create(struct clockbound_device *marked, struct clockbound_device *unmarked)
{
	__u64 counter = features();

	fill_vmclock(VMCLOCK);
	cb_page_format(MARKED, CLOCKBOUND_COUNTER_NATIVE, counter | CLOCKBOUND_FEATURE_VMCLOCK);
	cb_page_format(UNMARKED, CLOCKBOUND_COUNTER_NATIVE, counter);
	*marked = (struct clockbound_device){
		.straight = MARKED,
		.page = MARKED,
		.vmclock = VMCLOCK,
		.fd = -1,
	};
	*unmarked = (struct clockbound_device){ .straight = UNMARKED, .page = UNMARKED, .fd = -1 };
	return publish(MARKED, CLOCKBOUND_MODEL_VMCLOCK) && publish(UNMARKED, 0);
}

/**
 * own_page_publish() - make the model of the marked page once more
 */
void own_page_publish(void)
{
	publish(MARKED, CLOCKBOUND_MODEL_VMCLOCK);
}
