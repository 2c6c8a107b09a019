/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmhost ctl on a VM control socket.
 */
#ifndef VMHOST_VM_CTL_H
#define VMHOST_VM_CTL_H

/*
 * Sends the request that @words stand for on the connected @socket, closes it, and prints
 * the answer; @path is for messages. A NULL follows @words. Returns the exit code: 0 if the
 * answer is no Err, 2 if @words are no request.
 */
int vm_ctl_run(int socket, const char *path, int count, char **words);

#endif /* VMHOST_VM_CTL_H */
