// SPDX-License-Identifier: MIT
/*
 * A lease that two machines never hold at once, whatever their clocks' errors.
 *
 * lease [DEVICE]
 *
 * The holder acts only while the end of the lease is certainly still to come;
 * others take it only when the end has certainly passed. In between, for as long
 * as the interval is wide, nobody acts. This program is both sides in one.
 */
#include <clockbound.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LEASE_NS	100000000
#define PATIENCE_NS	5000000000LL

/* Acts for as long as it may; returns how often it did. */
static unsigned long hold(const struct clockbound_device *device, __s64 end)
{
	struct clockbound_reading now;
	unsigned long acts = 0;

	/* No status is looked at: without a bound the end may have come. */
	while (!clockbound_read(device, &now) && clockbound_reading_before(&now, end))
		acts++;
	return acts;
}

static int take_lease(const struct clockbound_device *device)
{
	struct clockbound_reading now;
	unsigned long acts;
	__s64 end;
	int error;

	error = clockbound_read(device, &now);
	if (error)
		return error;
	if (!clockbound_reading_bounded(&now))
		return -ENODATA;

	end = now.earliest + LEASE_NS;
	acts = hold(device, end);
	printf("held: %s\n", acts ? "the holder acted" : "too short to act");

	error = clockbound_wait_until(device, end, PATIENCE_NS);
	if (!error)
		printf("over: others may take it\n");
	return error;
}

int main(int argc, char **argv)
{
	struct clockbound_device *device;
	int error;

	error = clockbound_device_open(&device, argc > 1 ? argv[1] : NULL);
	if (error) {
		fprintf(stderr, "lease: no clockbound device: %s\n", strerror(-error));
		return 1;
	}
	error = take_lease(device);
	clockbound_device_close(device);
	if (error)
		fprintf(stderr, "lease: %s\n", strerror(-error));
	return !!error;
}
