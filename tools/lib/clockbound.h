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
 * What is inline here is in the program, and stays there when a later library comes
 * under the same soname. So these are frozen, up to another soname:
 *
 *  - @straight and @vmclock of struct clockbound_device: where they are, and that
 *    clockbound_page_read_straight() of any header so far can read what they point to;
 *  - for that, in a page of CLOCKBOUND_PAGE_VERSION: struct clockbound_page up to the
 *    end of @model, and that @straight_ticks of a model is 0 if there is more to it than
 *    is said there; in the VMClock page: the marker and the generation counter;
 *  - the first version of each structure of <linux/clockbound.h>: its size is
 *    CLOCKBOUND_..._SIZE_VER0, and every program has room for that;
 *  - struct clockbound_event, of which programs have arrays; clockbound_now_result and
 *    clockbound_err, which are ClockBound's.
 *
 * clockbound_device_open() looks at the page's version: where it is another one,
 * @straight is NULL, and what is not inline does the reading.
 *
 * Other structures grow at their ends. Whoever has one filled in says how large his is,
 * in its size field or beside it, and nothing is written behind that.
 *
 * <linux/clockbound.h> has the structures and says what the fields mean.
 */
#ifndef CLOCKBOUND_H
#define CLOCKBOUND_H

#include <clockbound/client.h>
#include <clockbound/interval.h>
#include <clockbound/reader.h>
#include <errno.h>
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
 * @registered: the registered VMClock page; NULL if it cannot be mapped
 * @fd: the device
 *
 * Constant from clockbound_device_open() to clockbound_device_close(), so any
 * number of threads may use it at once, and so may child processes after fork().
 *
 * The members are here only because clockbound_read() is inline. They are private. It
 * looks at the first two, which are frozen; a later version may have others behind them.
 */
