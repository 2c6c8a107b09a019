/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clockboundctl sync.
 */
#ifndef CTL_SYNC_H
#define CTL_SYNC_H

int command_sync(int argc, char **argv);

#endif /* CTL_SYNC_H */
