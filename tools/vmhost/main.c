// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmhost: the hypervisor's side of a VMClock.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "ctl.h"
#include "loop.h"
#include "monotonic.h"
#include "number.h"
#include "region.h"
#include "server.h"
#include "shared.h"

#define EXIT_USAGE	2
#define SAMPLE_MS	10
#define INTERVAL_MIN	20	/* so that rounding cannot break the nesting, ms */
#define REGION		4096

static const char help[] =
"Usage: vmhost --ram FILE --offset N --socket PATH [OPTION...]\n"
"       vmhost ctl PATH COMMAND [ARGUMENT...]\n"
"\n"
"Plays the hypervisor for a virtual machine: fills the VMClock page in its memory\n"
"from the host's clock, with a maximum error that holds.\n"
"\n"
"  --ram FILE           the virtual machine's memory, a shared file\n"
"  --offset N           where in FILE the VMClock page is\n"
"  --socket PATH        where to take commands\n"
"  --shared FILE        the memory of the machine's ivshmem device, needed for\n"
"                       'handshake' and 'check'\n"
"  --host-maxerror NS   the host's clock is, and stays, within NS of true time;\n"
"                       needed unless ntpd or NTPsec keeps it\n"
"  --max-drift PPM      the counter's rate stays within PPM of what is measured\n"
"                       at the start (50)\n"
"  --tai-offset N       TAI - UTC in seconds, if the kernel does not know\n"
"  --interval MS        time between updates of the page (1000)\n"
"  --marker-only        play a device that has a disruption marker and no time\n"
"  --help, --version\n"
"\n"
"Commands: 'vmhost ctl PATH help' lists them, vmhost(8) explains them.\n";

struct arguments {
	const char *ram;
	const char *shared;
	const char *socket;
	__u64 offset;
	bool offset_given;
	__u64 interval;
	struct options options;
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

static int usage(const char *what)
{
	fprintf(stderr, "vmhost: %s; try 'vmhost --help'\n", what);
	return EXIT_USAGE;
}

enum {
	OPTION_RAM = 256,
	OPTION_OFFSET,
	OPTION_SOCKET,
	OPTION_SHARED,
	OPTION_MAXERROR,
	OPTION_DRIFT,
	OPTION_TAI,
	OPTION_INTERVAL,
	OPTION_MARKER,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "ram", required_argument, NULL, OPTION_RAM },
	{ "offset", required_argument, NULL, OPTION_OFFSET },
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "shared", required_argument, NULL, OPTION_SHARED },
	{ "host-maxerror", required_argument, NULL, OPTION_MAXERROR },
	{ "max-drift", required_argument, NULL, OPTION_DRIFT },
	{ "tai-offset", required_argument, NULL, OPTION_TAI },
	{ "interval", required_argument, NULL, OPTION_INTERVAL },
	{ "marker-only", no_argument, NULL, OPTION_MARKER },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* Takes one option in; an error text if its argument is none. */
static const char *take(struct arguments *arguments, int option)
{
	struct options *options = &arguments->options;
	__u64 value;

	switch (option) {
	case OPTION_RAM:
		arguments->ram = optarg;
		return NULL;
	case OPTION_SOCKET:
		arguments->socket = optarg;
		return NULL;
	case OPTION_SHARED:
		arguments->shared = optarg;
		return NULL;
	case OPTION_OFFSET:
		arguments->offset_given = true;
		return number_unsigned(optarg, ~0ULL, &arguments->offset) ?
			NULL : "--offset takes a number of bytes";
	case OPTION_MAXERROR:
		options->clock.stated = true;
		return number_unsigned(optarg, 1000000000000000ULL,
				       &options->clock.stated_maxerror) ?
			NULL : "--host-maxerror takes nanoseconds, up to 10^15";
	case OPTION_DRIFT:
		if (!number_thousandths(optarg, 100000000, &value))
			return "--max-drift takes 0 to 100000, with at most three decimal places";
		options->max_drift = value;
		return NULL;
	case OPTION_TAI:
		if (!number_unsigned(optarg, TAI_MAX, &value) || value < TAI_MIN)
			return "--tai-offset takes seconds, 10 to 255";
		options->tai_offset = value;
		return NULL;
	case OPTION_INTERVAL:
		return number_unsigned(optarg, 3600000, &arguments->interval) &&
		       arguments->interval >= INTERVAL_MIN ?
			NULL : "--interval takes milliseconds, 20 to 3600000";
	case OPTION_MARKER:
		options->marker_only = true;
		return NULL;
	default:
		return "unknown option";
	}
}

