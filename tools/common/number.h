/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers that people type: all of the word, or nothing.
 */
#ifndef COMMON_NUMBER_H
#define COMMON_NUMBER_H

#include <linux/types.h>
#include <stdbool.h>

/* Decimal, or hexadecimal with 0x. */
bool number_unsigned(const char *word, __u64 max, __u64 *value);

/* Decimal, with an optional sign. */
bool number_signed(const char *word, __s64 *value);

/* Decimal with up to three decimal places, in thousandths. */
bool number_thousandths(const char *word, __u64 max, __u64 *value);

#endif /* COMMON_NUMBER_H */
