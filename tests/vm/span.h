/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A span of time in which the guest's counter kept its place against the host's, so that
 * the host knows what the time was. QEMU's TCG with several vCPU threads moves it; so it is
 * measured before and after, while nothing else reads the counter.
 *
 *	do {
 *		span_begin();
 *		...
 *	} while (!span_end("what was done"));
 */
#ifndef CB_TESTS_SPAN_H
#define CB_TESTS_SPAN_H

#include <stdbool.h>

/*
 * Both measurements together say where the counter can have been. What is read in between
 * is dated by that, so errors of this size stay unseen, and not more. A measurement is up
 * to 500 ns wide on an idle host; on a busy one, some are wider.
 */
#define SPAN_HULL_MAX_NS	5000

/* What is wider, is done again; so often in a row, then the test has failed. */
#define SPAN_TRIES		20

void span_begin(void);
bool span_end(const char *name) __attribute__((warn_unused_result));

#endif /* CB_TESTS_SPAN_H */
