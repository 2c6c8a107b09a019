// SPDX-License-Identifier: GPL-2.0-only
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acpi.h"
#include "monotonic.h"
#include "shared.h"

#define GRACE		5000000000LL	/* for QEMU to end in order, ns */
#define INTERRUPT	5		/* as in vmclock.asl */

#define EXIT_NOT_FOUND		127	/* as a shell has it */
#define EXIT_NOT_EXECUTABLE	126

static bool fail(const char *what)
{
	fprintf(stderr, "vmhost: %s: %s\n", what, strerror(errno));
	return false;
}

static int new_memory(const char *name, __u64 size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd != -1 && ftruncate(fd, size)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A file with @content that has no name. */
static int new_file(const char *name, const void *content, size_t size)
{
	int fd = new_memory(name, 0);

	if (fd != -1 && write(fd, content, size) != (ssize_t)size) {
		close(fd);
		return -1;
	}
	return fd;
}

static void close_one(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

bool machine_open(struct machine *machine, const struct qemu *qemu, int container,
		  struct loop *loop,
		  void (*event)(void *context, enum machine_event event), void *context)
{
	int shared = new_memory("vmhost-shared", VMHOST_SHARED_SIZE);
	struct region_error error;

	*machine = (struct machine) {
		.qemu = *qemu, .loop = loop, .event = event, .context = context,
		.ram = container == -1 ? new_memory("vmhost-ram", qemu->ram) :
					 fcntl(container, F_DUPFD_CLOEXEC, 0),
		.shared = { .file = -1 }, .qmp = { .fd = -1 }, .qtest = -1, .pidfd = -1,
	};
	if (machine->ram != -1 && shared != -1 &&
	    region_of_file(&machine->shared, shared, 0, VMHOST_SHARED_SIZE, &error))
		return true;
	fail("the machine's memory");
	close_one(&shared);
	machine_close(machine);
	return false;
}

/* In the child: becomes QEMU, or says why not. Signals that vmhost blocks arrive again. */
__attribute__((noreturn))
static void become_qemu(char **command, const struct qemu_descriptors *descriptors,
			pid_t parent, int trouble)
{
	const int inherited[] = {
		descriptors->ram, descriptors->shared, descriptors->acpi, descriptors->config,
		descriptors->qmp, descriptors->qtest,
	};
	sigset_t none;
	int error;

	for (size_t i = 0; i < sizeof(inherited) / sizeof(inherited[0]); i++)
		fcntl(inherited[i], F_SETFD, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* It ends with vmhost, however vmhost ends. */
	if (!prctl(PR_SET_PDEATHSIG, SIGKILL) && getppid() == parent)
		execvp(command[0], command);
	error = errno;
	_exit(write(trouble, &error, sizeof(error)) != sizeof(error));
}

/* The errno with which QEMU could not be executed, or 0. */
static int exec_error(int trouble)
{
	int error = 0;

	if (read(trouble, &error, sizeof(error)) != sizeof(error))
		return 0;
	return error;
}

static bool spawn(struct machine *machine, char **command,
		  const struct qemu_descriptors *descriptors)
{
	pid_t parent = getpid();
	int trouble[2], error;

	if (pipe2(trouble, O_CLOEXEC))
		return fail("pipe");
	machine->pid = fork();
	if (!machine->pid)
		become_qemu(command, descriptors, parent, trouble[1]);
	close(trouble[1]);
	if (machine->pid == -1) {
		machine->pid = 0;
		close(trouble[0]);
		return fail("fork");
	}
	error = exec_error(trouble[0]);
	close(trouble[0]);
	if (!error)
		return true;

	waitpid(machine->pid, NULL, 0);
	machine->pid = 0;
	machine->exit_code = error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	fprintf(stderr, "vmhost: %s: %s%s\n", command[0], strerror(error), error == ENOENT ?
		": is QEMU installed? (on Debian: apt install qemu-system-x86)" : "");
	return false;
}

/* QEMU has ended. */
static void reap(void *context, int fd, short revents)
{
	struct machine *machine = context;
	int status;

	(void)fd;
	(void)revents;
	if (waitpid(machine->pid, &status, WNOHANG) != machine->pid)
		return;
	machine->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	machine->pid = 0;
	machine->running = false;
	loop_forget(machine->loop, machine->pidfd);
}

/* Without QMP nobody can run the machine: it has ended already, or it is not QEMU. */
static void receive_qmp(void *context, int fd, short revents)
{
	struct machine *machine = context;

	(void)revents;
	if (qmp_receive(&machine->qmp))
		return;
	loop_forget(machine->loop, fd);
	if (strcmp(machine->qmp.over, QMP_ENDED))
		fprintf(stderr, "vmhost: %s\n", machine->qmp.over);
	machine_quit(machine);
}

/* Answers to machine_notify(). */
static void receive_qtest(void *context, int fd, short revents)
{
	struct machine *machine = context;
	char answer[256];
	ssize_t got;

	(void)revents;
	got = recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		loop_forget(machine->loop, fd);
		close_one(&machine->qtest);
		return;
	}
	answer[got] = '\0';
	if (strstr(answer, "FAIL"))
		fprintf(stderr, "vmhost: the VMClock's notification did not arrive: %.*s\n",
			(int)strcspn(answer, "\n"), answer);
}

const char *machine_notify(struct machine *machine)
{
	const char *path = qemu_interrupts(&machine->qemu);
	char text[256];
	int length;

	length = snprintf(text, sizeof(text),
			  "set_irq_in %s unnamed-gpio-in %d 1\nset_irq_in %s unnamed-gpio-in %d 0\n",
			  path, INTERRUPT, path, INTERRUPT);
	if (machine->qtest == -1 ||
	    send(machine->qtest, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) != length)
		return "QEMU takes no notification";
	return NULL;
}

static void on_event(void *context, const char *name, const json_t *data)
{
	struct machine *machine = context;

	(void)data;
	if (!strcmp(name, "STOP")) {
		machine->running = false;
		machine->event(machine->context, MACHINE_STOPPED);
	} else if (!strcmp(name, "RESUME")) {
		machine->running = true;
		machine->event(machine->context, MACHINE_RESUMED);
	} else if (!strcmp(name, "RESET") || !strcmp(name, "WAKEUP")) {
		machine->event(machine->context, MACHINE_RESET);
	}
}

/* Something without which the machine cannot be run was refused. */
static bool refused(struct machine *machine, const char *error)
{
	if (!error)
		return false;
	if (!machine->qmp.over[0]) {
		fprintf(stderr, "vmhost: QEMU does not start the machine: %s\n", error);
		machine_quit(machine);
	}
	return true;
}

static void on_cont(void *context, const json_t *result, const char *error)
{
	(void)result;
	refused(context, error);
}

static void on_kvm(void *context, const json_t *result, const char *error)
{
	struct machine *machine = context;

	if (refused(machine, error))
		return;
	machine->kvm = json_is_true(json_object_get(result, "enabled"));
	machine->event(machine->context, MACHINE_READY);
	if (!machine->qemu.incoming)
		machine_go(machine, on_cont, machine);
}

void machine_go(struct machine *machine, qmp_answer gone, void *context)
{
	if (machine->qemu.stopped)
		gone(context, NULL, NULL);
	else
		qmp_execute(&machine->qmp, "cont", NULL, gone, context);
}

static void on_cont_again(void *context, const json_t *result, const char *error)
{
	const struct machine *machine = context;

	(void)result;
	if (error && !machine->qmp.over[0])
		fprintf(stderr, "vmhost: the machine does not go on: %s\n", error);
}

void machine_cont(struct machine *machine)
{
	qmp_execute(&machine->qmp, "cont", NULL, on_cont_again, machine);
}

/* Both ends of a new socket: vmhost's, which does not block, and QEMU's. */
static bool new_socket(int *own, int *qemus)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return false;
	*own = fds[0];
	*qemus = fds[1];
	return true;
}

static bool watch(struct machine *machine)
{
	machine->pidfd = syscall(SYS_pidfd_open, machine->pid, 0);
	return machine->pidfd != -1 &&
	       loop_watch(machine->loop, machine->pidfd, POLLIN, reap, machine) &&
	       loop_watch(machine->loop, machine->qmp.fd, POLLIN, receive_qmp, machine) &&
	       loop_watch(machine->loop, machine->qtest, POLLIN, receive_qtest, machine);
}

static bool start(struct machine *machine, struct qemu_descriptors *descriptors)
{
	char **command;
	int qmp;
	bool done;

	if (!new_socket(&qmp, &descriptors->qmp))
		return fail("a socket for QEMU");
	qmp_open(&machine->qmp, qmp);
	if (!new_socket(&machine->qtest, &descriptors->qtest) ||
	    descriptors->acpi == -1 || descriptors->config == -1)
		return fail("what QEMU is to inherit");

	command = qemu_command(&machine->qemu, descriptors);
	if (!command)
		return fail("QEMU's command line");
	done = spawn(machine, command, descriptors);
	free(command);
	if (!done)
		return false;
	if (!watch(machine))
		return fail("QEMU cannot be watched");

	machine->listener = (struct qmp_listener) { .event = on_event, .context = machine };
	qmp_listen(&machine->qmp, &machine->listener);
	qmp_execute(&machine->qmp, "query-kvm", NULL, on_kvm, machine);
	return true;
}

bool machine_start(struct machine *machine)
{
	struct qemu_descriptors descriptors = {
		.ram = machine->ram, .shared = machine->shared.file,
		.acpi = new_file("vmhost-acpi", acpi_table, acpi_table_size),
		.config = new_file("vmhost-config", qemu_config, strlen(qemu_config)),
		.qmp = -1, .qtest = -1,
	};
	bool started;

	machine->exit_code = 1;
	started = start(machine, &descriptors);
	close_one(&descriptors.acpi);
	close_one(&descriptors.config);
	close_one(&descriptors.qmp);
	close_one(&descriptors.qtest);
	return started;
}

void machine_quit(struct machine *machine)
{
	if (machine->deadline || !machine->pid)
		return;
	machine->deadline = monotonic_ns() + GRACE;
	if (machine->qmp.over[0])
		kill(machine->pid, SIGTERM);
	else
		qmp_execute(&machine->qmp, "quit", NULL, NULL, NULL);
}

void machine_tick(struct machine *machine)
{
	if (machine->pid && machine->deadline && monotonic_ns() > machine->deadline)
		kill(machine->pid, SIGKILL);
}

void machine_close(struct machine *machine)
{
	if (machine->pid) {
		kill(machine->pid, SIGKILL);
		waitpid(machine->pid, NULL, 0);
	}
	if (machine->qmp.fd != -1) {
		loop_forget(machine->loop, machine->qmp.fd);
		qmp_close(&machine->qmp);
	}
	if (machine->qtest != -1)
		loop_forget(machine->loop, machine->qtest);
	if (machine->pidfd != -1)
		loop_forget(machine->loop, machine->pidfd);
	region_release(&machine->shared);
	close_one(&machine->qtest);
	close_one(&machine->pidfd);
	close_one(&machine->ram);
}
