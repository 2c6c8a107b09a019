// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program for ClockBound's own C library: no name in it is only ours. Also C++.
 *
 * client_program SHM_PATH VMCLOCK_PATH
 */
#include "clockbound.h"
#include <stdio.h>
#include <string.h>

static int print_error(char const *what, clockbound_err const *err)
{
	fprintf(stderr, "%s: kind %d, detail %s\n", what, (int)err->kind,
		err->detail ? err->detail : "none");
	if (err->kind == CLOCKBOUND_ERR_SYSCALL)
		fprintf(stderr, "%s\n", strerror(err->sys_errno));
	return 1;
}

static const char *status_name(clockbound_clock_status status)
{
	switch (status) {
	case CLOCKBOUND_STA_UNKNOWN:
		return "UNKNOWN";
	case CLOCKBOUND_STA_SYNCHRONIZED:
		return "SYNCHRONIZED";
	case CLOCKBOUND_STA_FREE_RUNNING:
		return "FREE_RUNNING";
	case CLOCKBOUND_STA_DISRUPTED:
		return "DISRUPTED";
	default:
		return "BAD";
	}
}

int main(int argc, char *argv[])
{
	char const *shm_path = argc > 1 ? argv[1] : CLOCKBOUND_SHM_DEFAULT_PATH;
	char const *vmclock_path = argc > 2 ? argv[2] : VMCLOCK_SHM_DEFAULT_PATH;
	clockbound_ctx *ctx;
	clockbound_err open_err;
	clockbound_err const *err;
	clockbound_now_result result;
	int i;

	ctx = clockbound_vmclock_open(shm_path, vmclock_path, &open_err);
	if (!ctx)
		return print_error("clockbound_vmclock_open", &open_err);

	for (i = 0; i < 1000; i++) {
		err = clockbound_now(ctx, &result);
		if (err)
			return print_error("clockbound_now", err);
	}
	printf("%ld.%09ld %ld.%09ld %s\n", (long)result.earliest.tv_sec,
	       (long)result.earliest.tv_nsec, (long)result.latest.tv_sec,
	       (long)result.latest.tv_nsec, status_name(result.clock_status));

	err = clockbound_close(ctx);
	if (err)
		return print_error("clockbound_close", err);

	ctx = clockbound_open(shm_path, &open_err);
	if (!ctx)
		return print_error("clockbound_open", &open_err);
	clockbound_close(ctx);
	return 0;
}
