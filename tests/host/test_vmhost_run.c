// SPDX-License-Identifier: GPL-2.0-only
/*
 * "vmhost run" with QEMU, and with programs in its place that do what QEMU should not: exit
 * codes, signals, and that nothing is left behind.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

/* Relative to a directory of its own, in which all is done. */
#define SOCKET		"socket"
#define OWN		"own"		/* the user's own QMP */
#define FAKE		"./fake"
#define OUTPUT		"output"
#define RUN		"run --host-maxerror 1000 --socket " SOCKET " -- "
#define MACHINE		"-nodefaults -no-user-config -display none -m 8M"

static char directory[64];
static char output[8192];
static pid_t vmhost;

FIXTURE(setup)
{
	strcpy(directory, "/tmp/vmhost-test-XXXXXX");
	return !mkdtemp(directory) || chdir(directory) ? -1 : 0;
}

/* What is left apart from the tests' own files is an error: rmdir() sees it. */
FIXTURE(teardown)
{
	if (vmhost) {
		kill(vmhost, SIGKILL);
		waitpid(vmhost, NULL, 0);
		vmhost = 0;
		unlink(SOCKET);
		unlink(OWN);
	}
	unlink(FAKE);
	unlink(OUTPUT);
	return chdir("/") || rmdir(directory);
}

/* Runs vmhost, and returns its exit code. */
static int run(const char *arguments)
{
	char command[512];

	/* One that goes on where it should not ends by the signal. */
	snprintf(command, sizeof(command), "timeout %d " VMHOST_PROGRAM " %s 2>&1",
		 PATIENCE_MS / 1000, arguments);
	return test_shell(command, output, sizeof(output));
}

static void assert_ends(const char *arguments, int code, const char *reason)
{
	int got = run(arguments);

	if (got != code || !strstr(output, reason))
		fail_msg("%s: exit code %d: %s", arguments, got, output);
}

/* A program that gets QEMU's arguments. */
static void write_fake(const char *script)
{
	FILE *file = fopen(FAKE, "w");

	assert_non_null(file);
	fprintf(file, "#!/bin/bash\n%s\n", script);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(FAKE, 0700), 0);
}

/* Starts vmhost by a shell command, which can redirect. */
static void start(const char *arguments)
{
	char command[512];

	snprintf(command, sizeof(command), "exec " VMHOST_PROGRAM " %s", arguments);
	vmhost = fork();
	if (!vmhost) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(99);
	}
}

static int end(void)
{
	int status;

	assert_int_equal(waitpid(vmhost, &status, 0), vmhost);
	vmhost = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Waits until there is a socket at @path that takes connections. */
static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (!connect(fd, (void *)&address, sizeof(address)))
			return fd;
		usleep(1000);
	}
	fail_msg("no socket %s", path);
	return -1;
}

static const char *ask(const char *command)
{
	char arguments[128];

	close(connect_to(SOCKET));
	snprintf(arguments, sizeof(arguments), "ctl " SOCKET " %s", command);
	run(arguments);
	return output;
}

static void assert_ok(const char *command)
{
	if (strcmp(ask(command), "ok\n"))
		fail_msg("%s: %s", command, output);
}

static unsigned long long status_of(const char *key)
{
	const char *at = strstr(ask("status"), key);

	if (!at)
		fail_msg("no %s in %s", key, output);
	return strtoull(at + strlen(key), NULL, 10);
}

TEST_F(options_and_reasons)
{
	assert_ends("run --help", 0, "Usage: vmhost run");
	assert_ends("run --version", 0, "vmhost");
	assert_ends("run --nonsense", 2, "nonsense");
	assert_ends("run --ram x", 2, "ram");
	assert_ends("run --interval 5 -- -S", 2, "--interval");
	assert_ends(RUN "-m x", 2, "that is no size of a memory");
	assert_ends(RUN "-M microvm", 2, "q35 and pc");
	assert_ends("run -- " MACHINE, 1, "--host-maxerror");
	assert_ends("run --host-maxerror 1 --socket /nonexistent/s -- " MACHINE, 1,
		    "/nonexistent/s");
	assert_ends(RUN "./nonexistent", 127, "is QEMU installed?");
	assert_ends(RUN "/etc/passwd", 126, "Permission denied");
	assert_ends(RUN MACHINE " -nonsense", 1, "-nonsense: invalid option");
	assert_int_equal(access(SOCKET, F_OK), -1);
}

