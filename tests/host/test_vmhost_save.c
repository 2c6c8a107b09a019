// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines that are saved, restored and moved, with QEMU and no guest but its firmware: what is
 * refused, what it says, and that the machine goes on.
 */
#include "test.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS	40000
#define MACHINES	2

/* Relative to a directory of its own, in which all is done. */
#define SAVED		"saved"
#define OPTIONS		"--host-maxerror 1000 "
#define MACHINE		"-nodefaults -no-user-config -display none -m 8M "

static char directory[64];
static char output[8192];
static pid_t vmhosts[MACHINES];

static int shell(const char *command)
{
	return test_shell(command, output, sizeof(output));
}

FIXTURE(setup)
{
	strcpy(directory, "/var/tmp/vmhost-test-XXXXXX");
	return !mkdtemp(directory) || chdir(directory) ? -1 : 0;
}

FIXTURE(teardown)
{
	char command[128];

	for (int i = 0; i < MACHINES; i++) {
		if (!vmhosts[i])
			continue;
		kill(vmhosts[i], SIGKILL);
		waitpid(vmhosts[i], NULL, 0);
		vmhosts[i] = 0;
	}
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return chdir("/") || system(command);
}

/* Machine @number, with sockets "socketN" for vmhost and "qmpN" for QEMU. */
static void start(int number, const char *options, const char *arguments)
{
	char command[512];

	snprintf(command, sizeof(command), "exec " VMHOST_PROGRAM " run " OPTIONS
		 "--socket socket%d %s -- " MACHINE "-qmp unix:qmp%d,server=on,wait=off %s",
		 number, options, number, arguments);
	vmhosts[number] = fork();
	if (!vmhosts[number]) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(99);
	}
}

static int end(int number)
{
	int status;

	assert_int_equal(waitpid(vmhosts[number], &status, 0), vmhosts[number]);
	vmhosts[number] = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int connect_to(const char *name, int number)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s%d", name, number);
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (!connect(fd, (void *)&address, sizeof(address)))
			return fd;
		usleep(1000);
	}
	fail_msg("no socket %s", address.sun_path);
	return -1;
}

static int ctl(int number, const char *command)
{
	char line[512];

	close(connect_to("socket", number));
	snprintf(line, sizeof(line), VMHOST_PROGRAM " ctl socket%d %s 2>&1", number, command);
	return shell(line);
}

static void assert_error(int number, const char *command, const char *reason)
{
	if (ctl(number, command) != 1 || strncmp(output, "error: ", 7) ||
	    !strstr(output, reason))
		fail_msg("%s: %s", command, output);
}

static void assert_ok(int number, const char *command)
{
	if (ctl(number, command))
		fail_msg("%s: %s", command, output);
}

/* Has QEMU itself execute @command; returns its answer, which has @key. */
static const char *qmp(int number, const char *command, const char *key)
{
	static char answer[4096];
	int fd = connect_to("qmp", number);
	FILE *stream = fdopen(fd, "r+");

	assert_non_null(fgets(answer, sizeof(answer), stream));
	dprintf(fd, "{'execute':'qmp_capabilities'}\n{%s}\n", command);
	do
		assert_non_null(fgets(answer, sizeof(answer), stream));
	while (!strstr(answer, key));
	fclose(stream);
	return answer;
}

static const char *state_of(int number)
{
	return strstr(qmp(number, "'execute':'query-status'", "running\":"),
		      "\"running\": true") ? "runs" : "stands still";
}

static void wait_until(int number, const char *state)
{
	for (int ms = 0; strcmp(state_of(number), state); ms += 10) {
		if (ms > PATIENCE_MS)
			fail_msg("it does not get to: %s", state);
		usleep(10000);
	}
}

/* As soon as the firmware has set up the devices */
static void save(int number, const char *name)
{
	char command[64];

	snprintf(command, sizeof(command), "snapshot %s", name);
	for (int ms = 0; ctl(number, command); ms += 10) {
		if (ms > PATIENCE_MS || !strstr(output, "has not set up its devices yet"))
			fail_msg("%s: %s", command, output);
		assert_string_equal(state_of(number), "runs");
		usleep(10000);
	}
	assert_int_equal(strncmp(output, "ok stopped_ms=", 14), 0);
}

