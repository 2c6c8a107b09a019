/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that is plugged into a machine while it runs, and taken out again: QEMU's
 * pc-dimm devices, each with a file of somebody else's as its memory.
 *
 * The guest gets each piece at an address of its own: no address is used again.
 */
#ifndef VMHOST_PLUG_H
#define VMHOST_PLUG_H

#include <jansson.h>
#include <linux/types.h>
#include <stdbool.h>

#include "machine.h"
#include "qemu.h"
#include "region.h"

/* The guest takes memory in and out in blocks of this size, at multiples of it. */
#define PLUG_BLOCK	(128ULL << 20)

/* So long does the guest have to give a piece back, ns */
#define PLUG_PATIENCE	30000000000LL

/*
 * And so long to notice that it came. If it is to go before that, QEMU tells the guest just
 * that it came.
 */
#define PLUG_NOTICE	5000000000LL

enum plug_state {
	PLUG_FREE,
	PLUG_CHANGING,		/* QEMU is about to have it, or has it no longer */
	PLUG_IN,
};

/**
 * struct plug_slot - a place for a piece of memory
 * @plug: where it belongs to
 * @state: what is in it
 * @region: the memory
 * @pfn: the guest's address >> 12
 * @set: QEMU's name of the descriptor, on its way in
 * @ticket: who waits for it, or 0
 * @since: CLOCK_MONOTONIC ns when QEMU had it
 * @noticed: the guest has said something about its coming
 * @asked: the guest has been asked to give it back
 * @deadline: CLOCK_MONOTONIC ns, until then the guest is to give it back; or 0
 */
struct plug_slot {
	struct plug *plug;
	enum plug_state state;
	struct region region;
	__u64 pfn;
	json_int_t set;
	__u64 ticket;
	__s64 since;
	bool noticed;
	bool asked;
	__s64 deadline;
};

/*
 * Tells who has @ticket how it ended: @error is a negative errno or 0, @slot where the memory is
 * now if it was plugged in, else NULL.
 */
typedef void (*plug_done)(void *context, __u64 ticket, int error, const struct plug_slot *slot);

/**
 * struct plug - all that is plugged in
 * @machine: into this one
 * @done: is told what has become of plug_in() and plug_out()
 * @context: its first argument
 * @listener: hears from QEMU what the guest does
 * @next_pfn: where the next piece goes
 * @end_pfn: where addresses for memory end
 * @bytes: how much the machine has from here
 * @slots: as many as the machine has are used
 */
struct plug {
	struct machine *machine;
	plug_done done;
	void *context;
	struct qmp_listener listener;
	__u64 next_pfn;
	__u64 end_pfn;
	__u64 bytes;
	struct plug_slot slots[QEMU_MEMORY_SLOTS];
};

void plug_open(struct plug *plug, struct machine *machine, plug_done done, void *context);

/* After machine_start(), and before anything else. */
void plug_start(struct plug *plug);

/*
 * Plugs in the first @size bytes of @fd, which is taken over. @ticket is told when QEMU has
 * it: the guest is being told, but can take a while.
 *
 *	EINVAL		no blocks of PLUG_BLOCK; the file is shorter; QEMU refused
 *	EEXIST		some of these bytes are plugged in already
 *	ENOSPC		no slot, no room or no address is left
 *	EBUSY		the machine must stay as it is now
 *	others		as mmap() has them
 *
 * A memfd can no longer be made shorter then: QEMU would end by that.
 */
void plug_in(struct plug *plug, int fd, __u64 size, __u64 ticket);

/*
 * Has the guest give @slot's memory back. @ticket is told when it is out of the machine.
 *
 *	ENOENT		nothing is plugged in there
 *	EBUSY		the guest does not do without it; somebody waits for it already; or
 *			the machine must stay as it is now
 *	ETIMEDOUT	the guest has not said; it may still give it back later
 *	EINVAL		QEMU refused
 */
void plug_out(struct plug *plug, __u32 slot, __u64 ticket);

/* To be called again and again: the guest's time may be over, or come. */
void plug_tick(struct plug *plug);

/* What a slot is called in an answer */
__u32 plug_number(const struct plug_slot *slot);

/* After machine_close() */
void plug_close(struct plug *plug);

#endif /* VMHOST_PLUG_H */
