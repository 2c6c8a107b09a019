// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a VMClock page to a claim.
 *
 * Every field may hold anything at all. What is out of range is refused, never
 * wrapped, so the worst outcome is that nothing is claimed.
 */
#include "vmclock.h"

/* So often a sample is tried before the page counts as busy. */
#define SAMPLE_TRIES		16

#define VMCLOCK_MAXERRORS	(VMCLOCK_PERIOD_MAXERROR_VALID | \
				 VMCLOCK_TIME_MAXERROR_VALID)

static const char * const verdict_text[CB_VERDICTS] = {
	[CB_VERDICT_FULL]		= "bounds time",
	[CB_VERDICT_NO_DEVICE]		= "no VMClock device",
	[CB_VERDICT_GONE]		= "gone: its file was truncated or has a hole there",
	[CB_VERDICT_BUSY]		= "never consistent: stopped in the middle of an update",
	[CB_VERDICT_FOREIGN]		= "not a VMClock page of version 1",
	[CB_VERDICT_NO_CLOCK]		= "disruption marker only, no time",
	[CB_VERDICT_OTHER_COUNTER]	= "time of a counter that this machine does not read",
	[CB_VERDICT_UNTRUSTED]		= "hypervisor's clock not synchronized",
	[CB_VERDICT_TIME_TYPE]		= "time neither UTC nor TAI (monotonic or smeared)",
	[CB_VERDICT_NO_TAI_OFFSET]	= "TAI without a valid offset to UTC",
	[CB_VERDICT_NO_MAXERROR]	= "no maximum error given",
	[CB_VERDICT_LEAP_SECOND]	= "in a leap second",
	[CB_VERDICT_RANGE]		= "values out of range",
	[CB_VERDICT_STALE]		= "from before a suspend or another clocksource",
};

/**
 * cb_verdict_text() - a verdict for people
 * @verdict: the verdict
 * Return: a constant string, never NULL.
 */
const char *cb_verdict_text(enum cb_verdict verdict)
{
	return verdict < CB_VERDICTS ? verdict_text[verdict] : "invalid";
}

static void copy_fields(const struct vmclock_page *page, struct cb_sample *s)
{
	s->size = le32_to_cpu(READ_ONCE(page->size));
	s->version = le16_to_cpu(READ_ONCE(page->version));
	s->counter_id = READ_ONCE(page->counter_id);
	s->time_type = READ_ONCE(page->time_type);
	s->disruption_marker = le64_to_cpu(READ_ONCE(page->disruption_marker));
	s->flags = le64_to_cpu(READ_ONCE(page->flags));
	s->clock_status = READ_ONCE(page->clock_status);
	s->leap_indicator = READ_ONCE(page->leap_indicator);
	s->counter_period_shift = READ_ONCE(page->counter_period_shift);
	s->tai_offset_sec = (__s16)le16_to_cpu(READ_ONCE(page->tai_offset_sec));
	s->counter_value = le64_to_cpu(READ_ONCE(page->counter_value));
	s->period = le64_to_cpu(READ_ONCE(page->counter_period_frac_sec));
	s->period_maxerror =
		le64_to_cpu(READ_ONCE(page->counter_period_maxerror_rate_frac_sec));
	s->time_sec = le64_to_cpu(READ_ONCE(page->time_sec));
	s->time_frac_sec = le64_to_cpu(READ_ONCE(page->time_frac_sec));
	s->time_maxerror_nanosec = le64_to_cpu(READ_ONCE(page->time_maxerror_nanosec));
	s->vm_generation = le64_to_cpu(READ_ONCE(page->vm_generation_counter));
	if (s->size < sizeof(*page))
		s->flags &= ~VMCLOCK_VM_GEN_PRESENT;
}

/**
 * cb_vmclock_foreign() - whether a page is no VMClock page of a version that we know
 * @page: the page; may change at any moment
 * Return: true if it is not.
 */
