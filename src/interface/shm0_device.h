/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/clockbound-shm0: ClockBound's segment.
 */
#ifndef CB_SHM0_DEVICE_H
#define CB_SHM0_DEVICE_H

void cb_shm0_device_init(void);
void cb_shm0_device_exit(void);

#endif /* CB_SHM0_DEVICE_H */
