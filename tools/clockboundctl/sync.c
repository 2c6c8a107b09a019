// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl sync: tell the module what the true time is.
 *
 * One loop that waits for the first of: a signal, an event from the device, an
 * answer from chronyd, the next thing that sync_core has to do. Every wait ends by
 * itself after a second at most.
 */
#include "sync.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "command.h"
#include "log.h"
#include "notify.h"
#include "sync_daemon.h"

#define NSEC_PER_MSEC	1000000ULL

/* The longest wait, ns. */
#define WAIT_LIMIT	1000000000ULL

#define NEVER		(~0ULL)

static void work(struct sync *sync)
{
	__u64 now = sync_now();

	if (!sync->device) {
		if (now >= sync->look_at)
			sync_device_open(sync);
	} else if (now >= sync_core_deadline(&sync->core)) {
		if (sync->core.pending)
			sync_source_give_up(sync);
		else
			sync_source_ask(sync);
	}
}

static void take_signal(struct sync *sync)
{
	struct signalfd_siginfo info;

	if (read(sync->signals, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGUSR1:
		sync_device_disrupt(sync, CLOCKBOUND_DISRUPT_FORCE);
		break;
	case SIGUSR2:
		sync_device_disrupt(sync, CLOCKBOUND_DISRUPT_RELEASE);
		break;
	default:
		sync->done = true;
		break;
	}
}

static void watchdog(struct sync *sync)
{
	__u64 now = sync_now();

	if (now < sync->watchdog_at)
		return;
	notify_send("WATCHDOG=1");
	sync->watchdog_at = now + sync->watchdog_interval;
}

/* Milliseconds to wait, rounded up: not to wake up a moment before the time. */
static int timeout_ms(const struct sync *sync)
{
	__u64 at = sync->device ? sync_core_deadline(&sync->core) : sync->look_at;
	__u64 now = sync_now();

	if (at > sync->watchdog_at)
		at = sync->watchdog_at;
	if (at <= now)
		return 0;
	at -= now;
	if (at > WAIT_LIMIT)
		at = WAIT_LIMIT;
	return (int)((at + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC);
}

/* A descriptor below zero is left out. */
static void wait_and_take(struct sync *sync)
{
	struct pollfd fds[] = {
		{ .fd = sync->signals, .events = POLLIN },
		{ .fd = sync->device ? sync->device->fd : -1, .events = POLLPRI },
		{ .fd = sync->chrony.fd, .events = POLLIN },
	};

	if (poll(fds, sizeof(fds) / sizeof(fds[0]), timeout_ms(sync)) <= 0)
		return;
	if (fds[0].revents)
		take_signal(sync);
	if (fds[1].revents && sync->device)
		sync_device_take_events(sync);
	if (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL) && sync->device)
		sync_device_close(sync);
	if (fds[2].revents && sync->device)
		sync_source_take_answer(sync);
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int run(struct sync *sync)
{
	/* Waiting for the device or for chronyd is a state like any other */
	notify_send("READY=1");
	sync->watchdog_interval = notify_watchdog_interval();
	if (!sync->watchdog_interval)
		sync->watchdog_at = NEVER;
	while (!sync->done) {
		work(sync);
		watchdog(sync);
		if (!sync->done)
			wait_and_take(sync);
	}
	notify_send("STOPPING=1");

	/*
	 * The last report stays in force: it is still true, and ages by itself.
	 * A restart does not cost anybody the time.
	 */
	chrony_close(&sync->chrony);
	clockbound_device_close(sync->device);
	return sync->result;
}

/**
 * command_sync() - clockboundctl sync
 * @argc: the number of words from "sync" on
 * @argv: the words from "sync" on
 *
 * Return: an exit code, at SIGTERM or SIGINT or if there is no way to go on.
 */
int command_sync(int argc, char **argv)
{
	struct sync sync = { .status = SYNC_STATUS_NONE };

	sync_options_parse(argc, argv, &sync.options);
	sync.core.disruptions = sync.options.disruptions;
	if (sync_source_init(&sync)) {
		log_message(LOG_ERR, "%s: the path is too long", sync.options.chrony_socket);
		return EXIT_FAILED;
	}
	sync.signals = signals_open();
	if (sync.signals < 0) {
		log_message(LOG_ERR, "signals: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return run(&sync);
}