/* vmhost run with @options, which ends at once. */
static void assert_refused(const char *options, const char *arguments, int code,
			   const char *reason)
{
	char command[512];
	int got;

	snprintf(command, sizeof(command), "timeout %d " VMHOST_PROGRAM " run " OPTIONS
		 "%s -- " MACHINE "%s 2>&1", PATIENCE_MS / 1000, options, arguments);
	got = shell(command);
	if (got != code || !strstr(output, reason))
		fail_msg("%s %s: exit code %d: %s", options, arguments, got, output);
}

static unsigned long long number_of(int number, const char *key)
{
	const char *found;

	assert_ok(number, "status");
	found = strstr(output, key);
	assert_non_null(found);
	return strtoull(found + strlen(key), NULL, 10);
}

/* A word of the page, as the guest reads it. */
static unsigned long long page_word(int number, unsigned long long page, int offset)
{
	char command[200];
	const char *found;

	snprintf(command, sizeof(command),
		 "'execute':'human-monitor-command','arguments':{'command-line':'xp /1gx %llu'}",
		 page + offset);
	found = strstr(qmp(number, command, ": 0x"), ": 0x");
	return strtoull(found + 2, NULL, 16);
}

/* The page of machine @number, which has not run yet, is right and has no time. */
static void assert_page(int number, unsigned long long old_marker)
{
	unsigned long long page;
	const char *found;

	shell(VMHOST_PROGRAM " inspect " SAVED);
	found = strstr(output, "address: 0x");
	assert_non_null(found);
	page = strtoull(found + 9, NULL, 16);
	assert_string_equal(state_of(number), "stands still");
	assert_int_equal(page_word(number, page, 0) & 0xffffffff, 0x4B4C4356);
	assert_true(page_word(number, page, 0x10) >= old_marker + (1ULL << 32));
	assert_int_equal(page_word(number, page, 0x10), number_of(number, " marker="));
	assert_int_equal(page_word(number, page, 0x68), number_of(number, " generation="));
	assert_int_equal(page_word(number, page, 0x20) >> 16 & 0xff, 1);	/* initializing */
	assert_int_equal(page_word(number, page, 0x30), 0);
}

TEST_F(a_machine_is_saved_again_and_again_and_goes_on)
{
	unsigned long long marker;
	struct stat stat_buffer;

	start(0, "", "");
	save(0, SAVED);
	assert_string_equal(state_of(0), "runs");
	marker = number_of(0, " marker=");
	save(0, SAVED);
	assert_string_equal(state_of(0), "runs");
	assert_true(number_of(0, " marker=") > marker);
	assert_int_equal(stat(SAVED, &stat_buffer), 0);
	assert_int_equal(stat_buffer.st_mode & 0777, 0600);

	/* What stood still, stands still */
	assert_ok(0, "stop-machine");
	save(0, SAVED);
	assert_string_equal(state_of(0), "stands still");
	assert_ok(0, "cont-machine");
	assert_string_equal(state_of(0), "runs");
	assert_ok(0, "stop");
	assert_int_equal(end(0), 0);
}

TEST_F(a_snapshot_that_fails_leaves_the_machine_as_it_was)
{
	start(0, "", "");
	save(0, SAVED);
	assert_error(0, "snapshot nowhere/file", "make the directory first");
	assert_string_equal(state_of(0), "runs");
	assert_error(0, "snapshot /dev/null", "not a regular file");
	assert_string_equal(state_of(0), "runs");
	assert_error(0, "snapshot /dev/full/x", "Not a directory");
	assert_string_equal(state_of(0), "runs");
	assert_error(0, "snapshot", "usage: snapshot FILE");
	assert_ok(0, "stop-machine");
	assert_error(0, "snapshot nowhere/file", "make the directory first");
	assert_string_equal(state_of(0), "stands still");
	shell("ls -A");
	assert_string_equal(output, "qmp0\nsaved\nsocket0\n");
}

