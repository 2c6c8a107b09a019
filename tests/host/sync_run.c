// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl sync as a program, between a fake device and a fake chronyd.
 */
#include "sync_run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "chrony_wire.h"
#include "clocks.h"

struct fake_chronyd chronyd;
pid_t daemon_pid;

char log_path[80];

static char notify_path[80];
static int notify_socket = -1;

__u64 now_ns(void)
{
	return (__u64)clock_ns(CLOCK_MONOTONIC_RAW);
}

void nap(void)
{
	static const struct timespec millisecond = { 0, 1000000 };

	nanosleep(&millisecond, NULL);
}

const char *daemon_log(void)
{
	static char text[16384];
	size_t length = 0;
	FILE *file = fopen(log_path, "r");

	if (file) {
		length = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[length] = '\0';
	return text;
}

bool logged(const char *text)
{
	return strstr(daemon_log(), text);
}

int setup(__attribute__((unused)) void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	fake_device_create(&fake);
	*fake_marker(&fake) = 5;
	fake_chronyd_init(&chronyd);
	snprintf(log_path, sizeof(log_path), "%s.log", fake.path);
	snprintf(notify_path, sizeof(notify_path), "%s.notify", fake.path);
	strcpy(address.sun_path, notify_path);
	notify_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return bind(notify_socket, (struct sockaddr *)&address, sizeof(address));
}

int teardown(__attribute__((unused)) void **state)
{
	if (daemon_pid > 0) {
		kill(daemon_pid, SIGTERM);
		waitpid(daemon_pid, NULL, 0);
		daemon_pid = 0;
	}
	fake_chronyd_remove(&chronyd);
	fake_device_remove(&fake);
	close(notify_socket);
	unlink(notify_path);
	unlink(log_path);
	return 0;
}

/* Starts the daemon with two more options, or with NULL. */
void start_with(const char *option, const char *option2)
{
	daemon_pid = fork();
	if (daemon_pid)
		return;
	dup2(open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0644), STDERR_FILENO);
	setenv("NOTIFY_SOCKET", notify_path, 1);
	execl(FAKE, "clockboundctl", "sync", "--device", fake.path, "--chrony-socket",
	      chronyd.path, option, option2, NULL);
	_exit(127);
}

void start(const char *option)
{
	start_with(option, NULL);
}

int wait_for_end(void)
{
	int status;

	assert_int_equal(waitpid(daemon_pid, &status, 0), daemon_pid);
	daemon_pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

unsigned int reports(void)
{
	return __atomic_load_n(&fake.daemon->reports, __ATOMIC_ACQUIRE);
}

const struct clockbound_report *last_report(void)
{
	return &fake.daemon->report[(reports() - 1) % FAKE_REPORTS];
}

bool reported(__u32 status)
{
	return reports() && last_report()->status == status;
}

/* By so much, and what the looks add. */
bool bounded(__u64 bound)
{
	return reported(CLOCKBOUND_STATUS_SYNCHRONIZED) && last_report()->bound >= bound &&
	       last_report()->bound < bound + LOOKS;
}

unsigned int requests(void)
{
	unsigned int count;

	pthread_mutex_lock(&chronyd.lock);
	count = chronyd.requests;
	pthread_mutex_unlock(&chronyd.lock);
	return count;
}

bool reset_since(unsigned int number)
{
	bool found = false;

	pthread_mutex_lock(&chronyd.lock);
	for (; number < chronyd.requests; number++)
		found |= chronyd.request[number] == CHRONY_RESET_SOURCES;
	pthread_mutex_unlock(&chronyd.lock);
	return found;
}

void tell(__u32 changes)
{
	__atomic_store_n(&fake.daemon->changes, changes, __ATOMIC_RELEASE);
}

void start_synchronized(const char *option)
{
	fake_chronyd_start(&chronyd);
	start(option);
	await(reported(CLOCKBOUND_STATUS_SYNCHRONIZED));
}

/* What the daemon has told the service manager, all of it. */
static const char *notifications(void)
{
	static char text[4096];
	static pid_t of;
	size_t length;
	ssize_t got;

	if (of != daemon_pid)
		text[0] = '\0';
	of = daemon_pid;
	length = strlen(text);
	while ((got = recv(notify_socket, text + length, sizeof(text) - 2 - length, 0)) > 0) {
		length += (size_t)got;
		text[length++] = '\n';
		text[length] = '\0';
	}
	return text;
}

bool notified(const char *lines)
{
	return strstr(notifications(), lines);
}

/* Whether that is the last status text that it was told. */
bool shows(const char *status)
{
	const char *line = notifications(), *last = "";

	while ((line = strstr(line, "STATUS="))) {
		line += strlen("STATUS=");
		last = line;
	}
	return !strncmp(last, status, strlen(status)) && last[strlen(status)] == '\n';
}

void put_file(const char *root, const char *name, const char *text)
{
	char path[256], *slash;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (slash = path + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		mkdir(path, 0755);
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}
