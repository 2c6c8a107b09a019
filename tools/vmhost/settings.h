/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of vmhost that both "vmhost --ram" and "vmhost run" have.
 */
#ifndef VMHOST_SETTINGS_H
#define VMHOST_SETTINGS_H

#include <getopt.h>
#include <linux/types.h>
#include <stdbool.h>

#include "hypervisor.h"

#define EXIT_USAGE	2

/* Updates are due so far apart at least: twice NESTING_DISTANCE, as they can be late. */
#define INTERVAL_MIN	20	/* ms */

/**
 * struct settings - what they say
 * @socket: where to take commands, or NULL
 * @interval: time between updates, ms
 * @options: for the hypervisor
 */
struct settings {
	const char *socket;
	__u64 interval;
	struct options options;
};

/* For settings_take(); a program's own options begin at SETTING_OWN. */
enum setting {
	SETTING_SOCKET = 256,
	SETTING_MAXERROR,
	SETTING_DRIFT,
	SETTING_TAI,
	SETTING_INTERVAL,
	SETTING_MARKER,
	SETTING_HELP,
	SETTING_VERSION,
	SETTING_OWN,
};

#define SETTINGS_COUNT	8

/*
 * The options for getopt_long(), with a program's @own ones behind them: @table is
 * SETTINGS_COUNT longer than @own, which ends with one without a name.
 */
void settings_table(struct option *table, const struct option *own);

#define SETTINGS_HELP								\
"  --host-maxerror NS   the host's clock is, and stays, within NS of true time;\n" \
"                       needed unless ntpd or NTPsec keeps it\n"		\
"  --max-drift PPM      the counter's rate stays within PPM of what is measured\n" \
"                       at the start (50)\n"					\
"  --tai-offset N       TAI - UTC in seconds, if the kernel does not know\n"	\
"  --interval MS        time between updates of the page (1000)\n"		\
"  --marker-only        play a device that has a disruption marker and no time\n" \
"  --help, --version\n"

void settings_init(struct settings *settings);

/* Takes one option in; an error text if its argument is none. */
const char *settings_take(struct settings *settings, int option, const char *argument);

/* Says that the command line makes no sense; returns the exit code for that. */
int settings_usage(const char *what);

/* Does anybody vouch for the host's clock? Says so if not. */
bool settings_bounded(const struct settings *settings);

#endif /* VMHOST_SETTINGS_H */
