// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl: ask /dev/clockbound for the time, for people and scripts.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "sync.h"

/* What went wrong, and what to do about it. */
static const char *open_advice(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		return "no such device: load the module: modprobe clockbound";
	case -ENOTTY:
		return "not a clockbound device: leave --device out for " CLOCKBOUND_DEVICE_PATH;
	case -EACCES:
		return "permission denied: the module makes the device with mode 0444";
	default:
		return strerror(-error);
	}
}

int main(int argc, char **argv)
{
	struct clockbound_device *device;
	struct options options;
	command_function *command;
	int error, result;

	/* A service: has its own options, and waits for the device */
	if (argc > 1 && !strcmp(argv[1], "sync"))
		return command_sync(argc - 1, argv + 1);

	command = options_parse(argc, argv, &options);
	error = clockbound_device_open(&device, options.device);
	if (error) {
		warnx("%s: %s", options.device, open_advice(error));
		return EXIT_FAILED;
	}
	result = command(&options, device);
	clockbound_device_close(device);

	if (fflush(stdout) || ferror(stdout)) {
		warn("cannot write the output");
		return EXIT_FAILED;
	}
	return result;
}
