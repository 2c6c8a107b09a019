/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has the requests of the VM control protocol executed by a machine that vmhost has started.
 */
#ifndef VMHOST_VM_EXECUTE_H
#define VMHOST_VM_EXECUTE_H

#include <stdbool.h>

#include "balloon.h"
#include "machine.h"
#include "plug.h"
#include "vm_control.h"

/**
 * struct vm_executor - who executes
 * @control: where requests come from
 * @machine: who has to do what they say
 * @plug: its memory that comes and goes
 * @balloon: its balloon
 */
struct vm_executor {
	struct vm_control control;
	struct machine *machine;
	struct plug plug;
	struct balloon balloon;
};

/*
 * Takes requests at @path, and datagrams at @datagram_path unless that is NULL, for a
 * machine of which qemu_make_pluggable() thinks well. After machine_open(). False if a
 * socket cannot be had; says why.
 */
bool vm_execute_open(struct vm_executor *executor, struct machine *machine,
		     const char *path, const char *datagram_path);

/* After machine_start() */
void vm_execute_start(struct vm_executor *executor);

/* To be called again and again */
void vm_execute_tick(struct vm_executor *executor);

/* After machine_close(): who still waits gets ECANCELED. */
void vm_execute_close(struct vm_executor *executor);

#endif /* VMHOST_VM_EXECUTE_H */
