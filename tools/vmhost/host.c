// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <signal.h>
#include <stdio.h>

#include "monotonic.h"

#define SAMPLE_MS	10

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
	(void)number;
	signalled = 1;
}

void host_catch_signals(void)
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

bool host_signalled(void)
{
	return signalled;
}

static bool handle(void *context, int id, char *line, char *answer)
{
	return control_command(context, id, line, answer, SERVER_ANSWER);
}

bool host_open(struct host *host, const struct settings *settings,
	       struct region_slice page, struct region_slice shared)
{
	*host = (struct host) { .interval = settings->interval };
	host->control.shared = shared;
	host->control.waiting = -1;
	host->control.server = &host->server;
	host->sample_due = monotonic_ns();
	host->update_due = host->sample_due;
	if (settings->socket &&
	    !server_open(&host->server, settings->socket, &host->loop, handle, &host->control))
		return false;
	host->serving = settings->socket;
	if (hypervisor_init(&host->control.hv, &settings->options, page))
		return true;
	fprintf(stderr, "vmhost: out of memory\n");
	if (host->serving)
		server_close(&host->server);
	return false;
}

static void work(struct host *host)
{
	struct control *control = &host->control;
	char answer[SERVER_ANSWER];
	__s64 now = monotonic_ns();

	if (now >= host->sample_due) {
		hypervisor_sample(&control->hv);
		host->sample_due = now + SAMPLE_MS * 1000000;
	}
	if (now >= host->update_due) {
		hypervisor_update(&control->hv);
		host->update_due += host->interval * 1000000;
		if (host->update_due < now + INTERVAL_MIN * 1000000)
			host->update_due = now + INTERVAL_MIN * 1000000;
	}
	if (control_busy(control) && control_handshake(control, answer, sizeof(answer)))
		server_answer(&host->server, control->waiting, answer);
}

/* How long nothing is due, ns */
static __s64 rest(const struct host *host)
{
	const struct control *control = &host->control;
	__s64 rest = host->sample_due - monotonic_ns();

	if (rest < 0 || control->hurry)
		return 0;
	if (control->still || !control_busy(control))
		return rest;
	if (control->handshake.state == HANDSHAKE_RUNNING)
		return 0;
	return rest < 1000000 ? rest : 1000000;
}

void host_turn(struct host *host)
{
	sigset_t none;

	work(host);
	sigemptyset(&none);
	loop_run(&host->loop, &(struct timespec) { .tv_nsec = rest(host) }, &none);
}

void host_close(struct host *host)
{
	struct control *control = &host->control;

	if (control_busy(control)) {
		handshake_abort(&control->handshake, "vmhost ends");
		server_answer(&host->server, control->waiting, "error: vmhost ends");
	}
	hypervisor_close(&control->hv);
	if (host->serving)
		server_close(&host->server);
	loop_close(&host->loop);
}
