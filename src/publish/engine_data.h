/* SPDX-License-Identifier: GPL-2.0-only */
/* What the engine is made of, for engine.c and readings.c alone. */
#ifndef CB_ENGINE_DATA_H
#define CB_ENGINE_DATA_H

#include <linux/seqlock.h>
#include <linux/spinlock.h>

#include "../source/pace.h"
#include "../source/watch.h"
#include "past.h"
#include "shm0.h"
#include "state.h"

extern struct cb_engine {
	raw_spinlock_t lock;
	seqcount_raw_spinlock_t seq;		/* for those who read without the lock */
	struct clockbound_page *page;
	struct cb_state state;			/* under the lock, like all below */
	struct clockbound_model model;		/* the last decision */
	struct cb_past past;
	u64 past_epochs;			/* as the bound had it when @past began */
	struct cb_pace pace;			/* where the clock does not run on the counter */
	u64 pace_epochs;			/* as the bound had it when @pace began */
	struct cb_shm0 shm0;
	unsigned int shm0_users;		/* it is brought up to date for them */
	struct cb_watch vmclock;		/* its page is constant */
	struct cb_watch registered;
	const struct vmclock_page __rcu *registered_page;	/* for readings */
} cb_engine;

bool cb_engine_pages_moved(void);
void cb_engine_try(void);

#endif /* CB_ENGINE_DATA_H */