TEST_F(the_exit_code_is_the_machines)
{
	write_fake("exit 0");
	assert_ends(RUN FAKE, 0, "");
	write_fake("exit 7");
	assert_ends(RUN FAKE, 7, "");
	write_fake("kill -9 $$");
	assert_ends(RUN FAKE, 137, "");
	write_fake("kill -SEGV $$");
	assert_ends(RUN FAKE, 139, "");
}

static int count(const char *text)
{
	int found = 0;

	for (const char *at = output; (at = strstr(at, text)); at += strlen(text))
		found++;
	return found;
}

/* Its input and output are QEMU's; of vmhost's descriptors QEMU has six that it is told of. */
TEST_F(what_qemu_inherits)
{
	int others;

	write_fake("cat; for word; do echo \"$word\"; done; exec ls -l /proc/self/fd");
	test_shell(FAKE " <<here\nhello\nhere\n", output, sizeof(output));
	others = count(" -> ");
	assert_ends("run --host-maxerror 1 -- " FAKE " -m 64 'a b' <<here\nhello\nhere\n", 0,
		    "hello\n");
	assert_non_null(strstr(output, "\n-m\n64\na b\n"));
	assert_int_equal(count(" -> /memfd:vmhost-"), 4);
	assert_int_equal(count(" -> "), others + 6);
}

/* Its QMP socket as QEMU's, in the variable qmp */
#define FIND_QMP \
	"for word; do case $word in socket,id=vmhost-qmp,*) qmp=${word##*=} ;; esac; done\n"

TEST_F(what_is_not_qemu_is_ended)
{
	write_fake(FIND_QMP "echo hello >&$qmp; exec sleep 1000");
	assert_ends(RUN FAKE, 143, "QEMU says what is not QMP: hello");
	write_fake(FIND_QMP "trap '' TERM; echo '{\"QMP\":{}} {' >&$qmp; exec sleep 1000");
	assert_ends(RUN FAKE, 137, "what is not QMP");
}

TEST_F(an_error_at_the_start_ends_it)
{
	write_fake(FIND_QMP "trap '' TERM\n"
		   "echo '{\"QMP\":{}}' >&$qmp; echo '{\"return\":{}}' >&$qmp\n"
		   "echo '{\"error\":{\"desc\":\"no such thing\"}}' >&$qmp; exec sleep 1000");
	assert_ends(RUN FAKE, 137, "QEMU does not start the machine: no such thing");
}

/* One that does not listen is killed after a while. */
TEST_F(what_does_not_end_is_killed)
{
	write_fake("trap '' TERM INT; echo $$ >" OUTPUT "; exec sleep 1000");
	start(RUN FAKE);
	close(connect_to(SOCKET));
	kill(vmhost, SIGTERM);
	assert_int_equal(end(), 137);
	assert_int_equal(access(SOCKET, F_OK), -1);
}

TEST_F(qemu_ends_with_vmhost)
{
	char text[16] = "";
	int fd, pid = 0;

	assert_int_equal(mkfifo(OUTPUT, 0600), 0);
	write_fake("echo $$ >" OUTPUT "; exec sleep 1000");
	start(RUN FAKE);
	fd = open(OUTPUT, O_RDONLY);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	pid = atoi(text);
	assert_int_equal(kill(pid, 0), 0);
	kill(vmhost, SIGKILL);
	assert_int_equal(end(), -1);
	for (int ms = 0; !kill(pid, 0); ms++) {
		assert_true(ms < PATIENCE_MS);
		usleep(1000);
	}
	unlink(SOCKET);
}

