// SPDX-License-Identifier: GPL-2.0-only
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arrival.h"
#include "host.h"
#include "kvm.h"
#include "machine.h"
#include "monotonic.h"
#include "move.h"
#include "qemu.h"
#include "restore.h"
#include "save.h"
#include "settings.h"
#include "shared.h"
#include "vm_execute.h"

#define PAGE_SIZE	4096
#define KVM_DEVICE	"/dev/kvm"

static const char help[] =
"Usage: vmhost run [OPTION...] -- [PROGRAM] QEMU-ARGUMENT...\n"
"\n"
"Starts a QEMU machine that has a VMClock, and fills it from the host's clock, with\n"
"a maximum error that holds. It takes QEMU's own arguments, and ends with QEMU's exit\n"
"code. PROGRAM is " QEMU_PROGRAM " if it is not given. With\n"
"\n"
"      vmhost run --host-maxerror 1000000 -- qemu-system-x86_64 -m 512M disk.img\n"
"\n"
"disk.img boots as with QEMU alone. The machine's type is pc or q35.\n"
"\n"
"  --socket PATH        where to take commands: see 'vmhost ctl PATH help'\n"
"  --restore FILE       go on with a machine that 'snapshot' has saved; FILE stays as it\n"
"                       is, and can be restored any number of times\n"
"  --incoming PATH      wait for a machine that another vmhost's 'move PATH' sends here\n"
"  --control PATH       where to take the requests of the VM control protocol: the\n"
"                       machine gets room for more memory, and a balloon\n"
"  --control-datagrams PATH\n"
"                       the same for old clients, which send datagrams\n"
SETTINGS_HELP;

/**
 * struct arguments - the options
 * @settings: those that "vmhost --ram" has, too
 * @restore: a container, or NULL
 * @incoming: where to wait for a machine, or NULL
 * @control: where to take requests, or NULL
 * @datagrams: and where to take those of old clients, or NULL
 */
struct arguments {
	struct settings settings;
	const char *restore;
	const char *incoming;
	const char *control;
	const char *datagrams;
};

/**
 * struct run - a machine and its hypervisor
 * @host: the hypervisor
 * @machine: the machine
 * @save: saves it
 * @restore: makes it from a container
 * @move: moves it to another vmhost
 * @arrival: waits for it, from another vmhost; if @incoming
 * @incoming: it does
 * @loading: its state is not there yet
 * @kvm: looks where its counter is; if @looking
 * @looking: KVM tells that
 * @look_due: CLOCK_MONOTONIC ns of the next look
 * @executor: executes requests
 * @controlled: there is one
 * @marker: the disruption marker that the guest has been notified of
 * @generation: the same of the generation
 * @status: and of the clock's status
 */
struct run {
	struct host host;
	struct machine machine;
	struct save save;
	struct restore restore;
	struct move move;
	struct arrival arrival;
	bool incoming;
	bool loading;
	struct kvm kvm;
	bool looking;
	__s64 look_due;
	struct vm_executor executor;
	bool controlled;
	__u64 marker;
	__u64 generation;
	__u8 status;
};

enum {
	OPTION_RESTORE = SETTING_OWN,
	OPTION_INCOMING,
	OPTION_CONTROL,
	OPTION_DATAGRAMS,
};

static const struct option own_options[] = {
	{ "restore", required_argument, NULL, OPTION_RESTORE },
	{ "incoming", required_argument, NULL, OPTION_INCOMING },
	{ "control", required_argument, NULL, OPTION_CONTROL },
	{ "control-datagrams", required_argument, NULL, OPTION_DATAGRAMS },
	{ NULL, 0, NULL, 0 },
};

/* Takes one option in; an error text if its argument is none. */
static const char *take(struct arguments *arguments, int option)
{
	switch (option) {
	case OPTION_RESTORE:
		arguments->restore = optarg;
		return NULL;
	case OPTION_INCOMING:
		arguments->incoming = optarg;
		return NULL;
	case OPTION_CONTROL:
		arguments->control = optarg;
		return NULL;
	case OPTION_DATAGRAMS:
		arguments->datagrams = optarg;
		return NULL;
	default:
		return settings_take(&arguments->settings, option, optarg);
	}
}

