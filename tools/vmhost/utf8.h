/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is it UTF-8?
 */
#ifndef VMHOST_UTF8_H
#define VMHOST_UTF8_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * As RFC 3629 has it: no character in more bytes than it needs, no half of a UTF-16 pair,
 * nothing above U+10FFFF. A zero byte is a character like others.
 */
bool utf8_valid(const __u8 *bytes, size_t size);

#endif /* VMHOST_UTF8_H */
