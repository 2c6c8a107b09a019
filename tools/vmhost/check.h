/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares what guest programs read with what was true.
 */
#ifndef VMHOST_CHECK_H
#define VMHOST_CHECK_H

#include <linux/types.h>
#include <stddef.h>

#include "hypervisor.h"
#include "region.h"

/*
 * Checks all of @memory, an array of struct vmhost_record, as it is now, and writes
 * the verdict, one line of key=value pairs, to @line. False if there is no memory.
 */
bool check_records(const struct hypervisor *hv,
		   struct region_slice memory, char *line, size_t size);

#endif /* VMHOST_CHECK_H */