static void assert_ends_in_order(int signal)
{
	start(RUN MACHINE);
	/* Only QEMU itself can answer. */
	assert_ok("cont-machine");
	assert_int_equal(status_of("marker="), 1);
	kill(vmhost, signal);
	assert_int_equal(end(), 0);
	assert_int_equal(access(SOCKET, F_OK), -1);
}

TEST_F(signals_end_the_machine_in_order)
{
	assert_ends_in_order(SIGTERM);
	assert_ends_in_order(SIGINT);
}

TEST_F(stop_ends_the_machine)
{
	start(RUN MACHINE);
	assert_ok("notify");
	assert_ok("stop");
	assert_int_equal(end(), 0);
}

static FILE *own;

/* Executes a command by the user's own QMP. */
static void assert_own(const char *command, const char *answer)
{
	fprintf(own, "{\"execute\":\"%s\"}\n", command);
	fflush(own);
	do {
		assert_non_null(fgets(output, sizeof(output), own));
	} while (strstr(output, "\"event\"") || strstr(output, "\"QMP\""));
	if (!strstr(output, answer))
		fail_msg("%s: %s", command, output);
}

static void start_with_own(const char *more)
{
	char arguments[512];

	snprintf(arguments, sizeof(arguments),
		 RUN MACHINE " -qmp unix:" OWN ",server=on,wait=off %s", more);
	start(arguments);
	own = fdopen(connect_to(OWN), "r+");
	assert_non_null(own);
	assert_own("qmp_capabilities", "return");
}

/* The machine as it was told to stand; and a counter that stands still is lost. */
TEST_F(stop_and_cont)
{
	start_with_own("-M q35 -S");
	/* The answer to this comes after vmhost has done all that it does by itself. */
	assert_ok("stop-machine");
	assert_own("query-status", "prelaunch");
	assert_ok("cont-machine");
	assert_own("query-status", "\"running\": true");
	assert_int_equal(status_of("marker="), 1);
	/* With the answer all is done. */
	assert_ok("stop-machine");
	assert_int_equal(status_of("marker="), 2);
	assert_own("query-status", "paused");
	assert_ok("stop-machine");
	assert_ok("cont-machine");
	assert_own("query-status", "\"running\": true");
	assert_int_equal(status_of("marker="), 2);
	/* By somebody else it is done a moment later. */
	assert_own("stop", "return");
	for (int ms = 0; status_of("marker=") != 3; ms++)
		assert_true(ms < PATIENCE_MS / 10);
	assert_own("cont", "return");
	assert_own("quit", "return");
	fclose(own);
	assert_int_equal(end(), 0);
	assert_int_equal(access(SOCKET, F_OK), -1);
	assert_int_equal(access(OWN, F_OK), -1);
}

/* What QEMU shows by default is what it shows here: the serial line with the monitor. */
TEST_F(the_defaults_are_qemus)
{
	start("run --host-maxerror 1 --socket " SOCKET " -- -m 8M -nographic -S"
	      " -qmp unix:" OWN ",server=on,wait=off >" OUTPUT " </dev/null");
	close(connect_to(OWN));
	assert_ok("stop");
	assert_int_equal(end(), 0);
	start("run --host-maxerror 1 --socket " SOCKET " -- -m 8M -nographic -S"
	      " >" OUTPUT " </dev/null");
	assert_ok("cont-machine");
	assert_ok("stop");
	assert_int_equal(end(), 0);
}

/* Somebody else's machine has no such commands. */
TEST_F(the_machine_is_vmhosts_own)
{
	int fd = open("ram", O_RDWR | O_CREAT, 0600);

	assert_int_equal(ftruncate(fd, 4096), 0);
	close(fd);
	start("--host-maxerror 1 --ram ram --offset 0 --socket " SOCKET " >/dev/null");
	assert_non_null(strstr(ask("stop-machine"), "that takes 'vmhost run'"));
	assert_non_null(strstr(ask("notify"), "that takes 'vmhost run'"));
	assert_ok("stop");
	assert_int_equal(end(), 0);
	unlink("ram");
}

TEST_MAIN(NULL, NULL)
