// SPDX-License-Identifier: GPL-2.0-only
/*
 * What --help prints: of the whole program, and of each command.
 */
#include "help.h"

/* What all commands have. */
#define COMMON \
	"  --json                print JSON\n" \
	"  --device PATH         use this device instead of /dev/clockbound\n" \
	"  --help                print this help\n"

#define WAITING \
	"  --timeout DURATION    give up then, with exit code 4; without it, never\n"

#define DURATIONS \
	"A DURATION has a unit: ns, us, ms, s, min or h, as in 60s or 1.5ms.\n"

const char help[] =
	"Usage: clockboundctl COMMAND [OPTION...]\n"
	"\n"
	"Asks /dev/clockbound for the interval that contains the true time.\n"
	"\n"
	"Commands:\n"
	"  status     one reading, and what the module says about its sources\n"
	"  now        one reading\n"
	"  watch      one reading after the other, live on a terminal\n"
	"  wait       wait until a time has certainly passed\n"
	"  wait-sync  wait until readings can be trusted\n"
	"  at         the interval of an earlier moment\n"
	"  bench      what a reading costs on this machine\n"
	"  sync       the synchronization daemon\n"
	"\n"
	"clockboundctl COMMAND --help lists the options of a command. All have:\n"
	COMMON
	"  --version             print the version\n"
	"\n"
	"Exit codes: 0 done, and the interval can be trusted (synchronized or free\n"
	"running), 1 failure, 2 wrong usage, 3 the interval cannot be trusted (unknown\n"
	"or disrupted), 4 the timeout has passed.\n";

const char help_status[] =
	"Usage: clockboundctl status [OPTION...]\n"
	"\n"
	"One reading, and what the module says about its sources.\n"
	"\n"
	"Options:\n"
	COMMON;

const char help_now[] =
	"Usage: clockboundctl now [OPTION...]\n"
	"\n"
	"One reading: the interval that contains the true time.\n"
	"\n"
	"Options:\n"
	"  --ioctl               take it by a system call\n"
	COMMON;

const char help_watch[] =
	"Usage: clockboundctl watch [OPTION...]\n"
	"\n"
	"One reading after the other, until SIGINT or SIGTERM. A terminal shows the last\n"
	"one and how the width has changed; otherwise each reading is a line.\n"
	"\n"
	"Options:\n"
	"  -i, --interval SECONDS  from one reading to the next (1)\n"
	"  -n, --count N         end after N readings\n"
	COMMON;

const char help_wait[] =
	"Usage: clockboundctl wait [TIME] [OPTION...]\n"
	"\n"
	"Commit wait: ends when TIME has certainly passed. TIME is\n"
	"  2026-11-21T05:30:00Z  a time of day, with Z or an offset such as +01:00;\n"
	"  1795239000000000000   ns since 1970;\n"
	"  +DURATION             so much after the latest of a reading taken now;\n"
	"  nothing               the latest of a reading taken now.\n"
	DURATIONS
	"\n"
	"Options:\n"
	"  --tai                 TIME is TAI instead of UTC\n"
	WAITING
	"  --max-width DURATION  fail when the interval is wider than that\n"
	COMMON;

const char help_wait_sync[] =
	"Usage: clockboundctl wait-sync [OPTION...]\n"
	"\n"
	"Ends when readings can be trusted: synchronized or free running.\n"
	DURATIONS
	"\n"
	"Options:\n"
	WAITING
	"  --max-width DURATION  and when the interval is not wider than that\n"
	COMMON;

const char help_at[] =
	"Usage: clockboundctl at VALUE --marker MARKER [OPTION...]\n"
	"\n"
	"The interval of a moment of the last second or so, of which only the counter's\n"
	"VALUE was taken: decimal, or hexadecimal with 0x.\n"
	"\n"
	"Options:\n"
	"  --marker MARKER       the disruption_marker of a reading taken before that\n"
	"                        moment (clockboundctl now --json); 0 where there is none\n"
	"  --raw                 VALUE is a time of CLOCK_MONOTONIC_RAW in ns\n"
	COMMON;

const char help_bench[] =
	"Usage: clockboundctl bench [OPTION...]\n"
	"\n"
	"Measures what readings cost on this machine, beside its other clocks: calls that\n"
	"follow each other freely (throughput), and each after the result of the one\n"
	"before (latency).\n"
	"\n"
	"Options:\n"
	COMMON;
