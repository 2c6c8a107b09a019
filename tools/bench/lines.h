/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Measurements as lines for scripts/bench-report.py.
 */
#ifndef CB_BENCH_LINES_H
#define CB_BENCH_LINES_H

#include "measure.h"

void lines_of(const char *name, enum measure_subject subject,
	      const struct clockbound_device *device, unsigned int batches);

#endif /* CB_BENCH_LINES_H */