/* On the socket itself; vmhost ctl would make the path absolute. */
TEST_F(one_at_a_time_and_by_its_whole_name)
{
	static const char line[] = "snapshot saved\n";
	char command[128], answer[256];
	int first, second;

	start(0, "", "");
	save(0, SAVED);
	first = connect_to("socket", 0);
	assert_int_equal(write(first, line, strlen(line)), strlen(line));
	answer[read(first, answer, sizeof(answer) - 1)] = '\0';
	assert_non_null(strstr(answer, "absolute path"));

	snprintf(command, sizeof(command), "snapshot %s/a name\n", directory);
	second = connect_to("socket", 0);
	assert_int_equal(write(first, command, strlen(command)), strlen(command));
	/* vmhost takes what is there in the order in which its clients came: this one first */
	assert_int_equal(write(second, command, strlen(command)), strlen(command));
	memset(answer, 0, sizeof(answer));
	assert_true(read(second, answer, sizeof(answer) - 1) > 0);
	assert_non_null(strstr(answer, "error: the machine is being saved"));
	memset(answer, 0, sizeof(answer));
	assert_true(read(first, answer, sizeof(answer) - 1) > 0);
	assert_int_equal(strncmp(answer, "ok ", 3), 0);
	close(first);
	close(second);
	assert_int_equal(access("a name", F_OK), 0);
}

/* A vmhost that needs a while. */
static int slow_server(void)
{
	static const char progress[] = "progress: 1 of 2 MiB\n", answer[] = "ok done\n";
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket0" };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client;
	char line[512];

	bind(listener, (void *)&address, sizeof(address));
	listen(listener, 2);
	close(accept(listener, NULL, NULL));	/* somebody who looks whether it is there */
	client = accept(listener, NULL, NULL);
	line[read(client, line, sizeof(line) - 1)] = '\0';
	for (int i = 0; i < 2; i++)
		write(client, progress, strlen(progress));
	write(client, answer, strlen(answer));
	/* A relative name is made absolute, one with blanks is one */
	snprintf(output, sizeof(output), "snapshot %s/a name\n", directory);
	return strcmp(line, output) ? 1 : 0;
}

TEST_F(ctl_tells_how_far_it_is)
{
	vmhosts[0] = fork();
	if (!vmhosts[0])
		_exit(slow_server());
	assert_int_equal(ctl(0, "snapshot 'a name'"), 0);
	assert_string_equal(output, "vmhost: 1 of 2 MiB\nvmhost: 1 of 2 MiB\nok done\n");
	assert_int_equal(end(0), 0);
}

/* Has QEMU of machine @number a filter of system calls? See no_holes.h. */
static bool is_filtered(int number)
{
	char command[160];

	snprintf(command, sizeof(command),
		 "grep -q '^Seccomp:[[:space:]]*2' /proc/$(cut -d' ' -f1 /proc/%d/task/%d/children)/status",
		 vmhosts[number], vmhosts[number]);
	return !shell(command);
}

TEST_F(clones_of_a_machine)
{
	unsigned long long generation, marker;

	start(0, "", "");
	save(0, SAVED);
	marker = number_of(0, " marker=");
	start(1, "--restore " SAVED, "");
	wait_until(1, "runs");
	assert_true(is_filtered(1) && !is_filtered(0));
	generation = number_of(1, " generation=");
	assert_true(generation != number_of(0, " generation="));
	assert_true(number_of(1, " marker=") >= marker + (1ULL << 32));
	/* A clone of a clone, which the user lets go on himself */
	save(1, "clone");
	assert_ok(0, "stop");
	assert_int_equal(end(0), 0);
	marker = number_of(1, " marker=");
	start(0, "--restore clone", "-S");
	while (ctl(0, "snapshot nowhere/file"), strstr(output, "loaded"))
		usleep(1000);
	assert_page(0, marker);
	assert_ok(0, "cont-machine");
	wait_until(0, "runs");
	assert_true(generation != number_of(0, " generation="));
	shell(VMHOST_PROGRAM " inspect " SAVED);
	assert_non_null(strstr(output, "clones: 1\n"));
	assert_non_null(strstr(output, "intact: yes"));
}