/* Returns an exit code, or -1 to go on. */
static int parse(struct arguments *arguments, int argc, char **argv)
{
	const char *error;
	int option;

	*arguments = (struct arguments) {
		.interval = 1000,
		.options = { .max_drift = 50000 },
	};
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case '?':
			return EXIT_USAGE;
		case OPTION_HELP:
			fputs(help, stdout);
			return 0;
		case OPTION_VERSION:
			puts("vmhost (clockbound) " VMHOST_VERSION);
			return 0;
		}
		error = take(arguments, option);
		if (error)
			return usage(error);
	}
	if (optind < argc)
		return usage("there is an argument too many");
	if (!arguments->ram || !arguments->offset_given || !arguments->socket)
		return usage("--ram, --offset and --socket are needed");
	return -1;
}

static bool clock_is_bounded(const struct options *options)
{
	const char *trouble = hostclock_trouble(&options->clock);

	if (!trouble || options->marker_only)
		return true;
	fprintf(stderr,
		"vmhost: nobody vouches for this host's clock: %s: state how far it can be off with --host-maxerror NS\n",
		trouble);
	return false;
}

static bool handle(void *context, int id, char *line, char *answer)
{
	return control_command(context, id, line, answer, SERVER_ANSWER);
}

static void serve(struct control *control, struct server *server,
		  struct loop *loop, __u64 interval)
{
	__s64 sample_due = monotonic_ns();
	__s64 update_due = sample_due;
	char answer[SERVER_ANSWER];
	sigset_t none;

	sigemptyset(&none);
	while (!ended && !control->stop) {
		__s64 now = monotonic_ns();
		__s64 rest;

		if (now >= sample_due) {
			hypervisor_sample(&control->hv);
			sample_due = now + SAMPLE_MS * 1000000;
		}
		if (now >= update_due) {
			hypervisor_update(&control->hv);
			update_due += interval * 1000000;
			if (update_due < now + INTERVAL_MIN * 1000000)
				update_due = now + INTERVAL_MIN * 1000000;
		}
		if (control_busy(control) &&
		    control_handshake(control, answer, sizeof(answer)))
			server_answer(server, control->waiting, answer);

		rest = sample_due - monotonic_ns();
		if (rest < 0 || control->handshake.state == HANDSHAKE_RUNNING)
			rest = 0;
		else if (control_busy(control) && rest > 1000000)
			rest = 1000000;
		loop_run(loop, &(struct timespec) { .tv_nsec = rest }, &none);
	}
	if (control_busy(control)) {
		handshake_abort(&control->handshake, "vmhost ends");
		server_answer(server, control->waiting, "error: vmhost ends");
	}
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

static int run(const struct arguments *arguments)
{
	static struct control control;
	static struct server server;
	struct loop loop = { 0 };
	struct region page, shared = { .file = -1 };

	if (!clock_is_bounded(&arguments->options))
		return 1;
	hostclock_check_counter();
	if (!open_memory(arguments, &page, &shared))
		return 1;
	control.shared = shared.memory;
	control.waiting = -1;
	if (!server_open(&server, arguments->socket, &loop, handle, &control))
		return 1;
	if (!hypervisor_init(&control.hv, &arguments->options, page.memory)) {
		fprintf(stderr, "vmhost: out of memory\n");
		server_close(&server);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	serve(&control, &server, &loop, arguments->interval);
	hypervisor_close(&control.hv);
	server_close(&server);
	loop_close(&loop);
	region_release(&shared);
	region_release(&page);
	return 0;
}

/* Signals arrive while vmhost waits for clients, and only then. */
static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	int code;

	if (argc > 1 && !strcmp(argv[1], "ctl")) {
		if (argc < 4)
			return usage("ctl needs the socket and a command");
		return ctl_run(argv[2], argc - 3, argv + 3);
	}
	code = parse(&arguments, argc, argv);
	if (code >= 0)
		return code;
	catch_signals();
	return run(&arguments);
}
