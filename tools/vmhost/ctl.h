/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmhost ctl: a command for a running vmhost.
 */
#ifndef VMHOST_CTL_H
#define VMHOST_CTL_H

/*
 * Sends @words to the vmhost at @path, a socket of lines or a VM control socket, and
 * prints its answer. A NULL follows @words. Returns the exit code: 0 if the answer is "ok".
 */
int ctl_run(const char *path, int count, char **words);

#endif /* VMHOST_CTL_H */
