// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device as sync uses it, where the C library's fcntl() and adjtimex() answer as they
 * are told.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include "fake_device.h"
#include "reporter.h"

static struct fake_device fake;
static int fcntl_error, timex_status;

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (command == F_SETFL && fcntl_error) {
		errno = fcntl_error;
		return -1;
	}
	return (int)syscall(SYS_fcntl, fd, command, argument);
}

int adjtimex(struct timex *timex)
{
	assert_int_equal(timex->modes, 0);
	timex->status = timex_status;
	return TIME_OK;
}

FIXTURE(setup)
{
	fake_device_create(&fake);
	*fake_marker(&fake) = 5;
	fcntl_error = 0;
	timex_status = 0;
	return 0;
}

FIXTURE(teardown)
{
	fake_device_remove(&fake);
	return 0;
}

/* Nobody can give back what is not there. */
TEST_F(not_opened)
{
	struct clockbound_device *device = (void *)&fake;

	fcntl_error = EPERM;
	assert_int_equal(reporter_open(&device, fake.path), -EPERM);
	assert_null(device);
	assert_int_equal(reporter_open(&device, "/nowhere"), -ENOENT);
	assert_null(device);
}

/* The module cannot see that a second is to be left out: the report has to say so. */
TEST_F(leap_seconds)
{
	static const struct {
		int status;
		__u32 flags;
	} table[] = {
		{ 0, 0 },
		{ STA_PLL | STA_INS, 0 },
		{ STA_DEL, CLOCKBOUND_REPORT_LEAP_DELETE },
		{ STA_PLL | STA_DEL | STA_NANO, CLOCKBOUND_REPORT_LEAP_DELETE },
	};
	struct clockbound_report report = { .size = sizeof(report), .disruption_marker = 5 };
	struct clockbound_device *device;
	size_t i;

	assert_int_equal(reporter_open(&device, fake.path), 0);
	for (i = 0; i < COUNT(table); i++) {
		timex_status = table[i].status;
		assert_int_equal(reporter_report(device, &report), 0);
		assert_int_equal(fake.daemon->reports, i + 1);
		assert_int_equal(fake.daemon->report[i].flags, table[i].flags);
	}
	clockbound_device_close(device);
}

TEST_MAIN(NULL, NULL)