bool cb_vmclock_foreign(const struct vmclock_page *page)
{
	return le32_to_cpu(READ_ONCE(page->magic)) != VMCLOCK_PAGE_MAGIC ||
	       le16_to_cpu(READ_ONCE(page->version)) != VMCLOCK_PAGE_VERSION ||
	       le32_to_cpu(READ_ONCE(page->size)) < VMCLOCK_PAGE_SIZE_MIN;
}

/**
 * cb_vmclock_sample() - take a consistent copy of a VMClock page
 * @page: the page; may change at any moment, in any way
 * @sample: where the copy goes; zeroed where there is none
 * Context: any, also with interrupts off: bounded, does not sleep.
 * Return: CB_VERDICT_FULL if there is a copy (which says nothing yet about what it holds),
 *	CB_VERDICT_BUSY or CB_VERDICT_FOREIGN.
 */
enum cb_verdict cb_vmclock_sample(const struct vmclock_page *page,
				  struct cb_sample *sample)
{
	int tries;

	for (tries = SAMPLE_TRIES; tries; tries--) {
		memset(sample, 0, sizeof(*sample));
		if (le32_to_cpu(READ_ONCE(page->magic)) != VMCLOCK_PAGE_MAGIC)
			return CB_VERDICT_FOREIGN;

		sample->seq_count = le32_to_cpu(READ_ONCE(page->seq_count));
		if (sample->seq_count & 1) {
			cpu_relax();
			continue;
		}
		/* Pairs with the hypervisor's barrier after its odd count. */
		smp_rmb();
		copy_fields(page, sample);
		/* Pairs with the hypervisor's barrier before its even count. */
		smp_rmb();
		if (le32_to_cpu(READ_ONCE(page->seq_count)) != sample->seq_count)
			continue;

		if (sample->version != VMCLOCK_PAGE_VERSION ||
		    sample->size < VMCLOCK_PAGE_SIZE_MIN)
			break;
		return CB_VERDICT_FULL;
	}
	memset(sample, 0, sizeof(*sample));
	return tries ? CB_VERDICT_FOREIGN : CB_VERDICT_BUSY;
}

static enum cb_verdict judge(const struct cb_sample *s, __u8 native_counter)
{
	if (s->counter_id == VMCLOCK_ID_INVALID)
		return CB_VERDICT_NO_CLOCK;
	if (s->counter_id != native_counter)
		return CB_VERDICT_OTHER_COUNTER;
	if (s->clock_status != VMCLOCK_CLOCK_SYNCHRONIZED &&
	    s->clock_status != VMCLOCK_CLOCK_FREERUNNING)
		return CB_VERDICT_UNTRUSTED;
	if (s->time_type != VMCLOCK_TYPE_UTC && s->time_type != VMCLOCK_TYPE_TAI)
		return CB_VERDICT_TIME_TYPE;
	if (s->time_type == VMCLOCK_TYPE_TAI && !(s->flags & VMCLOCK_TAI_OFFSET_VALID))
		return CB_VERDICT_NO_TAI_OFFSET;
	if ((s->flags & VMCLOCK_MAXERRORS) != VMCLOCK_MAXERRORS)
		return CB_VERDICT_NO_MAXERROR;
	if (s->leap_indicator == VMCLOCK_LEAP_IND_POS)
		return CB_VERDICT_LEAP_SECOND;
	if (s->leap_indicator > VMCLOCK_LEAP_IND_POST_NEG ||
	    s->time_sec > CB_TIME_SEC_MAX ||
	    s->time_maxerror_nanosec > CB_MAXERROR_MAX ||
	    !s->period || s->period_maxerror > s->period)
		return CB_VERDICT_RANGE;
	return CB_VERDICT_FULL;
}

/*
 * A period of p * 2^-(64 + shift) s is p * 10^9 * 2^(-shift - k) of the unit of
 * the rates, 2^(k - 64) ns. The smallest k is taken with which the upper rate
 * fits into 64 bits. Then a rate's rounding is below 2^-63 of a period of at
 * least 1 ns, and below 2^-64 ns for a shorter one: after 1000 s that is less
 * than 2^-20 ns for every counter of up to 10 GHz. Both p * 10^9 are below 2^95.
 */
