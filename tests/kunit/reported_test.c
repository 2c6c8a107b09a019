// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state machine, every state and input.
 */
#include <kunit/test.h>

#include "../../src/source/report.h"

#define U	CLOCKBOUND_STATUS_UNKNOWN
#define S	CLOCKBOUND_STATUS_SYNCHRONIZED
#define F	CLOCKBOUND_STATUS_FREE_RUNNING
#define D	CLOCKBOUND_STATUS_DISRUPTED

/* Rows: the state before, U, S, F, D. Columns: what the source says, U, S, F. */
static const enum clockbound_status reliable[4][3] = {
	[U] = { U, S, U },
	[S] = { U, S, F },
	[F] = { U, S, F },
	[D] = { U, U, U },
};

static const enum clockbound_status unsupported[3][3] = {
	[U] = { U, S, U },
	[S] = { U, S, F },
	[F] = { U, S, F },
};

static void state_with_disruption_support(struct kunit *test)
{
	int state, clock;

	for (state = U; state <= D; state++) {
		for (clock = U; clock <= F; clock++) {
			KUNIT_EXPECT_EQ(test, cb_reported_next(state, clock,
							       CB_DISRUPTION_RELIABLE, true),
					reliable[state][clock]);
			KUNIT_EXPECT_EQ(test, cb_reported_next(state, clock,
							       CB_DISRUPTION_DISRUPTED, true), D);
			KUNIT_EXPECT_EQ(test, cb_reported_next(state, clock,
							       CB_DISRUPTION_UNKNOWN, true), U);
		}
	}
}

static void state_without_disruption_support(struct kunit *test)
{
	int state, clock, disruption;

	for (disruption = CB_DISRUPTION_UNKNOWN; disruption <= CB_DISRUPTION_DISRUPTED;
	     disruption++)
		for (state = U; state <= F; state++)
			for (clock = U; clock <= F; clock++)
				KUNIT_EXPECT_EQ(test, cb_reported_next(state, clock, disruption,
								       false),
						unsupported[state][clock]);
}

static void state_ignores_nonsense(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, cb_reported_next(S, D, CB_DISRUPTION_RELIABLE, true), U);
	KUNIT_EXPECT_EQ(test, cb_reported_next(S, 99, CB_DISRUPTION_RELIABLE, false), U);
}

static struct kunit_case state_cases[] = {
	KUNIT_CASE(state_with_disruption_support),
	KUNIT_CASE(state_without_disruption_support),
	KUNIT_CASE(state_ignores_nonsense),
	{ }
};

static struct kunit_suite state_suite = {
	.name = "clockbound_state",
	.test_cases = state_cases,
};

kunit_test_suite(state_suite);
