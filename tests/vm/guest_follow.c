// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module follows the VMClock by itself, at the latest with the next update
 * of the timekeeper. No reading is taken through the kernel here, so nothing but
 * the notifier can make the module look.
 */
#include <clockbound/vmclock_abi.h>

#include "guest.h"

#define ROUNDS	20

static struct guest_device device;

/* A model is of one consistent sample, so its marker stands for all of the page. */
static bool followed(void)
{
	const struct vmclock_page *vmclock = device.vmclock;

	return *(const volatile __u64 *)&device.page->model.disruption_marker ==
	       *(const volatile __le64 *)&vmclock->disruption_marker;
}

static void check_followed(const char *event)
{
	int round, count = 0;
	__u32 sequence;

	for (round = 0; round < ROUNDS; round++) {
		sequence = *(const volatile __u32 *)&device.page->model.seq;
		guest_host_ok(event);
		/*
		 * One update may have been under way already. When the second one
		 * after it is seen, the notifier is through with the first.
		 */
		guest_wait_for_timekeeper();
		guest_wait_for_timekeeper();
		guest_wait_for_timekeeper();
		count += followed() &&
			 *(const volatile __u32 *)&device.page->model.seq != sequence;
	}
	guest_check(count == ROUNDS,
		    "%s: followed %d of %d times, with the next update of the timekeeper",
		    event, count, ROUNDS);
}

int main(void)
{
	guest_open(&device);
	if (!device.vmclock)
		guest_die("no VMClock page");
	/* vmhost's own updates would come between. */
	guest_host_ok("pause");
	check_followed("migrate 1000");
	check_followed("disrupt");
	guest_host_ok("resume");
	return guest_result();
}