static bool set_rates(const struct cb_sample *s, struct cb_claim *claim)
{
	cb_u128 low = (cb_u128)(s->period - s->period_maxerror) * NSEC_PER_SEC;
	cb_u128 high = ((cb_u128)s->period + s->period_maxerror) * NSEC_PER_SEC;
	/* A rate that is shifted further is the same. */
	unsigned int shift = s->counter_period_shift < 95 ? s->counter_period_shift : 95;
	unsigned int k;

	for (k = 0; k <= CB_SHIFT_MAX; k++) {
		cb_u128 rate = ((high - 1) >> (shift + k)) + 1;

		if (rate <= U64_MAX) {
			claim->shift = k;
			claim->latest_rate = rate;
			claim->earliest_rate = low >> (shift + k);
			return true;
		}
	}
	return false;
}

/* The page's own count is that of its reference time, @start. */
static void set_leap(const struct cb_sample *s, __s64 start, struct cb_claim *claim)
{
	__s64 this_month, next_month;

	cb_leap_months(start, &this_month, &next_month);
	switch (s->leap_indicator) {
	case VMCLOCK_LEAP_IND_PRE_POS:
		claim->leap = 1;
		claim->leap_day = next_month;
		break;
	case VMCLOCK_LEAP_IND_PRE_NEG:
		claim->leap = -1;
		claim->leap_day = next_month;
		break;
	case VMCLOCK_LEAP_IND_POST_POS:
		cb_leap_unpass(claim, 1, max(this_month, 0));
		break;
	case VMCLOCK_LEAP_IND_POST_NEG:
		cb_leap_unpass(claim, -1, max(this_month, 0));
		break;
	default:
		claim->leap_day = max(this_month, 0);
	}
}

/**
 * cb_vmclock_claim() - what a VMClock sample claims
 * @sample: the sample
 * @native_counter: CLOCKBOUND_COUNTER_* that readers read
 * @claim: where the claim goes; all zeros if there is none
 *
 * The lines are those of the VMClock specification, exactly:
 *
 *	T(C) = T1 + P * (C - C1), true within +-(T_max + P_max * |C - C1|)
 *
 * with UTC = TAI - |tai_offset_sec|: TAI has been ahead of UTC ever since it was
 * defined, so the sign that implementations disagree about carries nothing.
 * Return: CB_VERDICT_FULL if it claims something, otherwise why not.
 */
enum cb_verdict cb_vmclock_claim(const struct cb_sample *sample, __u8 native_counter,
				 struct cb_claim *claim)
{
	enum cb_verdict verdict = judge(sample, native_counter);
	__s64 offset = sample->tai_offset_sec;
	__s64 maxerror, seconds, start;
	cb_u128 frac;

	memset(claim, 0, sizeof(*claim));
	if (verdict != CB_VERDICT_FULL)
		return verdict;
	if (!set_rates(sample, claim))
		return CB_VERDICT_RANGE;

	if (offset < 0)
		offset = -offset;
	seconds = sample->time_sec;
	if (sample->time_type == VMCLOCK_TYPE_TAI)
		seconds -= offset;
	claim->tai_offset = sample->flags & VMCLOCK_TAI_OFFSET_VALID ? offset : CB_TAI_UNKNOWN;

	/* 2^-64 s is 10^9 * 2^-64 ns: the fraction of a nanosecond stays exact. */
	frac = (cb_u128)sample->time_frac_sec * NSEC_PER_SEC;
	start = seconds * NSEC_PER_SEC + (__s64)(frac >> 64);
	maxerror = sample->time_maxerror_nanosec;

	claim->counter = sample->counter_value;
	claim->earliest = start - maxerror;
	claim->latest = start + maxerror;
	claim->earliest_frac = frac;
	claim->latest_frac = frac;
	set_leap(sample, start, claim);
	return CB_VERDICT_FULL;
}
