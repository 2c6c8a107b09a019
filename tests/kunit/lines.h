/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What readers would get of a bound, or of a claim alone.
 */
#ifndef CB_TESTS_LINES_H
#define CB_TESTS_LINES_H

#include <clockbound/eval.h>

#include "../../src/publish/page.h"

static inline struct clockbound_model model_of(const struct cb_bound *bound)
{
	struct clockbound_model model = { };

	if (bound->ticks)
		cb_model_set_lines(&model, bound);
	return model;
}

static inline int bound_eval(const struct cb_bound *bound, u64 counter, s64 *earliest,
			     s64 *latest)
{
	struct clockbound_model model = model_of(bound);

	return clockbound_eval(&model, counter, earliest, latest);
}

static inline u64 claim_ticks(const struct cb_claim *claim)
{
	return claim->latest_rate ? 1ULL << (CB_TICKS_SHIFT - claim->shift) : 0;
}

static inline int claim_eval(const struct cb_claim *claim, u64 counter, s64 *earliest,
			     s64 *latest)
{
	struct cb_bound bound = { .claim = *claim, .ticks = claim_ticks(claim) };

	return bound_eval(&bound, counter, earliest, latest);
}

#endif /* CB_TESTS_LINES_H */
