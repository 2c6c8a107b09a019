// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockbound-bench-device: the library on the real device, beside the machine's other
 * clocks.
 *
 *	clockbound-bench-device [ROUNDS [BATCHES]]
 *
 * Prints the lines of lines.c. A reading that needs the system call anyway is not
 * measured as one that does not: then there is only the ioctl.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 11;
	unsigned int batches = argc > 2 ? (unsigned int)atoi(argv[2]) : 20;
	struct clockbound_device *device;
	struct clockbound_reading reading;
	unsigned int round;
	int error;

	error = clockbound_device_open(&device, NULL);
	if (!error)
		error = clockbound_read(device, &reading);
	if (error) {
		fprintf(stderr, "clockbound-bench-device: %s\n", strerror(-error));
		return 1;
	}
	printf("status %s\n", clockbound_status_text(reading.status));
	for (round = 0; round < rounds; round++) {
		if (clockbound_device_mapped(device))
			lines_of("clockbound_read", MEASURE_READ, device, batches);
		lines_of("vdso", MEASURE_VDSO, NULL, batches);
		lines_of("counter", MEASURE_COUNTER, device, batches);
		lines_of("ioctl-none", MEASURE_IOCTL, device, batches);
		lines_of("ioctl-now", MEASURE_NOW, device, batches);
		lines_of("syscall", MEASURE_SYSCALL, NULL, batches);
	}
	clockbound_device_close(device);
	return 0;
}
