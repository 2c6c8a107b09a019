// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line.
 */
#include "options.h"

#include <err.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "number.h"
#include "parse.h"

/* Seconds from one reading of watch to the next. */
#define INTERVAL_DEFAULT	1.0
#define INTERVAL_MIN		0.001
#define INTERVAL_MAX		86400.0

/* The values of the options, in the order of long_options. */
enum {
	OPTION_FIRST = 256,
	OPTION_DEVICE = OPTION_FIRST,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_IOCTL,
	OPTION_INTERVAL,
	OPTION_COUNT,
	OPTION_TAI,
	OPTION_TIMEOUT,
	OPTION_MAX_WIDTH,
	OPTION_RAW,
	OPTION_MARKER,
	OPTION_END
};

static const struct option long_options[] = {
	{ "device", required_argument, NULL, OPTION_DEVICE },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "ioctl", no_argument, NULL, OPTION_IOCTL },
	{ "interval", required_argument, NULL, OPTION_INTERVAL },
	{ "count", required_argument, NULL, OPTION_COUNT },
	{ "tai", no_argument, NULL, OPTION_TAI },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "max-width", required_argument, NULL, OPTION_MAX_WIDTH },
	{ "raw", no_argument, NULL, OPTION_RAW },
	{ "marker", required_argument, NULL, OPTION_MARKER },
	{ NULL, 0, NULL, 0 }
};

#define SET(option)	(1u << ((option) - OPTION_FIRST))
#define COMMON		(SET(OPTION_DEVICE) | SET(OPTION_JSON) | SET(OPTION_HELP) | \
			 SET(OPTION_VERSION))

/* What stands behind the command; @text is NULL if nothing does. */
typedef void parse_argument(const char *text, struct options *options);

static parse_argument no_argument_taken, parse_until, parse_moment;

static const struct command {
	const char *name;
	command_function *run;
	const char *help;
	parse_argument *argument;
	unsigned int options;	/* besides COMMON */
} commands[] = {
	{ "status", command_status, help_status, no_argument_taken, 0 },
	{ "now", command_now, help_now, no_argument_taken, SET(OPTION_IOCTL) },
	{ "watch", command_watch, help_watch, no_argument_taken,
	  SET(OPTION_INTERVAL) | SET(OPTION_COUNT) },
	{ "wait", command_wait, help_wait, parse_until,
	  SET(OPTION_TAI) | SET(OPTION_TIMEOUT) | SET(OPTION_MAX_WIDTH) },
	{ "wait-sync", command_wait_sync, help_wait_sync, no_argument_taken,
	  SET(OPTION_TIMEOUT) | SET(OPTION_MAX_WIDTH) },
	{ "at", command_at, help_at, parse_moment, SET(OPTION_RAW) | SET(OPTION_MARKER) },
	{ "bench", command_bench, help_bench, no_argument_taken, 0 },
	{ NULL, NULL, NULL, NULL, 0 }
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

static __u64 parse_number(const char *name, const char *text, __u64 min, __u64 max)
{
	__u64 number;

	if (!number_unsigned(text, max, &number) || number < min)
		usage("%s %s: must be a number from %llu", name, text, min);
	return number;
}

static __s64 parse_limit(const char *name, const char *text)
{
	__s64 ns;

	if (!parse_duration(text, &ns))
		usage("%s %s: must be a duration with its unit, such as 60s, 1.5ms or 250us",
		      name, text);
	return ns;
}

/* 0 would mean any width. */
static __u64 parse_max_width(const char *text)
{
	__s64 ns = parse_limit("--max-width", text);

	if (!ns)
		usage("--max-width %s: no interval is so narrow", text);
	return (__u64)ns;
}

static void no_argument_taken(const char *text, struct options *options)
{
	(void)options;
	if (text)
		usage("%s: unexpected argument", text);
}

static void parse_until(const char *text, struct options *options)
{
	options->relative = !text || *text == '+';
	if (!text)
		return;
	if (options->relative ? !parse_duration(text + 1, &options->until) :
				!parse_time(text, &options->until))
		usage("%s: must be a time such as 2026-11-21T05:30:00Z, ns since 1970, "
		      "or a duration from now on such as +1.5ms", text);
}

static void parse_moment(const char *text, struct options *options)
{
	if (!text)
		usage("at needs the counter value of a moment, or with --raw its "
		      "CLOCK_MONOTONIC_RAW");
	options->moment = parse_number("at", text, 0, ~0ULL);
}

static const struct command *find_command(const char *name)
{
	const struct command *command;

	for (command = commands; command->name; command++) {
		if (!strcmp(name, command->name))
			return command;
	}
	if (!strcmp(name, "sync"))
		usage("sync stands before its options");
	usage("%s: no such command; clockboundctl --help lists them", name);
}

static void refuse_option(int option)
{
	const struct command *command;
	char names[64] = "";

	for (command = commands; command->name; command++) {
		if (command->options & SET(option))
			snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
				 *names ? " and " : "", command->name);
	}
	usage("--%s is an option of %s", long_options[option - OPTION_FIRST].name, names);
}

