// SPDX-License-Identifier: GPL-2.0-only
/*
 * From one exchange with chronyd to what the true time is.
 *
 * chronyd's estimate of it is CLOCK_REALTIME plus the correction that is still to be
 * made, and it vouches for that estimate, not for CLOCK_REALTIME. Its answer is of some
 * moment between the two looks at the clocks. What is claimed is of the second look, so
 * these add to the error that chronyd states:
 *
 *  - how much CLOCK_REALTIME was slewed between the looks;
 *  - how far CLOCK_MONOTONIC_RAW, which dates the claim, may have been from the true time
 *    between them: by its frequency error, and what that may be wrong by;
 *  - the error of either look, and once more that of the second, which the claim starts at;
 *  - what chronyd rounded each number by: it sends 25 bits of it.
 *
 * Integers only: what chronyd sends is taken as it is, and rounded away from the truth.
 */
#include "estimate.h"

#include <linux/clockbound.h>

typedef __int128 s128;

#define NSEC_PER_SEC	1000000000LL
#define NSEC_PER_USEC	1000LL
#define PPB		1000000000LL
#define PPT		1000000000000LL
#define PPT_PER_PPB	1000
#define PPT_PER_PPM	1000000LL

/* Numbers from the wire, in units of 2^-60: the largest one needs 123 bits. */
#define UNIT_BITS	60
#define UNIT_MASK	(((s128)1 << UNIT_BITS) - 1)

/* Beyond this no number makes sense: 2^31 s are 68 years, 2^20 ppm is more than one. */
#define SECONDS_LIMIT	((s128)1 << (UNIT_BITS + 31))
#define PPM_LIMIT	((s128)1 << (UNIT_BITS + 20))

#define TIME_LIMIT	(1LL << 62)

/* timex.tick of a clock that nobody corrects, us, and so many ticks in a second. */
#define TICK_NOMINAL	10000
#define TICKS_PER_SEC	100
/* timex.freq is in 2^-16 ppm. */
#define FREQUENCY_BITS	16

/* Rounded down. */
static s128 units(struct chrony_float number)
{
	int shift = number.exponent + UNIT_BITS;

	if (shift < 0)
		return number.coefficient >> (shift > -31 ? -shift : 31);
	return number.coefficient * ((s128)1 << shift);
}

/* What it may have been rounded by, and is rounded by here; nothing is nothing. */
static s128 rounding(struct chrony_float number)
{
	int shift = number.exponent + UNIT_BITS;

	if (!number.coefficient)
		return 0;
	return shift > 0 ? (s128)1 << shift : 2;
}

static s128 absolute(s128 number)
{
	return number < 0 ? -number : number;
}

/* No number that is rounded to this one has a larger magnitude. */
static s128 magnitude(struct chrony_float number)
{
	return absolute(units(number)) + rounding(number);
}

/* Parts per @scale of a unit, rounded down. Not for numbers beyond their limit. */
static s128 scale_down(s128 number, __s64 scale)
{
	return (number >> UNIT_BITS) * scale + ((number & UNIT_MASK) * scale >> UNIT_BITS);
}

static s128 scale_up(s128 number, __s64 scale)
{
	return -scale_down(-number, scale);
}

/**
 * estimate_ns() - a number of seconds as nanoseconds
 * @seconds: the number
 *
 * Return: rounded down.
 */
s128 estimate_ns(struct chrony_float seconds)
{
	return scale_down(units(seconds), NSEC_PER_SEC);
}

/* @ns times a rate in ppt, rounded up. */
static s128 part(__u64 ns, s128 rate)
{
	return (ns * rate + PPT - 1) / PPT;
}

/**
 * exchange_counts() - whether an exchange is good enough
 * @exchange: the exchange
 *
 * While it lasted, nobody may have begun or ended a slew.
 */
bool exchange_counts(const struct exchange *exchange)
{
	const struct look *sent = &exchange->sent, *received = &exchange->received;

	return received->raw - sent->raw <= EXCHANGE_TIME &&
	       sent->error <= LOOK_ERROR && received->error <= LOOK_ERROR &&
	       sent->tick == received->tick && sent->frequency == received->frequency;
}

static __s8 leap_of(__u16 leap)
{
	return leap == CHRONY_LEAP_INSERT ? 1 : leap == CHRONY_LEAP_DELETE ? -1 : 0;
}

static bool is_absurd(const struct chrony_tracking *said)
{
	return magnitude(said->current_correction) >= SECONDS_LIMIT ||
	       magnitude(said->root_delay) >= SECONDS_LIMIT ||
	       magnitude(said->root_dispersion) >= SECONDS_LIMIT ||
	       magnitude(said->frequency) >= PPM_LIMIT ||
	       magnitude(said->residual) >= PPM_LIMIT || magnitude(said->skew) >= PPM_LIMIT;
}

/**
 * estimate_chrony() - what the true time is by chronyd
 * @exchange: the exchange; one that counts
 * @max_drift: how fast the oscillator drifts at most, ppb
 * @estimate: where the estimate goes
 *
 * Return: false if it makes no sense.
 */
