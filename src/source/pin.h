/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pinning the first page of a file of tmpfs, for as long as it takes.
 */
#ifndef CB_PIN_H
#define CB_PIN_H

#include <linux/fs.h>
#include <linux/mm_types.h>

struct page *cb_pin(struct file *memory);
void cb_unpin(struct page *page);	/* Context: process. */

#endif /* CB_PIN_H */
