// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line.
 */
#include "options.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seconds from one reading of watch to the next. */
#define INTERVAL_DEFAULT	1.0
#define INTERVAL_MIN		0.001
#define INTERVAL_MAX		86400.0

static const char help[] =
	"Usage: clockboundctl COMMAND [OPTION...]\n"
	"\n"
	"Asks /dev/clockbound for the interval that contains the true time.\n"
	"\n"
	"Commands:\n"
	"  status  one reading, and what the module says about its sources\n"
	"  now     one reading\n"
	"  watch   one reading after the other, live on a terminal\n"
	"  sync    the synchronization daemon: see clockboundctl sync --help\n"
	"\n"
	"Options:\n"
	"  --device PATH            use this device instead of /dev/clockbound\n"
	"  --json                   print JSON; watch prints an object a line\n"
	"  --ioctl                  now: take the reading by a system call\n"
	"  -i, --interval SECONDS   watch: from one reading to the next (1)\n"
	"  -n, --count N            watch: end after N readings\n"
	"  --help                   print this help\n"
	"  --version                print the version\n"
	"\n"
	"Exit codes: 0 the interval can be trusted (synchronized or free running),\n"
	"1 failure, 2 wrong usage, 3 the interval cannot be trusted (unknown or\n"
	"disrupted).\n";

enum {
	OPTION_DEVICE = 256,
	OPTION_JSON,
	OPTION_IOCTL,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "device", required_argument, NULL, OPTION_DEVICE },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "ioctl", no_argument, NULL, OPTION_IOCTL },
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'n' },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 }
};

static const struct command {
	const char *name;
	command_function *run;
} commands[] = {
	{ "status", command_status },
	{ "now", command_now },
	{ "watch", command_watch },
	{ NULL, NULL }
};

__attribute__((noreturn, format(printf, 1, 2)))
static void usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vwarnx(format, arguments);
	va_end(arguments);
	fputs("Try 'clockboundctl --help'.\n", stderr);
	exit(EXIT_USAGE);
}

static __s64 parse_interval(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= INTERVAL_MIN && seconds <= INTERVAL_MAX))
		usage("--interval %s: must be a number of seconds from %g to %g", text,
		      INTERVAL_MIN, INTERVAL_MAX);
	return (__s64)(seconds * 1e9);
}

static unsigned long parse_count(const char *text)
{
	unsigned long count;
	char *end;

	errno = 0;
	count = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || !count)
		usage("--count %s: must be a number from 1", text);
	return count;
}

static command_function *find_command(const char *name)
{
	const struct command *command;

	for (command = commands; command->name; command++) {
		if (!strcmp(name, command->name))
			return command->run;
	}
	if (!strcmp(name, "sync"))
		usage("sync stands before its options");
	usage("%s: no such command; there are status, now, watch and sync", name);
}

/**
 * options_parse() - read the command line
 * @argc: as main() got it
 * @argv: as main() got it; is reordered
 * @options: where the options go
 *
 * Does not return if the command line is wrong or asks for help only.
 *
 * Return: the command.
 */
command_function *options_parse(int argc, char **argv, struct options *options)
{
	bool watch_only = false;
	command_function *command;
	int option;

	*options = (struct options){
		.device = CLOCKBOUND_DEVICE_PATH,
		.interval_ns = (__s64)(INTERVAL_DEFAULT * 1e9),
	};
	while ((option = getopt_long(argc, argv, "i:n:", long_options, NULL)) != -1) {
		switch (option) {
		case OPTION_DEVICE:
			options->device = optarg;
			break;
		case OPTION_JSON:
			options->json = true;
			break;
		case OPTION_IOCTL:
			options->ioctl = true;
			break;
		case 'i':
			options->interval_ns = parse_interval(optarg);
			watch_only = true;
			break;
		case 'n':
			options->count = parse_count(optarg);
			watch_only = true;
			break;
		case OPTION_HELP:
			fputs(help, stdout);
			exit(EXIT_SUCCESS);
		case OPTION_VERSION:
			puts("clockboundctl " CLOCKBOUND_VERSION);
			exit(EXIT_SUCCESS);
		default:
			fputs("Try 'clockboundctl --help'.\n", stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind == argc)
		usage("no command: status, now or watch");
	command = find_command(argv[optind++]);
	if (optind < argc)
		usage("%s: unexpected argument", argv[optind]);
	if (options->ioctl && command != command_now)
		usage("--ioctl is an option of now");
	if (watch_only && command != command_watch)
		usage("--interval and --count are options of watch");
	return command;
}