bool estimate_chrony(const struct exchange *exchange, __u32 max_drift,
		     struct estimate *estimate)
{
	const struct look *sent = &exchange->sent, *received = &exchange->received;
	const struct chrony_tracking *said = &exchange->said;
	__u64 elapsed = received->raw - sent->raw;
	s128 slewed, frequency, drift, time, error, bound;

	if (is_absurd(said))
		return false;
	frequency = -scale_up(units(said->frequency), PPT_PER_PPM);
	drift = scale_up(magnitude(said->skew) + magnitude(said->residual) +
			 rounding(said->frequency), PPT_PER_PPM) +
		(said->frequency.coefficient ? 1 : 0) + (s128)max_drift * PPT_PER_PPB;
	slewed = absolute((s128)received->realtime - sent->realtime - elapsed);
	time = received->realtime + estimate_ns(said->current_correction);

	error = slewed + sent->error + 2 * (s128)received->error +
		part(elapsed, absolute(frequency)) +
		scale_up(rounding(said->current_correction), NSEC_PER_SEC) +
		(said->current_correction.coefficient ? 1 : 0);
	bound = error + part(elapsed, drift) +
		scale_up((magnitude(said->root_delay) + 1) / 2 +
			 magnitude(said->root_dispersion), NSEC_PER_SEC);
	drift = (drift + PPT_PER_PPB - 1) / PPT_PER_PPB;
	/* A chronyd that has just started says 100 %, for unknown: no oscillator is so bad */
	if (drift >= CLOCKBOUND_DRIFT_LIMIT_PPB)
		drift = CLOCKBOUND_DRIFT_LIMIT_PPB - 1;
	if (time >= TIME_LIMIT || time <= -TIME_LIMIT || bound >= CLOCKBOUND_BOUND_LIMIT_NS ||
	    absolute(frequency) >= CLOCKBOUND_FREQUENCY_LIMIT_PPT)
		return false;

	*estimate = (struct estimate){
		.raw = received->raw,
		.time = (__s64)time,
		.error = (__u64)error,
		.bound = (__u64)bound,
		.frequency = (__s64)frequency,
		.max_drift = (__u32)drift,
		.leap = leap_of(said->leap),
	};
	return true;
}

/**
 * estimate_add() - add an error that the source does not know of
 * @estimate: the estimate
 * @error: the error, ns
 *
 * Return: false if that bounds nothing any more.
 */
bool estimate_add(struct estimate *estimate, __u64 error)
{
	if (error >= CLOCKBOUND_BOUND_LIMIT_NS)
		return false;
	estimate->bound += error;
	return estimate->bound < CLOCKBOUND_BOUND_LIMIT_NS;
}

/**
 * estimate_adjtimex() - what the true time is by the kernel
 * @look: the clocks when @timex was read
 * @timex: the kernel's record
 * @bound: the bound that it amounts to, ns
 * @max_drift: how fast the oscillator drifts at most, ppb
 * @estimate: where the estimate goes
 *
 * CLOCK_REALTIME plus what the phase-locked loop has yet to correct. Without that loop,
 * nobody vouches for the frequency.
 *
 * Return: false if it makes no sense.
 */
bool estimate_adjtimex(const struct look *look, const struct timex *timex, __u64 bound,
		       __u32 max_drift, struct estimate *estimate)
{
	s128 offset = (s128)timex->offset * (timex->status & STA_NANO ? 1 : NSEC_PER_USEC);
	s128 frequency = ((s128)timex->freq * PPT_PER_PPM >> FREQUENCY_BITS) +
			 ((s128)timex->tick - TICK_NOMINAL) * TICKS_PER_SEC * PPT_PER_PPM;
	s128 time = look->realtime + offset;
	/* One for the rounding of the frequency */
	s128 drift = (s128)max_drift + 1;

	if (!(timex->status & STA_PLL))
		drift += ((s128)timex->tolerance * (PPT_PER_PPM / PPT_PER_PPB) >>
			  FREQUENCY_BITS) + 1;
	if (time >= TIME_LIMIT || time <= -TIME_LIMIT || drift < 0 ||
	    drift >= CLOCKBOUND_DRIFT_LIMIT_PPB ||
	    absolute(frequency) >= CLOCKBOUND_FREQUENCY_LIMIT_PPT)
		return false;
	*estimate = (struct estimate){
		.raw = look->raw,
		.time = (__s64)time,
		.error = look->error,
		.bound = bound,
		.frequency = (__s64)frequency,
		.max_drift = (__u32)drift,
	};
	return estimate_add(estimate, look->error);
}

/**
 * estimate_at() - where an estimate goes from there
 * @estimate: the estimate
 * @raw: CLOCK_MONOTONIC_RAW, ns; not before the estimate's
 *
 * Return: the true time by the estimate, rounded down, ns since 1970.
 */
__s64 estimate_at(const struct estimate *estimate, __u64 raw)
{
	__u64 elapsed = raw - estimate->raw;
	s128 rest = (s128)elapsed * estimate->frequency;

	/* Rounded down, also below zero */
	rest = rest / PPT - (rest % PPT < 0);
	return (__s64)(estimate->time + (s128)elapsed + rest);
}
