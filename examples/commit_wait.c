// SPDX-License-Identifier: MIT
/*
 * External consistency: a transaction that starts after another one was confirmed
 * gets a later timestamp, on whichever machine it runs.
 *
 * commit_wait [DEVICE]
 *
 * Its timestamp is the latest time that it can be, and it is confirmed when that
 * time has certainly passed. Log records can be written while it waits.
 */
#include <clockbound.h>
#include <stdio.h>
#include <string.h>

#define WIDTH_MAX_NS	10000000ULL
#define PATIENCE_NS	5000000000LL

static int commit(const struct clockbound_device *device, __s64 *timestamp)
{
	struct clockbound_reading now;
	int error;

	/* A wide interval would mean a long wait: rather fail at once. */
	error = clockbound_read_within(device, &now, WIDTH_MAX_NS);
	if (error)
		return error;
	*timestamp = now.latest;
	return clockbound_wait_past(device, &now, PATIENCE_NS);
}

int main(int argc, char **argv)
{
	struct clockbound_device *device;
	__s64 timestamp;
	int error;

	error = clockbound_device_open(&device, argc > 1 ? argv[1] : NULL);
	if (error) {
		fprintf(stderr, "commit_wait: no clockbound device: %s\n", strerror(-error));
		return 1;
	}
	/* The daemon may have been started just now. */
	error = clockbound_wait_sync(device, WIDTH_MAX_NS, PATIENCE_NS);
	if (!error)
		error = commit(device, &timestamp);
	clockbound_device_close(device);
	if (error) {
		fprintf(stderr, "commit_wait: not confirmed: %s\n", strerror(-error));
		return 1;
	}
	printf("confirmed at %lld\n", (long long)timestamp);
	return 0;
}
