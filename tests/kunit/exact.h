/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow exact reference: the interval of a VMClock page as integers of 512
 * bits, written from the specification's formula and from nothing of src/.
 */
#ifndef CB_TESTS_EXACT_H
#define CB_TESTS_EXACT_H

#include "../../src/source/vmclock.h"

/**
 * struct exact_loss - how far an interval lies outside of the exact one
 * @inside: an end lies inside, or the interval is inverted: wrong
 * @floor_ns: whole ns between the exact lower end, rounded down, and ours
 * @ceil_ns: whole ns between the exact upper end, rounded up, and ours
 * @within_2ns: the width is at most 2 ns more than the exact one, exactly
 *
 * More than S32_MAX counts as S32_MAX.
 */
struct exact_loss {
	bool inside;
	s32 floor_ns;
	s32 ceil_ns;
	bool within_2ns;
};

void exact_compare(const struct cb_sample *sample, __u64 counter, __s64 earliest,
		   __s64 latest, struct exact_loss *loss);

#endif /* CB_TESTS_EXACT_H */
