/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A QEMU machine that vmhost has started: its process, its memory, QMP, and the interrupt of
 * its VMClock.
 */
#ifndef VMHOST_MACHINE_H
#define VMHOST_MACHINE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "loop.h"
#include "qemu.h"
#include "qmp.h"
#include "region.h"

enum machine_event {
	MACHINE_READY,		/* it can be talked to; its CPUs have not run yet. One that is
				 * incoming waits for its state, and then for machine_go() */
	MACHINE_STOPPED,	/* its CPUs stand still, whoever wanted that */
	MACHINE_RESUMED,	/* they run, or run again */
	MACHINE_RESET,		/* it starts anew, or wakes up: the firmware runs */
};

/**
 * struct machine - a machine
 * @qemu: what it is like
 * @loop: calls when there is something to do
 * @event: is told what happens to it
 * @context: the first argument of @event
 * @ram: its memory: a memfd that QEMU maps shared, or a container
 * @shared: the memory that it shares with the host, VMHOST_SHARED_SIZE bytes
 * @qmp: executes commands; not before machine_start()
 * @listener: takes QMP's events
 * @qtest: the socket for interrupts, or -1
 * @pid: QEMU, or 0 before it has been started and after it has ended
 * @pidfd: the same as a descriptor, or -1
 * @exit_code: how it ended, as a shell says it: 128 and more for a signal
 * @kvm: its counter goes on while it stands still; known from MACHINE_READY on
 * @running: its CPUs run
 * @busy: it is being saved, or moves: nothing may be plugged in or out
 * @plugged: pieces of memory that are plugged in, or about to be
 * @deadline: CLOCK_MONOTONIC ns at which it is killed if it has not ended; 0 for never
 */
struct machine {
	struct qemu qemu;
	struct loop *loop;
	void (*event)(void *context, enum machine_event event);
	void *context;
	int ram;
	struct region shared;
	struct qmp qmp;
	struct qmp_listener listener;
	int qtest;
	pid_t pid;
	int pidfd;
	int exit_code;
	bool kvm;
	bool running;
	bool busy;
	unsigned int plugged;
	__s64 deadline;
};

/*
 * Makes the memory, or takes @container as such, which stays the caller's; -1 for none.
 * False if that fails; says why.
 */
bool machine_open(struct machine *machine, const struct qemu *qemu, int container,
		  struct loop *loop,
		  void (*event)(void *context, enum machine_event event), void *context);

/*
 * Starts QEMU. It sets the machine up; then there is MACHINE_READY, and after that its CPUs
 * run, unless the user has said -S. False, and @exit_code, if QEMU cannot be started; says why.
 */
bool machine_start(struct machine *machine);

/*
 * It has its state: now its CPUs run, unless the user has said -S. @gone is told so, or the
 * error.
 */
void machine_go(struct machine *machine, qmp_answer gone, void *context);

/* Lets the CPUs run again, after somebody here has stopped them. */
void machine_cont(struct machine *machine);

/* Has QEMU end in order, and kills it if it does not. */
void machine_quit(struct machine *machine);

/* To be called again and again: kills QEMU when its time is over. */
void machine_tick(struct machine *machine);

/* ACPI Notify (0x80) to the VMClock. NULL or an error. */
const char *machine_notify(struct machine *machine);

/* Kills QEMU, if it is still there, and gives everything back. */
void machine_close(struct machine *machine);

#endif /* VMHOST_MACHINE_H */
