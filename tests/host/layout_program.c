// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the layout of the ABI, and what the library makes of a device that has
 * only ioctls: the same on a machine with 32 bits as on one with 64.
 */
#include <clockbound.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SIZE(name)		printf(#name " %u\n", (unsigned int)sizeof(struct name))
#define OFFSET(name, field) \
	printf(#name "." #field " %u\n", (unsigned int)offsetof(struct name, field))
#define COMMAND(name)		printf(#name " %lx\n", (unsigned long)name)

static void print_layout(void)
{
	SIZE(clockbound_model);
	OFFSET(clockbound_model, counter_shift);
	OFFSET(clockbound_model, leap_day);
	OFFSET(clockbound_model, status);
	OFFSET(clockbound_model, tai_offset);
	OFFSET(clockbound_model, counter_value);
	OFFSET(clockbound_model, registered_generation);
	SIZE(clockbound_realtime);
	OFFSET(clockbound_realtime, rate);
	SIZE(clockbound_page);
	OFFSET(clockbound_page, model);
	OFFSET(clockbound_page, realtime);
	OFFSET(clockbound_page, disruptions);
	SIZE(clockbound_reading);
	OFFSET(clockbound_reading, earliest);
	OFFSET(clockbound_reading, tai_offset);
	OFFSET(clockbound_reading, max_width);
	SIZE(clockbound_wait);
	OFFSET(clockbound_wait, until);
	OFFSET(clockbound_wait, max_width);
	SIZE(clockbound_info);
	OFFSET(clockbound_info, counter_id);
	SIZE(clockbound_report);
	OFFSET(clockbound_report, time);
	OFFSET(clockbound_report, max_drift);
	OFFSET(clockbound_report, disruption_marker);
	SIZE(clockbound_disrupt);
	SIZE(clockbound_register);
	OFFSET(clockbound_register, fd);
	SIZE(clockbound_unregister);
	SIZE(clockbound_event);
	OFFSET(clockbound_event, changes);
	OFFSET(clockbound_event, reserved);

	COMMAND(CLOCKBOUND_INFO);
	COMMAND(CLOCKBOUND_NOW);
	COMMAND(CLOCKBOUND_REPORT);
	COMMAND(CLOCKBOUND_DISRUPT);
	COMMAND(CLOCKBOUND_AT);
	COMMAND(CLOCKBOUND_WAIT);
	COMMAND(CLOCKBOUND_WAIT_SYNC);
	COMMAND(CLOCKBOUND_REGISTER);
	COMMAND(CLOCKBOUND_UNREGISTER);
}

static struct clockbound_reading answer = {
	.earliest = 1700000000123456789LL,
	.latest = 1700000000123457789LL,
	.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
	.flags = CLOCKBOUND_MODEL_TAI,
	.tai_offset = 37,
};

/* In place of the C library's: any file is a device. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	(void)fd;
	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == CLOCKBOUND_NOW || request == CLOCKBOUND_AT)
		memcpy(argument, &answer, sizeof(answer));
	return 0;
}

static void print_reading(const char *name, const struct clockbound_reading *reading)
{
	__s64 earliest, latest;
	int tai = clockbound_reading_tai(reading, &earliest, &latest);

	printf("%s %lld %llu %d %lld %lld\n", name, (long long)reading->earliest,
	       (unsigned long long)clockbound_reading_width(reading), tai,
	       (long long)earliest, (long long)latest);
}

static int use_library(void)
{
	struct clockbound_device *device;
	struct clockbound_reading reading;
	clockbound_now_result result;
	clockbound_ctx *ctx;

	if (clockbound_device_open(&device, "/dev/null"))
		return 1;
	printf("mapped %d\n", clockbound_device_mapped(device));
	printf("now %d\n", clockbound_read(device, &reading));
	print_reading("now", &reading);
	printf("within %d\n", clockbound_read_within(device, &reading, 999));
	printf("at %d\n", clockbound_read_at_counter(device, &reading, 1ULL << 40, 1));
	print_reading("at", &reading);
	printf("wait %d\n", clockbound_wait_past(device, &reading, CLOCKBOUND_FOREVER));
	clockbound_device_close(device);

	ctx = clockbound_open("/dev/null", NULL);
	if (!ctx || clockbound_now(ctx, &result))
		return 1;
	printf("client %lld.%09ld %lld.%09ld\n", (long long)result.earliest.tv_sec,
	       (long)result.earliest.tv_nsec, (long long)result.latest.tv_sec,
	       (long)result.latest.tv_nsec);

	answer.earliest = CLOCKBOUND_TIME_MIN;
	answer.latest = CLOCKBOUND_TIME_MAX;
	if (clockbound_now(ctx, &result))
		return 1;
	/* Where time_t ends first, it ends. */
	printf("unlimited %d %d\n",
	       (long long)result.earliest.tv_sec <= -0x7fffffffLL - 1,
	       (long long)result.latest.tv_sec >= 0x7fffffffLL);
	clockbound_close(ctx);
	return 0;
}

int main(void)
{
	print_layout();
	return use_library();
}
