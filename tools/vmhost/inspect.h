/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmhost inspect: what a container says.
 */
#ifndef VMHOST_INSPECT_H
#define VMHOST_INSPECT_H

/*
 * @argv begins with the command's name. Returns the exit code: 0 if the file is a
 * container and all of it is as it should be, 1 if not, 2 if the command line makes no sense.
 */
int inspect_run(int argc, char **argv);

#endif /* VMHOST_INSPECT_H */
