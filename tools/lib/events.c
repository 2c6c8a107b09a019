// SPDX-License-Identifier: MIT
/*
 * Listening to events.
 */
#include <clockbound.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

/* A file of its own, because each file has its own place among the events. */
int clockbound_events_open(const char *path)
{
	struct clockbound_device device = { 0 };
	struct clockbound_info info;
	int error;

	device.fd = open(path ? path : CLOCKBOUND_DEVICE_PATH,
			 O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (device.fd < 0)
		return -errno;
	/* Only a clockbound device can answer this. */
	error = clockbound_info_get(&device, &info);
	if (error) {
		close(device.fd);
		return error;
	}
	return device.fd;
}

/* Programs have arrays of it, and so does read(): it cannot grow. */
_Static_assert(sizeof(struct clockbound_event) == 48, "frozen");

int clockbound_events_read(int fd, struct clockbound_event *events, unsigned int count)
{
	const unsigned int most = INT_MAX / sizeof(*events);
	ssize_t length;

	if (!count)
		return -EINVAL;
	length = read(fd, events, sizeof(*events) * (count < most ? count : most));
	if (length < 0)
		return -errno;
	return (int)((size_t)length / sizeof(*events));
}
