// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that is taken off its CPU at the worst moment: another one traces its system
 * calls, and lets it wait before each that changes the clock's rate.
 */
#include "hold.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define SECOND		1000000000LL

/* What PTRACE_O_TRACESYSGOOD makes of a stop at a system call. */
#define SYSCALL_STOP	(SIGTRAP | 0x80)

static pid_t holder;
static atomic_ulong *held;

/* Whether the process that is stopped is about to call adjtimex() for that. */
static bool changes_rate(pid_t pid)
{
	struct __ptrace_syscall_info info;
	__u64 timex;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	if (info.entry.nr == SYS_adjtimex)
		timex = info.entry.args[0];
	else if (info.entry.nr == SYS_clock_adjtime)
		timex = info.entry.args[1];
	else
		return false;
	_Static_assert(offsetof(struct timex, modes) == 0, "the first word has the modes");
	return ptrace(PTRACE_PEEKDATA, pid, timex, 0) & (ADJ_FREQUENCY | ADJ_TICK);
}

static void hold(pid_t pid, __s64 ns)
{
	struct timespec time = { ns / SECOND, ns % SECOND };
	int status, signal;

	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD) ||
	    ptrace(PTRACE_INTERRUPT, pid, 0, 0))
		_exit(1);
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
		signal = 0;
		if (WSTOPSIG(status) != SYSCALL_STOP) {
			/* Above are the events of ptrace, of which this process knows nothing */
			signal = status >> 16 ? 0 : WSTOPSIG(status);
		} else if (changes_rate(pid)) {
			nanosleep(&time, NULL);
			++*held;
		}
		ptrace(PTRACE_SYSCALL, pid, 0, signal);
	}
	_exit(0);
}

/**
 * hold_begin() - hold a process each time it is about to change the clock's rate
 * @pid: the process; it has one thread
 * @ns: for so long
 */
void hold_begin(pid_t pid, __s64 ns)
{
	held = mmap(NULL, sizeof(*held), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
	if (held == MAP_FAILED)
		guest_die("mmap");
	holder = fork();
	if (!holder)
		hold(pid, ns);
}

/**
 * hold_end() - let it go
 *
 * Return: how often it was held.
 */
unsigned long hold_end(void)
{
	unsigned long times = *held;

	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	munmap(held, sizeof(*held));
	return times;
}
