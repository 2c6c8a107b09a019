/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine's balloon: takes memory from the guest for a while, and gives it back.
 */
#ifndef VMHOST_BALLOON_H
#define VMHOST_BALLOON_H

#include <linux/types.h>
#include <stdbool.h>

#include "machine.h"
#include "plug.h"

/* Tells who has @ticket how it ended: @error is a negative errno or 0. */
typedef void (*balloon_done)(void *context, __u64 ticket, int error);

/**
 * struct balloon - the balloon
 * @machine: its machine
 * @plug: the memory that has been plugged into it
 * @done: is told how balloon_adjust() has ended
 * @context: its first argument
 * @known: @pages is; QEMU is asked at first, as a restored machine has a balloon already
 * @pages: how many the guest is to put into it
 * @total: bytes of the machine's memory when QEMU was told so
 */
struct balloon {
	struct machine *machine;
	const struct plug *plug;
	balloon_done done;
	void *context;
	bool known;
	__s64 pages;
	__u64 total;
};

void balloon_open(struct balloon *balloon, struct machine *machine, const struct plug *plug,
		  balloon_done done, void *context);

/*
 * Makes it larger by @pages pages of 4096 bytes, or smaller. @ticket is told when QEMU knows;
 * what the guest makes of that, nobody knows.
 *
 *	ERANGE		it would have less than nothing, or all of the memory
 *	EBUSY		the machine must stay as it is now
 *	ENODEV		it has no balloon
 *	ENOMEM		vmhost has no memory
 *	EINVAL		QEMU refused
 */
void balloon_adjust(struct balloon *balloon, __s32 pages, __u64 ticket);

/*
 * To be called again and again: QEMU is told how much memory is left over, so it has to be
 * told anew when the machine has got more or less.
 */
void balloon_tick(struct balloon *balloon);

#endif /* VMHOST_BALLOON_H */
