/* SPDX-License-Identifier: GPL-2.0-only */
/* The engine: takes samples and reports, has them decided, publishes, answers. */
#ifndef CB_ENGINE_H
#define CB_ENGINE_H

#include <linux/clockbound.h>

#include "state.h"
#include "shm0.h"

int cb_engine_init(const struct vmclock_page *vmclock, bool vmclock_mappable, u8 allowed);
void cb_engine_exit(void);
void cb_engine_registered(const struct vmclock_page *page);
void cb_engine_update(void);
void cb_engine_look(void);
int cb_engine_report(const struct clockbound_report *report);
void cb_engine_disrupt(bool force);
void cb_engine_sleep(void);
void cb_engine_wake(void);
bool cb_engine_read(struct clockbound_reading *reading, bool realtime);
void cb_engine_read_patiently(struct clockbound_reading *reading, bool realtime);
int cb_engine_at(struct clockbound_reading *reading);
bool cb_engine_too_wide(const struct clockbound_reading *reading);
void cb_engine_facts(struct cb_facts *facts);
void cb_engine_shm0_get(void);
void cb_engine_shm0_put(void);
void cb_engine_shm0(struct shm0_segment *segment);
struct clockbound_page *cb_engine_clock_page(void);
struct shm0_segment *cb_engine_shm0_page(void);

#endif /* CB_ENGINE_H */