struct clockbound_device {
	const struct clockbound_page *straight;
	const void *vmclock;
	const struct clockbound_page *page;
	const void *registered;
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
 * Return: 1 if clockbound_read() needs no system call as things are, 0 if it does:
 * the counter cannot be read from user space, a page cannot be mapped, or the
 * system clock does not run on the counter.
 */
int clockbound_device_mapped(const struct clockbound_device *device);

/**
 * clockbound_read_ioctl() - take a reading by a system call
 * @device: the device
 * @reading: where the reading goes; its size must be set
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
 * @size: sizeof(*reading) of the caller
 *
 * What clockbound_read() does where there is more to do than the usual; programs
 * call that.
 *
 * Return: 0, or a negative errno; then the reading is unknown and unlimited.
 */
int clockbound_read_any(const struct clockbound_device *device,
			struct clockbound_reading *reading, __u32 size);

/**
 * clockbound_read_realtime() - take a reading together with CLOCK_REALTIME
 * @device: the device
 * @reading: where the reading goes; all of it is written
 * @size: sizeof(*reading) of the caller
 *
 * Both belong to the same moment: the error of CLOCK_REALTIME then is between realtime -
 * latest and realtime + 1 - earliest. realtime is valid if the reading has
 * CLOCKBOUND_MODEL_REALTIME. Costs more than a reading alone.
 *
 * Return: 0, or a negative errno; then the reading is unknown and unlimited.
 */
int clockbound_read_realtime(const struct clockbound_device *device,
			     struct clockbound_reading *reading, __u32 size);

/**
 * clockbound_at_ioctl() - ask for the interval of an earlier moment
 * @device: the device
 * @reading: in: the moment, as for CLOCKBOUND_AT; out: the reading
 *
 * Programs use clockbound_read_at_counter() or clockbound_read_at_raw().
 *
 * Return: 0; -ERANGE if the interval is wider than max_width, the reading is there
 * all the same; or another negative errno, then the reading is unknown and unlimited.
 */
int clockbound_at_ioctl(const struct clockbound_device *device,
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

/* Timeouts are in ns from the call on; any negative one means as long as it takes. */
#define CLOCKBOUND_FOREVER	(-1LL)

/**
 * clockbound_wait_until() - commit wait: sleep until a time has certainly passed
 * @device: the device
 * @until: ns since 1970, UTC
 * @timeout: ns, or CLOCKBOUND_FOREVER
 *
 * Afterwards the true time is later than @until, whatever any clock says; a time in
 * the second that an inserted leap second repeats has passed when it has for the first
 * time. While no bound is known it goes on waiting.
 *
 * Return: 0; -ETIMEDOUT; -ECANCELED if the counter was disturbed, so that waiting
 * on is a decision of its own; -EINTR if a signal came whose handler does not
 * restart system calls.
 */
int clockbound_wait_until(const struct clockbound_device *device, __s64 until,
			  __s64 timeout);

/**
 * clockbound_wait_until_tai() - clockbound_wait_until() for a time in TAI
 * @device: the device
 * @until: ns since 1970, TAI
 * @timeout: ns, or CLOCKBOUND_FOREVER
 *
 * Return: as clockbound_wait_until(); -ENODATA if nobody says how far TAI is from
 * UTC.
 */
int clockbound_wait_until_tai(const struct clockbound_device *device, __s64 until,
			      __s64 timeout);

/**
 * clockbound_wait_past() - sleep until the moment of a reading has certainly passed
 * @device: the device
 * @reading: the reading, of this machine or of any other one
 * @timeout: ns, or CLOCKBOUND_FOREVER
 *
 * Whoever stamps something with a reading's latest and tells of it only after this
 * can be sure that nobody who hears of it has an earlier time.
 *
 * Return: as clockbound_wait_until() with the reading's latest; -EINVAL if the
 * reading has no bound.
 */
int clockbound_wait_past(const struct clockbound_device *device,
			 const struct clockbound_reading *reading, __s64 timeout);

/**
 * clockbound_wait_sync() - sleep until readings can be trusted
 * @device: the device
 * @max_width: and their intervals are not wider than this, ns; 0 for any width
 * @timeout: ns, or CLOCKBOUND_FOREVER
 *
 * Return: 0; -ETIMEDOUT; or -EINTR as clockbound_wait_until().
 */
int clockbound_wait_sync(const struct clockbound_device *device, __u64 max_width,
			 __s64 timeout);

/**
 * clockbound_wait_ioctl() - CLOCKBOUND_WAIT with all that it offers
 * @device: the device
 * @wait: what to wait for; its size must be set
 *
 * For a deadline or a limit on the width. After -EINTR, calling again with the same
 * @wait ends when the first call would have.
 *
 * Return: 0 or a negative errno, see <linux/clockbound.h>.
 */
int clockbound_wait_ioctl(const struct clockbound_device *device,
			  struct clockbound_wait *wait);

/**
 * clockbound_wait_sync_ioctl() - CLOCKBOUND_WAIT_SYNC with all that it offers
 * @device: the device
 * @wait: as for clockbound_wait_ioctl()
 *
 * Return: as clockbound_wait_ioctl().
 */
int clockbound_wait_sync_ioctl(const struct clockbound_device *device,
			       struct clockbound_wait *wait);

/**
 * clockbound_events_open() - listen to events
 * @path: the device's path; NULL for /dev/clockbound
 *
 * Each listener sees all events from here on. poll() gives POLLIN and POLLPRI while
 * there is one. Give the file back with close().
 *
 * Return: a non-blocking file descriptor, or a negative errno as from
 * clockbound_device_open().
 */
int clockbound_events_open(const char *path);

/**
 * clockbound_events_read() - take the next events
 * @fd: what clockbound_events_open() returned
 * @events: where they go
 * @count: how many fit, at least 1
 *
 * struct clockbound_event does not grow.
 *
 * Return: how many there were; -EAGAIN if there is none; -EINVAL if @count is 0; or
 * another negative errno.
 */
int clockbound_events_read(int fd, struct clockbound_event *events, unsigned int count);

/**
 * clockbound_report_ioctl() - report how wrong the system clock may be
 * @device: the device
 * @report: the report; its size must be set
 *
 * Return: 0; -EPERM without CAP_SYS_TIME; -ESTALE if it was measured before a
 * disruption or before the clock was set; -EINVAL.
 */
int clockbound_report_ioctl(const struct clockbound_device *device,
			    const struct clockbound_report *report);

/**
 * clockbound_disrupt_set() - disrupt by hand, for tests
 * @device: the device
 * @action: CLOCKBOUND_DISRUPT_FORCE or CLOCKBOUND_DISRUPT_RELEASE
 *
 * Return: 0; -EPERM without CAP_SYS_TIME; -EINVAL.
 */
int clockbound_disrupt_set(const struct clockbound_device *device, __u32 action);

/**
 * clockbound_memory_register() - give the module VMClock memory of one's own
 * @device: the device, which owns it from then on
 * @fd: a memfd whose first page holds a VMClock structure
 *
 * It is taken back by clockbound_memory_unregister(), or when the device is closed
 * in all processes that have it.
 *
 * Return: 0; -EPERM without CAP_SYS_TIME; -EBADF; -EINVAL if @fd is something
 * else; -EBUSY if there is registered memory already; -ENOMEM.
 */
int clockbound_memory_register(const struct clockbound_device *device, int fd);

/**
 * clockbound_memory_unregister() - take VMClock memory back
 * @device: the device
 *
 * Return: 0; -EPERM without CAP_SYS_TIME; -ENOENT if @device has registered nothing.
 */
int clockbound_memory_unregister(const struct clockbound_device *device);

/**
 * clockbound_read() - take a reading
 * @device: the device
 * @reading: where the reading goes; all that is valid of it is written
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
	return clockbound_read_any(device, reading, sizeof(*reading));
}

/**
 * clockbound_read_within() - take a reading that is narrow enough
 * @device: the device
 * @reading: where the reading goes
 * @max_width: how wide it may be, ns; 0 for any width
 *
 * As clockbound_read() otherwise.
 *
 * Return: 0; -ERANGE if the interval is wider, and then the reading is there all the
 * same; or another negative errno, then it is unknown and unlimited.
 */
static inline int clockbound_read_within(const struct clockbound_device *device,
					 struct clockbound_reading *reading,
					 __u64 max_width)
{
	int error = clockbound_read(device, reading);

	if (!error && max_width && clockbound_reading_width(reading) > max_width)
		error = -ERANGE;
	return error;
}

/* A moment that was kept, as an interval. */
static inline int clockbound_read_at(const struct clockbound_device *device,
				     struct clockbound_reading *reading, __u32 request,
				     __u64 moment, __u64 disruption_marker)
{
	__builtin_memset(reading, 0, sizeof(*reading));
	reading->size = sizeof(*reading);
	reading->request = request;
	reading->counter_value = moment;
	reading->disruption_marker = disruption_marker;
	return clockbound_at_ioctl(device, reading);
}

/**
 * clockbound_read_at_counter() - the interval of a counter value taken earlier
 * @device: the device
 * @reading: where the reading goes
 * @counter_value: clockbound_counter() at that moment, or an earlier reading's
 * @disruption_marker: the marker of a reading taken before that moment
 *
 * For what was stamped in a hurry: a packet, a log record.
 *
 * Return: 0; -ESTALE if the counter was disturbed since the reading that
 * @disruption_marker is from; -ENODATA if it is too long ago, some seconds at least;
 * -EINVAL if it is in the future; -EOPNOTSUPP if the system clock does not run on
 * the counter. After an error the reading is unknown and unlimited.
 */
static inline int clockbound_read_at_counter(const struct clockbound_device *device,
					     struct clockbound_reading *reading,
					     __u64 counter_value, __u64 disruption_marker)
{
	return clockbound_read_at(device, reading, CLOCKBOUND_AT_COUNTER, counter_value,
				  disruption_marker);
}

/**
 * clockbound_read_at_raw() - the interval of a CLOCK_MONOTONIC_RAW time
 * @device: the device
 * @reading: where the reading goes
 * @monotonic_raw: CLOCK_MONOTONIC_RAW at that moment, ns
 * @disruption_marker: the marker of a reading taken before that moment
 *
 * Return: as clockbound_read_at_counter().
 */
static inline int clockbound_read_at_raw(const struct clockbound_device *device,
					 struct clockbound_reading *reading,
					 __u64 monotonic_raw, __u64 disruption_marker)
{
	return clockbound_read_at(device, reading, CLOCKBOUND_AT_MONOTONIC_RAW,
				  monotonic_raw, disruption_marker);
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
