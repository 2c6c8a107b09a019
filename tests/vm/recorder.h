/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two readers take every reading they can and leave it in the memory that is
 * shared with the host, which knows what the time was. It checks them span by span:
 *
 *	do {
 *		recorder_start();
 *		...
 *	} while (!recorder_stop("what happened"));
 */
#ifndef CB_TESTS_RECORDER_H
#define CB_TESTS_RECORDER_H

#include "guest.h"

/**
 * struct recorder_result - what the readers and the host have seen
 * @taken: readings
 * @now: those of them that went through NOW
 * @trusted: those that claimed a bound
 * @outside: those that did not contain the true time
 * @insane: those that the ABI does not allow
 */
struct recorder_result {
	size_t taken;
	size_t now;
	size_t trusted;
	size_t outside;
	size_t insane;
};

/* Turns a reading into one of the true time; false if the ABI does not allow it. */
typedef bool (*recorder_converter)(struct clockbound_reading *reading);

void recorder_open(void);
void recorder_convert(recorder_converter converter);
const struct guest_device *recorder_device(void);
void recorder_start(void);
void recorder_measure(void);
void recorder_read(void);
void recorder_wait(void);
void recorder_wait_for_trust(void);
bool recorder_stop(const char *event) __attribute__((warn_unused_result));
void recorder_sum(struct recorder_result *result);
void recorder_check(struct recorder_result *result);

#endif /* CB_TESTS_RECORDER_H */
