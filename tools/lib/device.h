/* SPDX-License-Identifier: MIT */
/*
 * A device of a file that is open already.
 */
#ifndef CLOCKBOUND_DEVICE_H
#define CLOCKBOUND_DEVICE_H

#include <clockbound.h>

int device_from_file(struct clockbound_device **device, int fd);

#endif /* CLOCKBOUND_DEVICE_H */