TEST_F(registered_memory_is_not_saved)
{
	static const char refused[] = "'unregister' it first, on the VM control socket";

	start(0, "--control control", "-device virtio-rng-pci");
	save(0, SAVED);
	assert_refused("--restore " SAVED, "-device virtio-rng-pci", 1, "is missing here");
	start(1, "--control clone --restore " SAVED, "-device virtio-rng-pci");
	wait_until(1, "runs");
	if (shell("truncate -s 128M memory && " VMHOST_PROGRAM " ctl control register memory 2>&1"))
		fail_msg("%s", output);
	assert_error(0, "snapshot " SAVED, refused);
	assert_error(0, "move there", refused);
	assert_string_equal(state_of(0), "runs");
}

TEST_F(what_is_not_restored)
{
	start(0, "", "");
	save(0, SAVED);
	assert_refused("--restore nothing", "", 1, "nothing: No such file");
	assert_refused("--restore " SAVED, "-smp 2", 1, "-smp: the saved machine had no such");
	assert_refused("--restore " SAVED, "-m 16M", 1, "8388608 bytes of RAM, this one has");
	assert_refused("--restore " SAVED " --incoming x", "", 2, "exclude each other");
	shell("cp " SAVED " cut; truncate -s -1 cut");
	assert_refused("--restore cut", "", 1, "cut: footer.magic");
	shell("cp " SAVED " dark; chmod 400 dark; [ $(id -u) = 0 ] && chattr +i dark");
	if (getuid())
		assert_refused("--restore dark", "", 1, "make it writable");
	shell("chattr -i dark");
	/* Counted only when a machine was to be made of it */
	shell(VMHOST_PROGRAM " inspect " SAVED);
	assert_non_null(strstr(output, "clones: 0\n"));
}

TEST_F(a_machine_moves)
{
	unsigned long long generation, marker;

	start(0, "", "");
	save(0, SAVED);
	assert_ok(0, "generation");
	generation = number_of(0, " generation=");
	assert_error(0, "move nobody", "nobody listens there");
	assert_error(0, "move", "usage: move PATH");
	start(1, "--incoming there", "");
	while (access("there", F_OK))
		usleep(1000);
	assert_ok(0, "move there");
	assert_int_equal(end(0), 0);
	assert_string_equal(state_of(1), "runs");
	assert_int_equal(number_of(1, " generation="), generation);
	/* It is a machine like any other. */
	save(1, SAVED);
	/* And one that is to stand still there does. */
	start(0, "--incoming back", "-S");
	while (access("back", F_OK))
		usleep(1000);
	marker = number_of(1, " marker=");
	assert_ok(1, "move back");
	assert_int_equal(end(1), 0);
	assert_page(0, marker);
	assert_int_equal(number_of(0, " generation="), generation);
	assert_ok(0, "cont-machine");
	assert_string_equal(state_of(0), "runs");
}

TEST_F(a_move_that_fails)
{
	start(0, "", "");
	save(0, SAVED);
	start(1, "--incoming there", "-m 16M");
	while (access("there", F_OK))
		usleep(1000);
	assert_error(0, "move there", "8388608 bytes of RAM, this one has 16777216");
	assert_string_equal(state_of(0), "runs");
	/* Another one can come */
	assert_error(0, "move there", "8388608 bytes of RAM, this one has 16777216");
	assert_error(1, "snapshot x", "being saved, or loaded, or moves");
	assert_ok(1, "stop");
	end(1);
	assert_error(0, "move there", "nobody listens there");
	assert_string_equal(state_of(0), "runs");
	save(0, SAVED);
}

TEST_MAIN(NULL, NULL)
