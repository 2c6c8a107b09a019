#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# record.sh SECONDS LOG COMMAND...
#
# Runs a test for so long at most. LOG gets what it prints and, as its last line, its
# exit code and how long it took; scripts/judge.pl says what that amounts to. Whatever
# the test has left behind is ended with it.

set -eu

seconds=$1
log=$2
shift 2

# Appended, so that nobody can write over the last line. timeout makes a process group
# of its own, which hears of Ctrl-C from here only.
: >"$log"
start=$(date +%s)
timeout --kill-after=10 "$seconds" "$@" >>"$log" 2>&1 </dev/null &
group=$!
trap 'kill -s TERM $group; wait $group || true; exit 1' HUP INT TERM

rc=0
wait $group || rc=$?
kill -s TERM -- -$group 2>/dev/null || true
printf '\n# exit code %d after %d s\n' $rc $(($(date +%s) - start)) >>"$log"
