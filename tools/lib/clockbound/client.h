/* SPDX-License-Identifier: MIT */
/*
 * The functions of ClockBound's own C library, by the same names and with the same
 * meaning, for programs that were written for it:
 *
 *	clockbound_ctx *ctx;
 *	clockbound_err const *err;
 *	clockbound_now_result now;
 *
 *	ctx = clockbound_open(CLOCKBOUND_SHM_DEFAULT_PATH, NULL);
 *	...
 *	err = clockbound_now(ctx, &now);
 *	if (!err && now.clock_status == CLOCKBOUND_STA_SYNCHRONIZED)
 *		... the true time is in [now.earliest, now.latest] ...
 *	...
 *	clockbound_close(ctx);
 *
 * They read the module's device, or, where ClockBound's own daemon is in charge, the
 * segment that it writes: a program runs before and after the module is installed. With
 * the device, clockbound_read() gives the same with less ado.
 */
#ifndef CLOCKBOUND_CLIENT_H
#define CLOCKBOUND_CLIENT_H

/* For struct timespec, which <time.h> does not have in strict C99. */
#include <sched.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* The names of what a ClockBound daemon and a driver would offer. */
#define CLOCKBOUND_SHM_DEFAULT_PATH	"/var/run/clockbound/shm0"
#define VMCLOCK_SHM_DEFAULT_PATH	"/dev/vmclock0"

/**
 * enum clockbound_err_kind - what went wrong
 * @CLOCKBOUND_ERR_NONE: nothing
 * @CLOCKBOUND_ERR_SYSCALL: a system call failed; sys_errno says why
 * @CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED: there is no open context, or the daemon has
 *	not written its segment yet
 * @CLOCKBOUND_ERR_SEGMENT_MALFORMED: the path leads to something else than a
 *	clockbound device or a segment, or the VMClock's to something else than a VMClock
 * @CLOCKBOUND_ERR_CAUSALITY_BREACH: the segment is from the future
 * @CLOCKBOUND_ERR_SEGMENT_VERSION_NOT_SUPPORTED: the segment's protocol is not version 2,
 *	or the VMClock's not version 1
 *
 * With the module's device, only SYSCALL happens after the opening.
 */
typedef enum clockbound_err_kind {
	CLOCKBOUND_ERR_NONE,
	CLOCKBOUND_ERR_SYSCALL,
	CLOCKBOUND_ERR_SEGMENT_NOT_INITIALIZED,
	CLOCKBOUND_ERR_SEGMENT_MALFORMED,
	CLOCKBOUND_ERR_CAUSALITY_BREACH,
	CLOCKBOUND_ERR_SEGMENT_VERSION_NOT_SUPPORTED,
} clockbound_err_kind;

/**
 * struct clockbound_err - an error
 * @kind: what went wrong
 * @sys_errno: with CLOCKBOUND_ERR_SYSCALL its errno, otherwise 0
 * @detail: a constant string: the system call, or what is wrong; may be NULL
 */
typedef struct clockbound_err {
	clockbound_err_kind kind;
	int sys_errno;
	const char *detail;
} clockbound_err;

/* The numbers are those of enum clockbound_status. */
typedef enum clockbound_clock_status {
	CLOCKBOUND_STA_UNKNOWN,
	CLOCKBOUND_STA_SYNCHRONIZED,
	CLOCKBOUND_STA_FREE_RUNNING,
	CLOCKBOUND_STA_DISRUPTED,
} clockbound_clock_status;

/**
 * struct clockbound_now_result - an interval that contains the true time
 * @earliest: the true time is not before this, UTC
 * @latest: the true time is not after this, UTC
 * @clock_status: how far that can be trusted
 *
 * Where the status is UNKNOWN or DISRUPTED, the interval is all that 64 bits of
 * nanoseconds can say: from 1677 to 2262. tv_nsec is in [0, 999999999] always.
 */
typedef struct clockbound_now_result {
	struct timespec earliest;
	struct timespec latest;
	clockbound_clock_status clock_status;
} clockbound_now_result;

/* A context may be used by any number of threads, and in child processes. */
typedef struct clockbound_ctx clockbound_ctx;

/**
 * clockbound_open() - open a context
 * @shm_path: a path, mostly CLOCKBOUND_SHM_DEFAULT_PATH; NULL for /dev/clockbound
 * @err: where an error goes; NULL is allowed; left alone if all is well
 *
 * What counts is what the path leads to, by links or not. /dev/clockbound-shm0 or
 * /dev/clockbound: the module's device. A file with a segment of ClockBound's own daemon:
 * that. Where there is nothing at the default path, /dev/clockbound is opened.
 *
 * Give it back with clockbound_close().
 *
 * Return: the context; NULL if there is an error.
 */
clockbound_ctx *clockbound_open(char const *shm_path, clockbound_err *err);

/**
 * clockbound_vmclock_open() - open a context, and name the VMClock
 * @shm_path: as for clockbound_open()
 * @vmclock_path: the VMClock that a daemon's segment is compared with; NULL for
 *	VMCLOCK_SHM_DEFAULT_PATH. Opened only if the segment asks for it: the module's
 *	device looks at the machine's VMClock itself
 * @err: as for clockbound_open()
 *
 * Return: as clockbound_open().
 */
clockbound_ctx *clockbound_vmclock_open(char const *shm_path, char const *vmclock_path,
					clockbound_err *err);

/**
 * clockbound_now() - take a reading
 * @ctx: the context
 * @result: where the reading goes
 *
 * Return: NULL if all is well; otherwise an error that is valid until this thread
 * calls again, and *@result is unknown and unlimited.
 */
clockbound_err const *clockbound_now(clockbound_ctx *ctx, clockbound_now_result *result);

/**
 * clockbound_close() - close a context
 * @ctx: the context, that nobody uses any more; NULL is allowed
 *
 * Return: NULL.
 */
clockbound_err const *clockbound_close(clockbound_ctx *ctx);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* CLOCKBOUND_CLIENT_H */
