/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A container as JSON.
 */
#ifndef VMHOST_SNAPSHOT_JSON_H
#define VMHOST_SNAPSHOT_JSON_H

#include <jansson.h>

#include "snapshot_file.h"

/**
 * snapshot_json() - what a container says
 * @snapshot: the container
 * @clones: how many there have been
 * @stored: bytes of RAM that are not in pages of zeros
 * @intact: the RAM's check value is right
 *
 * Numbers of 64 bits are strings: not every reader of JSON has such numbers. The token is
 * a secret, so only whether there is one is told.
 *
 * Return: an object, or NULL if there is no memory.
 */
json_t *snapshot_json(const struct snapshot *snapshot, __u64 clones, __u64 stored,
		      bool intact);

#endif /* VMHOST_SNAPSHOT_JSON_H */