/* Returns an exit code, or -1 to go on. */
static int parse(struct arguments *arguments, struct qemu *qemu, int argc, char **argv)
{
	struct option options[SETTINGS_COUNT + sizeof(own_options) / sizeof(own_options[0])];
	char error[256];
	const char *wrong;
	int option;

	settings_table(options, own_options);
	*arguments = (struct arguments) { .control = NULL };
	settings_init(&arguments->settings);
	/* "+": what comes after the first word that is no option is QEMU's. */
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
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
		wrong = take(arguments, option);
		if (wrong)
			return settings_usage(wrong);
	}
	if (arguments->restore && arguments->incoming)
		return settings_usage("--restore and --incoming exclude each other");
	if (arguments->datagrams && !arguments->control)
		return settings_usage("--control-datagrams needs --control");
	if (qemu_parse(qemu, argc - optind, argv + optind, error, sizeof(error)) &&
	    (!arguments->control || qemu_make_pluggable(qemu, error, sizeof(error))))
		return -1;
	fprintf(stderr, "vmhost: %s\n", error);
	return EXIT_USAGE;
}

static bool kvm_is_there(void)
{
	if (!access(KVM_DEVICE, R_OK | W_OK))
		return true;
	fprintf(stderr, "vmhost: " KVM_DEVICE ": %s: %s\n", strerror(errno), errno == EACCES ?
		"you may not use it: join the group kvm, or run the machine with -accel tcg" :
		"load the module kvm_intel or kvm_amd, or run the machine with -accel tcg");
	return false;
}

static void look(struct run *run)
{
	if (run->looking)
		kvm_look(&run->kvm, &run->host.control.hv);
	run->look_due = monotonic_ns() + KVM_LOOK_MS * 1000000;
}

/* Before the CPUs run. Without a look that succeeds, it takes a handshake as with TCG. */
static void begin_looking(struct run *run)
{
	run->kvm = (struct kvm) { .directory = KVM_DIRECTORY, .pid = run->machine.pid };
	run->looking = run->machine.kvm && kvm_look(&run->kvm, &run->host.control.hv);
}

static void on_gone(void *context, const json_t *result, const char *error)
{
	struct run *run = context;

	(void)result;
	if (run->machine.qmp.over[0])
		return;
	if (run->incoming) {
		arrival_done(&run->arrival, error);
	} else if (error) {
		fprintf(stderr, "vmhost: the machine does not go on: %s\n", error);
		machine_quit(&run->machine);
	}
	if (error)
		return;
	run->loading = false;
	run->machine.busy = false;
}

/* The machine has its state, and a page that is right. What KVM knows comes with the state. */
static void on_loaded(void *context)
{
	struct run *run = context;

	begin_looking(run);
	machine_go(&run->machine, on_gone, run);
}

static void on_ready(struct run *run)
{
	if (run->restore.path)
		restore_start(&run->restore, &run->machine, on_loaded, run);
	else if (run->incoming)
		arrival_start(&run->arrival, &run->machine, &run->host.control.hv, on_loaded,
			      run);
	else
		begin_looking(run);
}

/*
 * With TCG the guest's counter stands still with the machine. It is told so before it goes on,
 * if whoever stopped it leaves the time for that. With KVM the counter goes on, but when the
 * machine starts anew, QEMU sets it.
 */
static void on_event(void *context, enum machine_event event)
{
	struct run *run = context;
	struct control *control = &run->host.control;

	switch (event) {
	case MACHINE_READY:
		on_ready(run);
		break;
	case MACHINE_STOPPED:
		control->still = true;
		if (!run->machine.kvm)
			control_counter_lost(control);
		break;
	case MACHINE_RESUMED:
		control->still = false;
		save_resumed(&run->save);
		break;
	case MACHINE_RESET:
		if (run->machine.kvm && !run->looking)
			control_counter_lost(control);
		look(run);
		break;
	}
}

static void note(struct run *run)
{
	const struct hypervisor *hv = &run->host.control.hv;

	run->marker = hv->marker;
	run->generation = hv->generation;
	run->status = hv->shown;
}

