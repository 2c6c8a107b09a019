// SPDX-License-Identifier: GPL-2.0-only
#include "history.h"

#include <stdlib.h>

/* Rates here are ns per tick in units of 2^-RATE_BITS. */
#define RATE_BITS	60

bool history_init(struct history *history, size_t capacity)
{
	history->ring = malloc(capacity * sizeof(*history->ring));
	history->capacity = capacity;
	history->added = 0;
	history->jump_count = 0;
	return history->ring;
}

void history_free(struct history *history)
{
	free(history->ring);
	history->ring = NULL;
}

void history_add(struct history *history, const struct sample *sample)
{
	history->ring[history->added++ % history->capacity] = *sample;
}

bool history_add_jump(struct history *history, const struct jump *jump)
{
	if (history->jump_count == HISTORY_JUMPS)
		return false;
	history->jumps[history->jump_count++] = *jump;
	return true;
}

void history_restart(struct history *history, __s64 sum)
{
	history->added = 0;
	history->jumps[0] = (struct jump) { .delta = sum };
	history->jump_count = 1;
}

static size_t oldest(const struct history *history)
{
	return history->added > history->capacity ?
		history->added - history->capacity : 0;
}

static const struct sample *at(const struct history *history, size_t index)
{
	return &history->ring[index % history->capacity];
}

const struct sample *history_last(const struct history *history)
{
	return history->added ? at(history, history->added - 1) : NULL;
}

/* How many of the samples since the start were begun at or before @counter. */
static size_t begun(const struct history *history, __u64 counter)
{
	size_t low = oldest(history);
	size_t high = history->added;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (at(history, middle)->before <= counter)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct sample *history_before(const struct history *history,
				    __u64 counter)
{
	size_t index = begun(history, counter);

	while (index > oldest(history)) {
		const struct sample *sample = at(history, --index);

		if (sample->after <= counter)
			return sample;
	}
	return NULL;
}

struct span {
	s128 min;
	s128 max;
};

static void span_add(struct span *span, s128 value)
{
	if (value < span->min)
		span->min = value;
	if (value > span->max)
		span->max = value;
}

/* Adds what the clock's rate can have been between samples a and b. */
static void rate_add(struct span *rate, const struct sample *a,
		     const struct sample *b)
{
	const s128 unit = (s128)1 << RATE_BITS;
	s128 ns = (s128)b->realtime - a->realtime;
	s128 ticks_max = (s128)b->after - a->before;
	s128 ticks_min = (s128)b->before - a->after;

	if (ticks_min <= 0)
		ticks_min = 1;
	for (int end = -1; end <= 1; end += 2) {
		span_add(rate, div_floor((ns + end) * unit, ticks_min));
		span_add(rate, div_ceil((ns + end) * unit, ticks_min));
		span_add(rate, div_floor((ns + end) * unit, ticks_max));
		span_add(rate, div_ceil((ns + end) * unit, ticks_max));
	}
}

/* A clock that was set by years gives rates that 128 bits do not hold. */
static s128 product(s128 a, s128 b)
{
	const s128 most = (s128)1 << 126;
	s128 result;

	if (!__builtin_mul_overflow(a, b, &result))
		return result > most ? most : result < -most ? -most : result;
	return (a < 0) == (b < 0) ? most : -most;
}

/* Where a sample, carried to @counter with any of these rates, can come out. */
static struct span carry(const struct sample *sample, __u64 counter,
			 const struct span *rate)
{
	s128 far = (s128)counter - sample->before;
	s128 near = (s128)counter - sample->after;
	struct span to;

	to.min = product(rate->min, far);
	to.max = to.min;
	span_add(&to, product(rate->min, near));
	span_add(&to, product(rate->max, near));
	span_add(&to, product(rate->max, far));
	to.min = sample->realtime + shift_floor(to.min, RATE_BITS);
	to.max = sample->realtime + 1 + shift_ceil(to.max, RATE_BITS);
	return to;
}

/*
 * Adds the rate between the sample at @index and the nearest one in direction
 * @step that is at least @ticks away. A shorter span says little: two looks right
 * after each other leave percents open.
 */
static void rate_add_neighbour(const struct history *history,
			       struct span *rate, size_t index, int step,
			       __u64 ticks)
{
	const struct sample *from = at(history, index);

	while (step < 0 ? index > oldest(history) : index + 1 < history->added) {
		const struct sample *to = at(history, index += step);

		if (step < 0 && from->before - to->after >= ticks) {
			rate_add(rate, to, from);
			return;
		}
		if (step > 0 && to->before - from->after >= ticks) {
			rate_add(rate, from, to);
			return;
		}
	}
}

/* What the clock said at @counter. */
static bool clock_at(const struct history *history, __u64 counter,
		     struct span *said)
{
	size_t next = begun(history, counter);
	const struct sample *a, *b;
	struct span rate, from_a, from_b;
	s128 min, max;

	/* In the last sample's bracket: the span that ends with it. */
	if (next == history->added && next > oldest(history) &&
	    counter <= at(history, next - 1)->after)
		next--;
	if (next <= oldest(history) || next >= history->added)
		return false;
	a = at(history, next - 1);
	b = at(history, next);

	/*
	 * Within the span the clock has the rate of the one before, then that of
	 * the one after.
	 */
	rate.min = (s128)1 << 126;
	rate.max = -rate.min;
	rate_add_neighbour(history, &rate, next - 1, -1, b->before - a->after);
	rate_add_neighbour(history, &rate, next, 1, b->before - a->after);
	if (rate.min > rate.max)
		rate_add(&rate, a, b);

	from_a = carry(a, counter, &rate);
	from_b = carry(b, counter, &rate);
	min = from_a.min > from_b.min ? from_a.min : from_b.min;
	max = from_a.max < from_b.max ? from_a.max : from_b.max;

	/* It was set, or ran away: first it was on the one side, then on the other. */
	if (min > max) {
		said->min = from_a.min;
		said->max = from_a.max;
		span_add(said, from_b.min);
		span_add(said, from_b.max);
	} else {
		said->min = min;
		said->max = max;
	}
	return true;
}

bool history_truth(const struct history *history, __u64 first, __u64 last,
		   size_t jumps, __s64 *earliest, __s64 *latest)
{
	struct span truth, end;

	if (!clock_at(history, first, &truth) ||
	    !clock_at(history, last, &end))
		return false;
	span_add(&truth, end.min);
	span_add(&truth, end.max);

	for (size_t i = 0; i < jumps && i < history->jump_count; i++) {
		const struct jump *jump = &history->jumps[i];
		__s64 delta = jump->delta;

		if (first > jump->after) {
			truth.min += delta;
			truth.max += delta;
		} else if (last >= jump->before) {
			truth.min += delta < 0 ? delta : 0;
			truth.max += delta > 0 ? delta : 0;
		}
	}
	*earliest = truth.min;
	*latest = truth.max;
	return true;
}
