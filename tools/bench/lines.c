// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measurements as lines for scripts/bench-report.py.
 */
#include "lines.h"

#include <stdio.h>

/**
 * lines_of() - measure a subject in each mode
 * @name: what the lines call it
 * @subject: what to call
 * @device: as for measure_batch()
 * @batches: lines for each mode
 *
 * Prints "batch NAME MODE NS".
 */
void lines_of(const char *name, enum measure_subject subject,
	      const struct clockbound_device *device, unsigned int batches)
{
	enum measure_mode mode;
	unsigned int i;

	for (mode = 0; mode < MEASURE_MODES; mode++) {
		/* For the caches and the branch predictors. */
		measure_batch(subject, mode, device);
		for (i = 0; i < batches; i++)
			printf("batch %s %s %.4f\n", name, measure_mode_text(mode),
			       measure_batch(subject, mode, device));
	}
}
