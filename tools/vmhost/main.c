// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmhost: the hypervisor's side of a VMClock.
 */
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "host.h"
#include "inspect.h"
#include "number.h"
#include "region.h"
#include "run.h"
#include "settings.h"
#include "shared.h"

#define REGION	4096

static const char help[] =
"Usage: vmhost run [OPTION...] -- QEMU-ARGUMENT...\n"
"       vmhost --ram FILE --offset N --socket PATH [OPTION...]\n"
"       vmhost ctl PATH COMMAND [ARGUMENT...]\n"
"       vmhost inspect FILE [--json]\n"
"\n"
"The hypervisor's side of a VMClock: fills its page in a virtual machine's memory\n"
"from the host's clock, with a maximum error that holds.\n"
"\n"
"'vmhost run' starts a QEMU machine with such a VMClock: see 'vmhost run --help'.\n"
"Without 'run', the machine is somebody else's:\n"
"\n"
"  --ram FILE           the virtual machine's memory, a shared file\n"
"  --offset N           where in FILE the VMClock page is\n"
"  --socket PATH        where to take commands\n"
"  --shared FILE        the memory of the machine's ivshmem device, needed for\n"
"                       'handshake' and 'check'\n"
SETTINGS_HELP
"\n"
"Commands: 'vmhost ctl PATH help' lists those of the socket at PATH, vmhost(8)\n"
"explains them.\n";

/**
 * struct arguments - the command line
 * @settings: the options that 'run' has, too
 * @ram: a file
 * @shared: a file, or NULL
 * @offset: in @ram
 * @offset_given: it was said
 */
struct arguments {
	struct settings settings;
	const char *ram;
	const char *shared;
	__u64 offset;
	bool offset_given;
};

enum {
	OPTION_RAM = SETTING_OWN,
	OPTION_OFFSET,
	OPTION_SHARED,
};

static const struct option own_options[] = {
	{ "ram", required_argument, NULL, OPTION_RAM },
	{ "offset", required_argument, NULL, OPTION_OFFSET },
	{ "shared", required_argument, NULL, OPTION_SHARED },
	{ NULL, 0, NULL, 0 },
};

/* Takes one option in; an error text if its argument is none. */
static const char *take(struct arguments *arguments, int option)
{
	switch (option) {
	case OPTION_RAM:
		arguments->ram = optarg;
		return NULL;
	case OPTION_SHARED:
		arguments->shared = optarg;
		return NULL;
	case OPTION_OFFSET:
		arguments->offset_given = true;
		return number_unsigned(optarg, ~0ULL, &arguments->offset) ?
			NULL : "--offset takes a number of bytes";
	default:
		return settings_take(&arguments->settings, option, optarg);
	}
}

/* Returns an exit code, or -1 to go on. */
static int parse(struct arguments *arguments, int argc, char **argv)
{
	struct option options[SETTINGS_COUNT + sizeof(own_options) / sizeof(own_options[0])];
	const char *error;
	int option;

	settings_table(options, own_options);
	*arguments = (struct arguments) { .ram = NULL };
	settings_init(&arguments->settings);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case '?':
			return EXIT_USAGE;
		case SETTING_HELP:
			fputs(help, stdout);
			return 0;
		case SETTING_VERSION:
			puts("vmhost (clockbound) " VMHOST_VERSION);
			return 0;
		}
		error = take(arguments, option);
		if (error)
			return settings_usage(error);
	}
	if (optind < argc)
		return settings_usage("there is an argument too many");
	if (!arguments->ram || !arguments->offset_given || !arguments->settings.socket)
		return settings_usage("--ram, --offset and --socket are needed");
	return -1;
}

/* The page and, if there is one, the memory for the handshake. Says why not. */
static bool open_memory(const struct arguments *arguments, struct region *page,
			struct region *shared)
{
	struct region_error error;
	char text[200];

	if (!region_open(page, arguments->ram, arguments->offset, REGION))
		return false;
	if (!arguments->shared)
		return true;
	if (!region_open_all(shared, arguments->shared))
		return false;
	if (shared->memory.size < VMHOST_RECORDS_OFFSET) {
		fprintf(stderr,
			"vmhost: %s: shorter than the 64 KiB that the handshake needs\n",
			arguments->shared);
		return false;
	}
	if (!region_apart(page, shared, &error)) {
		region_error_text(&error, text, sizeof(text));
		fprintf(stderr, "vmhost: --ram and --shared: %s\n", text);
		return false;
	}
	return true;
}

static int serve(const struct arguments *arguments)
{
	struct region page, shared = { .file = -1 };
	static struct host host;

	if (!settings_bounded(&arguments->settings))
		return 1;
	hostclock_check_counter();
	if (!open_memory(arguments, &page, &shared) ||
	    !host_open(&host, &arguments->settings, page.memory, shared.memory))
		return 1;
	puts("ready");
	fflush(stdout);
	while (!host_signalled() && !host.control.stop)
		host_turn(&host);
	host_close(&host);
	region_release(&shared);
	region_release(&page);
	return 0;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	int code;

	if (argc > 1 && !strcmp(argv[1], "ctl")) {
		if (argc < 4)
			return settings_usage("ctl needs the socket and a command");
		return ctl_run(argv[2], argc - 3, argv + 3);
	}
	if (argc > 1 && !strcmp(argv[1], "run"))
		return run(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "inspect"))
		return inspect_run(argc - 1, argv + 1);
	code = parse(&arguments, argc, argv);
	if (code >= 0)
		return code;
	host_catch_signals();
	return serve(&arguments);
}
