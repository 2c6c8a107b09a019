// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line of clockboundctl sync.
 */
#include "sync_options.h"

#include <err.h>
#include <getopt.h>
#include <linux/clockbound.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chrony.h"
#include "command.h"

#define PPB_PER_PPM		1000
#define MAX_DRIFT_DEFAULT	PPB_PER_PPM
#define MAX_DRIFT_LIMIT_PPM	(CLOCKBOUND_DRIFT_LIMIT_PPB / PPB_PER_PPM)
#define REF_ID_LENGTH		4

static const char help[] =
	"Usage: clockboundctl sync [OPTION...]\n"
	"\n"
	"Tells /dev/clockbound what the true time is, once a second at least, and\n"
	"has it measured again at once after a disruption. Runs until SIGTERM.\n"
	"\n"
	"Options:\n"
	"  --source chrony|adjtimex  who says so (chrony)\n"
	"  --chrony-socket PATH      chronyd's socket\n"
	"                            (" CHRONY_SOCKET ")\n"
	"  --max-drift-rate PPM      how fast the oscillator drifts at most (1)\n"
	"  -r, --phc-ref-id REFID    chronyd's name for the PTP hardware clock of\n"
	"  -i, --phc-interface NAME  this network interface, whose error is added\n"
	"  --disable-clock-disruption-support\n"
	"                            do not look at disruptions\n"
	"  --device PATH             use this device instead of /dev/clockbound\n"
	"  --help                    print this help\n"
	"\n"
	"Signals: SIGUSR1 disrupts by hand, SIGUSR2 ends that. See\n"
	"clockboundctl-sync(8).\n";

enum {
	OPTION_SOURCE = 256,
	OPTION_CHRONY_SOCKET,
	OPTION_MAX_DRIFT,
	OPTION_NO_DISRUPTIONS,
	OPTION_DEVICE,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{ "source", required_argument, NULL, OPTION_SOURCE },
	{ "chrony-socket", required_argument, NULL, OPTION_CHRONY_SOCKET },
	{ "max-drift-rate", required_argument, NULL, OPTION_MAX_DRIFT },
	{ "phc-ref-id", required_argument, NULL, 'r' },
	{ "phc-interface", required_argument, NULL, 'i' },
	{ "disable-clock-disruption-support", no_argument, NULL, OPTION_NO_DISRUPTIONS },
	{ "device", required_argument, NULL, OPTION_DEVICE },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 }
};

__attribute__((noreturn))
static void try_help(void)
{
	fputs("Try 'clockboundctl sync --help'.\n", stderr);
	exit(EXIT_USAGE);
}

__attribute__((noreturn, format(printf, 1, 2)))
static void usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vwarnx(format, arguments);
	va_end(arguments);
	try_help();
}

static bool parse_source(const char *text)
{
	if (!strcmp(text, "chrony"))
		return false;
	if (!strcmp(text, "adjtimex"))
		return true;
	usage("--source %s: must be chrony or adjtimex", text);
}

/* Rounded up: a drift is a promise. */
static __u32 parse_max_drift(const char *text)
{
	char *end;
	double ppm = strtod(text, &end);
	double ppb = ppm * PPB_PER_PPM;
	__u32 whole;

	if (end == text || *end || !(ppm >= 0 && ppm <= MAX_DRIFT_LIMIT_PPM - 1))
		usage("--max-drift-rate %s: must be a number of ppm from 0 to %d", text,
		      MAX_DRIFT_LIMIT_PPM - 1);
	whole = (__u32)ppb;
	return whole < ppb ? whole + 1 : whole;
}

/* As chronyd has it: up to four characters without blanks, padded with zeros. */
static __u32 parse_ref_id(const char *text)
{
	size_t length = strlen(text), i;
	__u32 ref_id = 0;

	if (!length || length > REF_ID_LENGTH)
		usage("--phc-ref-id %s: must have 1 to %d characters", text, REF_ID_LENGTH);
	for (i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			usage("--phc-ref-id %s: must be letters, digits and the like", text);
	}
	for (i = 0; i < REF_ID_LENGTH; i++)
		ref_id = ref_id << 8 | (i < length ? (unsigned char)text[i] : 0);
	return ref_id;
}

static const char *parse_interface(const char *text)
{
	if (!*text || strchr(text, '/') || text[0] == '.')
		usage("--phc-interface %s: must be the name of a network interface", text);
	return text;
}

/**
 * sync_options_parse() - read the command line
 * @argc: the number of words from "sync" on
 * @argv: the words from "sync" on; is reordered
 * @options: where the options go
 *
 * Does not return if the command line is wrong or asks for help only.
 */
void sync_options_parse(int argc, char **argv, struct sync_options *options)
{
	bool chrony_only = false;
	int option;

	*options = (struct sync_options){
		.device = CLOCKBOUND_DEVICE_PATH,
		.chrony_socket = CHRONY_SOCKET,
		.disruptions = true,
		.max_drift = MAX_DRIFT_DEFAULT,
	};
	while ((option = getopt_long(argc, argv, "r:i:", long_options, NULL)) != -1) {
		switch (option) {
		case OPTION_SOURCE:
			options->adjtimex = parse_source(optarg);
			break;
		case OPTION_CHRONY_SOCKET:
			options->chrony_socket = optarg;
			chrony_only = true;
			break;
		case OPTION_MAX_DRIFT:
			options->max_drift = parse_max_drift(optarg);
			break;
		case 'r':
			options->phc_ref_name = optarg;
			options->phc_ref_id = parse_ref_id(optarg);
			chrony_only = true;
			break;
		case 'i':
			options->phc_interface = parse_interface(optarg);
			chrony_only = true;
			break;
		case OPTION_NO_DISRUPTIONS:
			options->disruptions = false;
			break;
		case OPTION_DEVICE:
			options->device = optarg;
			break;
		case OPTION_HELP:
			fputs(help, stdout);
			exit(EXIT_SUCCESS);
		default:
			try_help();
		}
	}
	if (optind < argc)
		usage("%s: unexpected argument", argv[optind]);
	if (!options->phc_ref_name != !options->phc_interface)
		usage("--phc-ref-id and --phc-interface go together");
	if (options->adjtimex && chrony_only)
		usage("--source adjtimex has no use for options about chronyd");
}