static void check_options(const struct command *command, unsigned int given)
{
	int option;

	for (option = OPTION_FIRST; option < OPTION_END; option++) {
		if (given & SET(option) & ~(command->options | COMMON))
			refuse_option(option);
	}
	/* One of today would hide a disruption since that moment. */
	if (command->run == command_at && !(given & SET(OPTION_MARKER)))
		usage("at needs --marker, the disruption_marker of a reading taken before "
		      "that moment (clockboundctl now --json): without it a disruption "
		      "since then would go unnoticed");
}

/* Returns which option it was. */
static int parse_option(int option, struct options *options)
{
	switch (option) {
	case OPTION_DEVICE:
		options->device = optarg;
		return option;
	case OPTION_JSON:
		options->json = true;
		return option;
	case OPTION_IOCTL:
		options->ioctl = true;
		return option;
	case 'i':
	case OPTION_INTERVAL:
		options->interval_ns = parse_interval(optarg);
		return OPTION_INTERVAL;
	case 'n':
	case OPTION_COUNT:
		options->count = parse_number("--count", optarg, 1, ~0UL);
		return OPTION_COUNT;
	case OPTION_TAI:
		options->tai = true;
		return option;
	case OPTION_TIMEOUT:
		options->timeout = parse_limit("--timeout", optarg);
		return option;
	case OPTION_MAX_WIDTH:
		options->max_width = parse_max_width(optarg);
		return option;
	case OPTION_RAW:
		options->raw = true;
		return option;
	case OPTION_MARKER:
		options->marker = parse_number("--marker", optarg, 0, ~0ULL);
		return option;
	case OPTION_HELP:
		return option;
	case OPTION_VERSION:
		puts("clockboundctl " CLOCKBOUND_VERSION);
		exit(EXIT_SUCCESS);
	default:
		fputs("Try 'clockboundctl --help'.\n", stderr);
		exit(EXIT_USAGE);
	}
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
	const struct command *command;
	unsigned int given = 0;
	int option;

	*options = (struct options){
		.device = CLOCKBOUND_DEVICE_PATH,
		.interval_ns = (__s64)(INTERVAL_DEFAULT * 1e9),
		.timeout = CLOCKBOUND_FOREVER,
	};
	while ((option = getopt_long(argc, argv, "i:n:", long_options, NULL)) != -1)
		given |= SET(parse_option(option, options));
	if (optind == argc && given & SET(OPTION_HELP)) {
		fputs(help, stdout);
		exit(EXIT_SUCCESS);
	}
	if (optind == argc)
		usage("no command; clockboundctl --help lists them");
	command = find_command(argv[optind++]);
	if (given & SET(OPTION_HELP)) {
		fputs(command->help, stdout);
		exit(EXIT_SUCCESS);
	}
	command->argument(optind < argc ? argv[optind++] : NULL, options);
	if (optind < argc)
		usage("%s: unexpected argument", argv[optind]);
	check_options(command, given);
	return command->run;
}
