/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Linux 7 has and sparse 0.6.4 does not know. For sparse alone: a qualifier is of no
 * matter to what it looks for, and a length of text only has to be a constant.
 */
#define __typeof_unqual__ __typeof__
#define __builtin_strlen(text) (sizeof(text) - 1)
