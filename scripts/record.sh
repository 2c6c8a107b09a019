#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# record.sh SECONDS LOG COMMAND...
#
# Runs a test for so long at most. LOG gets what it prints and, as its last line, its
# exit code and how long it took; scripts/judge.pl says what that amounts to. A file and
# not a pipe, so that nothing which the test leaves behind can keep anybody waiting.

set -eu

seconds=$1
log=$2
shift 2

rc=0
start=$(date +%s)
timeout --foreground --kill-after=10 "$seconds" "$@" >"$log" 2>&1 </dev/null || rc=$?
printf '\n# exit code %d after %d s\n' $rc $(($(date +%s) - start)) >>"$log"
