/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether chronyd's estimate goes on as it did: it does not notice when somebody else
 * sets or tunes the clock.
 */
#ifndef CTL_CONTINUITY_H
#define CTL_CONTINUITY_H

#include "estimate.h"

/**
 * struct continuity - what is known from the exchanges so far
 * @known: there was one
 * @exchange: the last one
 * @estimate: what it amounted to, as chronyd says
 * @measured: the first one since chronyd's last measurement
 * @anchor: what that amounted to, as chronyd says
 * @unexplained: how far that was from where it should have been, ns
 * @bounded: chronyd was synchronized
 * @age: how old that measurement was at most, ns
 * @extra: how much faster or slower than chronyd said its estimate was seen to go, ppb
 */
struct continuity {
	bool known;
	struct exchange exchange;
	struct estimate estimate;
	struct exchange measured;
	struct estimate anchor;
	__u64 unexplained;
	bool bounded;
	__u64 age;
	__u32 extra;
};

bool continuity_judge(struct continuity *continuity, const struct exchange *exchange,
		      struct estimate *estimate, bool bounded);
__u64 continuity_age(struct continuity *continuity, __u64 age);

#endif /* CTL_CONTINUITY_H */
