/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "vmhost run": a QEMU machine with a VMClock.
 */
#ifndef VMHOST_RUN_H
#define VMHOST_RUN_H

/* Executes "run ARGUMENT..."; returns the exit code. */
int run(int argc, char **argv);

#endif /* VMHOST_RUN_H */
