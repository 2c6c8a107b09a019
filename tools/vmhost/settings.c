// SPDX-License-Identifier: GPL-2.0-only
#include "settings.h"

#include <stdio.h>
#include <string.h>

#include "number.h"

static const struct option common[SETTINGS_COUNT] = {
	{ "socket", required_argument, NULL, SETTING_SOCKET },
	{ "host-maxerror", required_argument, NULL, SETTING_MAXERROR },
	{ "max-drift", required_argument, NULL, SETTING_DRIFT },
	{ "tai-offset", required_argument, NULL, SETTING_TAI },
	{ "interval", required_argument, NULL, SETTING_INTERVAL },
	{ "marker-only", no_argument, NULL, SETTING_MARKER },
	{ "help", no_argument, NULL, SETTING_HELP },
	{ "version", no_argument, NULL, SETTING_VERSION },
};

void settings_table(struct option *table, const struct option *own)
{
	memcpy(table, common, sizeof(common));
	for (table += SETTINGS_COUNT; own->name; own++)
		*table++ = *own;
	*table = *own;
}

void settings_init(struct settings *settings)
{
	*settings = (struct settings) {
		.interval = 1000,
		.options = { .max_drift = 50000 },
	};
}

const char *settings_take(struct settings *settings, int option, const char *argument)
{
	struct options *options = &settings->options;
	__u64 value;

	switch (option) {
	case SETTING_SOCKET:
		settings->socket = argument;
		return NULL;
	case SETTING_MAXERROR:
		options->clock.stated = true;
		return number_unsigned(argument, 1000000000000000ULL,
				       &options->clock.stated_maxerror) ?
			NULL : "--host-maxerror takes nanoseconds, up to 10^15";
	case SETTING_DRIFT:
		if (!number_thousandths(argument, 100000000, &value))
			return "--max-drift takes 0 to 100000, with at most three decimal places";
		options->max_drift = value;
		return NULL;
	case SETTING_TAI:
		if (!number_unsigned(argument, TAI_MAX, &value) || value < TAI_MIN)
			return "--tai-offset takes seconds, 10 to 255";
		options->tai_offset = value;
		return NULL;
	case SETTING_INTERVAL:
		return number_unsigned(argument, 3600000, &settings->interval) &&
		       settings->interval >= INTERVAL_MIN ?
			NULL : "--interval takes milliseconds, 20 to 3600000";
	case SETTING_MARKER:
		options->marker_only = true;
		return NULL;
	default:
		return "unknown option";
	}
}

int settings_usage(const char *what)
{
	fprintf(stderr, "vmhost: %s; try 'vmhost --help'\n", what);
	return EXIT_USAGE;
}

bool settings_bounded(const struct settings *settings)
{
	const char *trouble = hostclock_trouble(&settings->options.clock);

	if (!trouble || settings->options.marker_only)
		return true;
	fprintf(stderr,
		"vmhost: nobody vouches for this host's clock: %s: state how far it can be off with --host-maxerror NS\n",
		trouble);
	return false;
}
