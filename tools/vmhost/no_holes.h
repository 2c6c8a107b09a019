/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps a program from punching holes into files.
 *
 * QEMU gives memory that the guest does not need (a balloon's) back to where it comes from. If
 * that is a file, it punches a hole into it, also if the memory is mapped copy on write: and
 * the container would lose what it has. Where it cannot, it keeps the memory, or writes zeros.
 */
#ifndef VMHOST_NO_HOLES_H
#define VMHOST_NO_HOLES_H

#include <stdbool.h>

/* For this process, and what it executes: EOPNOTSUPP. False with errno if that cannot be. */
bool no_holes(void);

#endif /* VMHOST_NO_HOLES_H */