/* Tells the guest, if there is something on the page that it would want to know at once. */
static void announce(struct run *run)
{
	const struct hypervisor *hv = &run->host.control.hv;

	/* An interrupt from before its state is loaded would be lost. */
	if (run->loading || hv->held ||
	    (run->marker == hv->marker && run->generation == hv->generation &&
	     run->status == hv->shown))
		return;
	if (!machine_notify(&run->machine))
		note(run);
}

/* The page is complete before there is a CPU that could read it. */
static bool open_host(struct run *run, const struct settings *settings)
{
	struct region_slice memory = run->machine.shared.memory, page, shared;
	struct region_error error;

	if (!region_slice(memory, VMHOST_PAGE_OFFSET, PAGE_SIZE, &page, &error) ||
	    !region_slice(memory, 0, VMHOST_PAGE_OFFSET, &shared, &error))
		return false;
	if (!host_open(&run->host, settings, page, shared))
		return false;
	run->host.control.machine = &run->machine;
	save_open(&run->save, &run->machine, &run->host.control);
	run->host.control.save = &run->save;
	move_open(&run->move, &run->machine, &run->host.control);
	run->host.control.move = &run->move;
	note(run);
	return true;
}

/* Takes the place of the machine in the container: the guest sees that before all else. */
static bool inherit(struct run *run)
{
	const char *error;

	if (!run->restore.path)
		return true;
	error = hypervisor_inherit(&run->host.control.hv, &run->restore.identity);
	if (error)
		fprintf(stderr, "vmhost: %s: %s\n", run->restore.path, error);
	return !error;
}

/* Takes requests from now on, if there are to be any. */
static bool open_control(struct run *run, const struct arguments *arguments)
{
	run->controlled = arguments->control &&
			  vm_execute_open(&run->executor, &run->machine, arguments->control,
					  arguments->datagrams);
	return run->controlled || !arguments->control;
}

static void serve(struct run *run)
{
	if (run->controlled)
		vm_execute_start(&run->executor);
	while (run->machine.pid) {
		host_turn(&run->host);
		if (monotonic_ns() >= run->look_due)
			look(run);
		announce(run);
		if (host_signalled() || run->host.control.stop)
			machine_quit(&run->machine);
		machine_tick(&run->machine);
		save_tick(&run->save);
		if (run->controlled)
			vm_execute_tick(&run->executor);
	}
}

/* Returns the exit code. */
static int start(struct run *run, const struct arguments *arguments, const struct qemu *qemu)
{
	int container = run->restore.path ? run->restore.snapshot.fd : -1;

	if (!machine_open(&run->machine, qemu, container, &run->host.loop, on_event, run))
		return 1;
	if (!open_host(run, &arguments->settings)) {
		machine_close(&run->machine);
		return 1;
	}
	run->loading = qemu->incoming;
	run->machine.busy = run->loading;
	run->machine.exit_code = 1;
	if (inherit(run) && open_control(run, arguments) && machine_start(&run->machine))
		serve(run);
	save_close(&run->save);
	move_close(&run->move);
	host_close(&run->host);	/* first: it writes to the page */
	machine_close(&run->machine);
	if (run->controlled)
		vm_execute_close(&run->executor);
	/* QEMU ends well when it is told to end. */
	return run->loading && !run->machine.exit_code ? 1 : run->machine.exit_code;
}

int run(int argc, char **argv)
{
	static struct run run;
	struct arguments arguments;
	struct qemu qemu;
	int code = parse(&arguments, &qemu, argc, argv);

	if (code >= 0)
		return code;
	if (!settings_bounded(&arguments.settings) || (qemu.kvm && !kvm_is_there()))
		return 1;
	hostclock_check_counter();
	host_catch_signals();
	if (arguments.restore && !restore_open(&run.restore, arguments.restore, &qemu))
		return 1;
	run.incoming = arguments.incoming;
	qemu.incoming |= run.incoming;
	if (run.incoming && !arrival_open(&run.arrival, arguments.incoming))
		return 1;
	code = start(&run, &arguments, &qemu);
	restore_close(&run.restore);
	if (run.incoming)
		arrival_close(&run.arrival);
	return code;
}
