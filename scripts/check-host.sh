#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check-host.sh DIR PROGRAM...
#
# Runs the host tests, as many at once as there are CPUs, and prints the verdict of
# scripts/judge.pl. What a program prints goes to DIR/PROGRAM.log.

set -eu
. "$(dirname "$0")/common.sh"

# Far more than any needs on a slow machine: it is to end what hangs
limit=600

mkdir -p "$1"
logs=$(cd "$1" && pwd)
shift
cd "$top"
export CMOCKA_MESSAGE_OUTPUT=TAP

for program; do
	log=$logs/$(basename "$program").log
	before=$(sed -n 's/^# exit code [0-9]* after \([0-9]*\) s$/\1/p' "$log" 2>/dev/null |
		tail -n 1)
	rm -f "$log"
	echo "${before:-0} $limit $log $program"
	set -- "$@" "$log"
	shift
done >"$logs/list"

# First what took longest the last time
sort -rn "$logs/list" | sed 's/^[0-9]* //' |
	xargs -P "$(nproc)" -L 1 "$top/scripts/record.sh"
exec "$top/scripts/judge.pl" "$@"
