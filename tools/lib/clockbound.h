/* SPDX-License-Identifier: MIT */
/*
 * libclockbound: intervals that contain the true time.
 *
 *	struct clockbound_device *device;
 *	struct clockbound_reading now;
 *
 *	error = clockbound_device_open(&device, NULL);
 *	...
 *	error = clockbound_read(device, &now);
 *	if (!error && now.status == CLOCKBOUND_STATUS_SYNCHRONIZED)
 *		... the true time is in [now.earliest, now.latest] ...
 *	...
 *	clockbound_device_close(device);
 *
 * A reading takes no lock and, where the machine allows it, no system call.
 * Functions that return an int return 0 or a negative errno if nothing else is
 * said.
 *
 * <linux/clockbound.h> has the structures and says what the fields mean.
 */
#ifndef CLOCKBOUND_H
#define CLOCKBOUND_H

#include <clockbound/reader.h>
#include <linux/clockbound.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/**
 * struct clockbound_device - an open clockbound device
 * @straight: the clock page if clockbound_page_read_straight() can be used, or NULL
 * @vmclock: the VMClock page; NULL if there is none or it cannot be mapped
 * @page: the clock page; NULL if readings need the system call
 * @fd: the device
 *
 * Constant from clockbound_device_open() to clockbound_device_close(), so any
 * number of threads may use it at once, and so may child processes after fork().
 *
 * The members are here only because clockbound_read() is inline. They are
 * private: a later version may have others.
 */
struct clockbound_device {
	const struct clockbound_page *straight;
	const void *vmclock;
	const struct clockbound_page *page;
	int fd;
};

/**
 * clockbound_device_open() - open a clockbound device
 * @device: where the device goes; NULL if there is an error
 * @path: its path; NULL for /dev/clockbound
 *
 * Give it back with clockbound_device_close().
 *
 * Return: 0; -ENOENT, -ENXIO or -ENODEV if there is no such device, which
 * mostly means that the module is not loaded; -ENOTTY if it is something else
 * than a clockbound device; -ENOMEM; or what open() gives.
 */
int clockbound_device_open(struct clockbound_device **device, const char *path);

/**
 * clockbound_device_close() - close a clockbound device
 * @device: the device, that nobody uses any more; NULL is allowed
 */
void clockbound_device_close(struct clockbound_device *device);

/**
 * clockbound_device_mapped() - are readings taken without a system call?
 * @device: the device
 *
 * Return: 1 if clockbound_read() needs no system call, 0 if it does: the
 * counter cannot be read from user space, or a page cannot be mapped.
 */
int clockbound_device_mapped(const struct clockbound_device *device);

/**
 * clockbound_read_ioctl() - take a reading by a system call
 * @device: the device
 * @reading: where the reading goes; its size and request must be set
 *
 * clockbound_read() does this where it has to.
 *
 * Return: 0, or a negative errno; then the reading is unknown and unlimited.
 */
int clockbound_read_ioctl(const struct clockbound_device *device,
			  struct clockbound_reading *reading);

/**
 * clockbound_read_any() - take a reading, in every case
 * @device: the device
 * @reading: where the reading goes; all of it is written
 *
 * What clockbound_read() does where there is more to do than the usual; programs
 * call that.
 *
 * Return: 0, or a negative errno; then the reading is unknown and unlimited.
 */
int clockbound_read_any(const struct clockbound_device *device,
			struct clockbound_reading *reading);

/**
 * clockbound_info_ioctl() - ask what the module and the machine offer
 * @device: the device
 * @info: where the answer goes; its size must be set and the rest zero
 *
 * Programs use clockbound_info_get().
 *
 * Return: 0 or a negative errno.
 */
int clockbound_info_ioctl(const struct clockbound_device *device,
			  struct clockbound_info *info);

/**
 * clockbound_status_text() - a status for people
 * @status: enum clockbound_status
 *
 * Return: a constant string, never NULL.
 */
const char *clockbound_status_text(int status);

/**
 * clockbound_read() - take a reading
 * @device: the device
 * @reading: where the reading goes; all of it is written
 *
 * True time was in [earliest, latest] at some moment during the call. A reading
 * says how far it can be trusted in its status: a reading without a bound is
 * not an error. Does not sleep; safe in a signal handler.
 *
 * Return: 0, or a negative errno; then the reading is unknown and unlimited.
 */
static inline int clockbound_read(const struct clockbound_device *device,
				  struct clockbound_reading *reading)
{
#ifdef CLOCKBOUND_COUNTER_NATIVE
	if (__builtin_expect(!!device->straight, 1) &&
	    __builtin_expect(clockbound_page_read_straight(device->straight, device->vmclock,
							   reading), 1)) {
		reading->size = sizeof(*reading);
		reading->request = 0;
		return 0;
	}
#endif
	return clockbound_read_any(device, reading);
}

/**
 * clockbound_info_get() - ask what the module and the machine offer
 * @device: the device
 * @info: where the answer goes; all of it is written
 *
 * Return: 0 or a negative errno.
 */
static inline int clockbound_info_get(const struct clockbound_device *device,
				      struct clockbound_info *info)
{
	__builtin_memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return clockbound_info_ioctl(device, info);
}

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* CLOCKBOUND_H */
