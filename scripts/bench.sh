#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# bench.sh: what "make bench" runs.
#
# Measures natively and in a virtual machine, and leaves the table and the picture in
# build/bench. The exit code is 0 unless something could not be measured: whether a
# goal is met is in the table.

set -eu
. "$(dirname "$0")/common.sh"

kernel=6.12
build=$top/build
out=$build/bench

"$top/scripts/deps.sh" build vm
mkdir -p "$out"
step "building" make -C "$top" clockbound-bench
headers=$("$top/scripts/fetch-kernel.sh" $kernel headers)
step "building the module for $kernel" \
	"$top/scripts/build-module.sh" "$headers" "$build/$kernel"
step "building the modules that measure" \
	"$top/scripts/build-module.sh" "$headers" "$build/bench-$kernel" CB_BENCH=1
"$top/scripts/fetch-kernel.sh" $kernel image >/dev/null

echo "$me: measuring natively ..." >&2
"$build/clockbound-bench" >"$out/native.txt"
export PYTHONDONTWRITEBYTECODE=1
echo "$me: measuring in a virtual machine ..." >&2
python3 "$top/tests/bench/in_vm.py" $kernel >"$out/vm.txt"
echo "$me: counting instructions in a virtual machine ..." >&2
python3 "$top/tests/bench/hook_in_vm.py" $kernel >"$out/hook.txt"

rc=0
python3 "$top/scripts/bench-report.py" "$out/native.txt" "$out/vm.txt" \
	"$out/hook.txt" "$out/bench.svg" >"$out/bench.txt" || rc=$?
cat "$out/bench.txt"
echo "$me: the table is in $out/bench.txt, the picture in $out/bench.svg" >&2
exit $rc
