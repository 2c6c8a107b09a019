// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl status: a reading, and what the module says about it.
 */
#include <err.h>
#include <string.h>

#include "command.h"
#include "json.h"
#include "reading.h"
#include "sysfs.h"

static const struct {
	const char *label;
	const char *file;
	bool number;
} values[] = {
	{ "source:       ", "source", false },
	{ "vmclock:      ", "vmclock", false },
	{ "marker:       ", "disruption_marker", true },
	{ "generation:   ", "vm_generation", true },
	{ "publications: ", "publications", true },
	{ "disruptions:  ", "disruptions", true },
	{ NULL, NULL, false }
};

static const char *counter_text(__u8 counter_id)
{
	switch (counter_id) {
	case CLOCKBOUND_COUNTER_ARM_VCNT:
		return "arm virtual counter";
	case CLOCKBOUND_COUNTER_X86_TSC:
		return "tsc";
	case CLOCKBOUND_COUNTER_NONE:
		return "unusable";
	default:
		return "unknown to this program";
	}
}

static void print(const struct options *options, const struct clockbound_device *device,
		  const struct clockbound_reading *reading,
		  const struct clockbound_info *info)
{
	char value[SYSFS_VALUE_SIZE];
	size_t i;

	reading_print(stdout, reading);
	printf("device:       %s\n", options->device);
	printf("readings:     %s\n", clockbound_device_mapped(device) ?
	       "from the clock page, no system call" : "by system call");
	printf("counter:      %s\n", counter_text(info->counter_id));
	for (i = 0; values[i].file; i++) {
		if (sysfs_read(SYSFS_DIRECTORY, values[i].file, value))
			printf("%s%s\n", values[i].label, value);
	}
}

static void print_json(const struct clockbound_device *device,
		       const struct clockbound_reading *reading,
		       const struct clockbound_info *info)
{
	char value[SYSFS_VALUE_SIZE];
	size_t i;

	fputs("{\"reading\":{", stdout);
	reading_print_json(stdout, reading);
	printf("},\"mapped\":%s,\"page_version\":%u,\"counter\":",
	       clockbound_device_mapped(device) ? "true" : "false", info->page_version);
	json_print_string(stdout, counter_text(info->counter_id));
	for (i = 0; values[i].file; i++) {
		printf(",\"%s\":", values[i].file);
		if (!sysfs_read(SYSFS_DIRECTORY, values[i].file, value))
			fputs("null", stdout);
		else if (values[i].number)
			json_print_number(stdout, value);
		else
			json_print_string(stdout, value);
	}
	puts("}");
}

/**
 * command_status() - clockboundctl status
 * @options: the options
 * @device: the device
 *
 * Return: an exit code.
 */
int command_status(const struct options *options, const struct clockbound_device *device)
{
	struct clockbound_reading reading;
	struct clockbound_info info;
	int error;

	error = clockbound_read(device, &reading);
	if (!error)
		error = clockbound_info_get(device, &info);
	if (error) {
		warnx("%s: no answer: %s", options->device, strerror(-error));
		return EXIT_FAILED;
	}

	if (options->json)
		print_json(device, &reading, &info);
	else
		print(options, device, &reading, &info);
	return reading_trusted(&reading) ? EXIT_TRUSTED : EXIT_NOT_TRUSTED;
}
