#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# test.sh: what "make test" runs, on a fresh Debian 12 or 13 as well.
#
# One line a section with its counts and seconds, the full output in build/test/.
# The last line is "N passed, N failed".

set -eu
. "$(dirname "$0")/common.sh"

kernels="6.12 6.1"
debug_kernels="kasan lockdep"
# Those that exercise the module; test_sync is about the daemon
debug_tests="test_containment test_device test_hostile test_registered test_shm0
	test_system"
build=$top/build
logs=$build/test
passed=0
failed=0

# section NAME COMMAND...
#
# Counts the lines "ok ..." and "not ok ..." of the command, or takes over its
# summary if it prints one. Exit code 77 means skipped. A failure without a line
# is one failure, and so is success without any: silence proves nothing.
section()
{
	name=$1
	log=$logs/$(echo "$name" | tr ' ' '-').log
	start=$(date +%s)
	shift

	printf '%-36s ' "$name"
	set +e
	( set -e; "$@" ) >"$log" 2>&1 </dev/null
	rc=$?
	set -e
	seconds=$(($(date +%s) - start))

	if [ $rc -eq 77 ]; then
		printf 'skipped: %s\n' "$(tail -n 1 "$log")"
		return
	fi

	summary=$(sed -n 's/^[a-z]*: \([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" |
		tail -n 1)
	good=${summary% *}
	bad=${summary#* }
	[ -n "$good" ] || good=$(grep -c '^ok ' "$log" || true)
	[ -n "$bad" ] || bad=$(grep -c '^not ok ' "$log" || true)
	if [ "$bad" -eq 0 ] && { [ $rc -ne 0 ] || [ "$good" -eq 0 ]; }; then
		bad=1
	fi
	passed=$((passed + good))
	failed=$((failed + bad))

	printf '%4d passed, %d failed  %4d s\n' "$good" "$bad" "$seconds"
	if [ "$bad" -ne 0 ]; then
		grep '^not ok ' "$log" || tail -n 40 "$log"
		echo "  exit code $rc, the rest is in $log"
	fi
}

module()
{
	"$top/scripts/build-module.sh" "$("$top/scripts/fetch-kernel.sh" "$1" headers)" \
		"$build/$1" C=2 CF=-Wsparse-error
	echo "ok module for $1"
}

bench_module()
{
	"$top/scripts/build-module.sh" "$("$top/scripts/fetch-kernel.sh" 6.12 headers)" \
		"$build/bench-6.12" CB_BENCH=1
	echo "ok module that measures"
}

debug_module()
{
	"$top/scripts/build-module.sh" "$("$top/scripts/build-debug-kernel.sh" "$1")" \
		"$build/$1"
	echo "ok module for $1"
}

guest()
{
	make -C "$top" guest
	echo "ok guest programs"
}

kunit()
{
	"$top/scripts/build-module.sh" "$("$top/scripts/build-kunit-kernel.sh")" \
		"$build/kunit" ARCH=um
	"$top/scripts/run-kunit.sh" "$build"/kunit/*_kunit.ko
}

mkdir -p "$logs"
exec 8>"$logs/lock"
flock -n 8 || die "another run is testing in $build"

export CMOCKA_MESSAGE_OUTPUT=TAP
export PYTHONDONTWRITEBYTECODE=1

# First what may take long, with its own progress
"$top/scripts/deps.sh" test
for kernel in $kernels; do
	"$top/scripts/fetch-kernel.sh" "$kernel" image >/dev/null
done
"$top/scripts/build-kunit-kernel.sh" >/dev/null
for kernel in $debug_kernels; do
	"$top/scripts/build-debug-kernel.sh" "$kernel" >/dev/null
done

section "style" "$top/scripts/check-style.sh"
for kernel in $kernels; do
	section "module $kernel" module "$kernel"
done
for kernel in $debug_kernels; do
	section "module $kernel" debug_module "$kernel"
done
section "module bench" bench_module
section "kunit" kunit
for kernel in $debug_kernels; do
	section "kunit $kernel" python3 "$top/tests/vm/kunit.py" "$kernel"
done
section "host" make -C "$top" check-host
section "guest programs" guest
for kernel in $kernels; do
	for test in "$top"/tests/vm/test_*.py; do
		section "vm $kernel $(basename "$test" .py)" python3 "$test" "$kernel"
	done
done
for kernel in $debug_kernels; do
	for test in $debug_tests; do
		section "vm $kernel $test" python3 "$top/tests/vm/$test.py" "$kernel"
	done
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
