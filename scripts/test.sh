#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# test.sh: what "make test" and "make check" run, on a fresh Debian 12 or 13 as well.
#
# One line a section with its counts and seconds; what failed follows at once. The full
# output is in build/test/. The last line is "N passed, N failed" or "N passed, N failed,
# N skipped".
#
# ONLY='vm 6.12,kunit' chooses sections: those of these names, those whose names begin
# with these words, or those that fit a pattern ('* test_wait'). What a chosen section
# needs is made as well.

set -eu
. "$(dirname "$0")/common.sh"

kernels="6.12 6.1"
newest_kernels="newest newest-rt"
debug_kernels="kasan lockdep"
# What a newer kernel may do differently: memory, suspend, timekeeping; with PREEMPT_RT,
# what is called by timers and what sleeps. Then beside the kernel's own driver of the
# VMClock device, which is loaded before ours or after.
newest_tests="test_containment test_device test_qemu_vmclock test_registered test_suspend
	test_system"
rt_tests="test_containment test_wait"
ptp_tests="test_device test_shm0"
ptp_after_tests="test_device"
# Those that exercise the module; test_sync is about the daemon
debug_tests="test_containment test_counter test_device test_fuzz test_hostile test_lifecycle
	test_registered test_shm0 test_suspend test_system"
build=$top/build
logs=$build/test
only=${ONLY-}

# So long may a section take, in seconds, before it counts as one that hangs
limit=3600

# The sections in their order, twice: first to choose, then to run what was chosen
sections()
{
	section "style" "kernel source" "$top/scripts/check-style.sh"
	section "layout" "" "$top/scripts/check-layout.sh"
	for kernel in $kernels $newest_kernels $debug_kernels; do
		section "module $kernel" "kernel $kernel" "$top/scripts/test-build.sh" "$kernel"
	done
	section "module bench" "kernel 6.12" "$top/scripts/test-build.sh" bench
	section "module uml" "kernel uml" "$top/scripts/test-build.sh" uml
	section "kunit uml" "kernel uml,module uml" \
		"$top/scripts/run-kunit.sh" "$build/kunit/clockbound_kunit.ko"
	for kernel in $debug_kernels; do
		section "kunit $kernel" "kernel $kernel,module $kernel" \
			python3 "$top/tests/vm/kunit.py" "$kernel"
	done
	section "host programs" "" "$top/scripts/test-build.sh" host
	section_host "host" "host programs" "$build" "$top"/tests/host/test_*.c
	section "sanitized programs" "" "$top/scripts/test-build.sh" sanitized
	# shellcheck disable=SC2046 # a list of files
	section_host "sanitized" "sanitized programs" "$build/sanitized" $(sanitized_tests)
	section "guest programs" "" "$top/scripts/test-build.sh" guest
	for kernel in $kernels; do
		for test in "$top"/tests/vm/test_*.py; do
			case $kernel/$test in
			# Long, and about the daemon, or about vmhost
			6.1/*/test_slew.py | 6.1/*/test_snapshot*.py)		;;
			6.1/*/test_migration.py | 6.1/*/test_control.py)	;;
			*)	section_vm "$kernel" "$(basename "$test" .py)" ;;
			esac
		done
	done
	section_vms newest "$newest_tests"
	section_vms newest-rt "$rt_tests"
	section_vms newest+ptp "$ptp_tests"
	section_vms newest+ptp-after "$ptp_after_tests"
	for kernel in $debug_kernels; do
		section_vms "$kernel" "$debug_tests"
	done
}

# section NAME NEEDS COMMAND...: a command that prints TAP. NEEDS, separated by commas,
# are the kernels that must be there, and the sections that must have run before.
section()
{
	name=$1
	needs=$2
	log=$logs/$(echo "$name" | tr ' ' '-').log
	shift 2
	enter || return 0
	"$top/scripts/record.sh" $limit "$log" "$@" 8>&-
	again=
	if executed_ghost "$log"; then
		mv "$log" "$log.ghost"
		again="  a second run: in the first one QEMU executed an int3 that was no longer there: $log.ghost"
		"$top/scripts/record.sh" $limit "$log" "$@" 8>&-
	fi
	leave "$("$top/scripts/judge.pl" "$log")"
	[ -z "$again" ] || echo "$again"
}

# Linux changes its code while it runs, and puts an int3 in its place meanwhile. With several
# CPUs, QEMU's TCG may execute that when it has gone already, and nobody expects it. That is
# so if the byte before the one that the kernel marks is something else than int3 (0xcc).
executed_ghost()
{
	grep -q 'int3: 0000 \[#1\]' "$1" &&
		sed -n 's/.*Code: .* \(..\) <..>.*/\1/p' "$1" | head -n 1 | grep -vqx cc
}

# What follows a + is no other kernel, but what it is beside
section_vm()
{
	section "vm $1 $2" "kernel ${1%%+*},module ${1%%+*},guest programs" \
		python3 "$top/tests/vm/$2.py" "$1"
}

# section_vms KERNEL TESTS
section_vms()
{
	for test in $2; do
		section_vm "$1" "$test"
	done
}

# section_host NAME NEEDS DIR SOURCE...: programs in DIR that print TAP. By their sources,
# so that one which is not built is missed.
section_host()
{
	name=$1
	needs=$2
	dir=$3
	shift 3
	enter || return 0
	for source; do
		set -- "$@" "$dir/$(basename "$source" .c)"
		shift
	done
	leave "$("$top/scripts/check-host.sh" "$logs/$name" "$@" 8>&-)"
}

# What looks at bytes from others. Not the whole program, which has to keep a pace.
sanitized_tests()
{
	ls "$top"/tests/host/test_vmhost_*.c | grep -v test_vmhost_program
}

# Whether the section is to run now. Not on what an earlier run has built, if this one
# could not build it.
enter()
{
	case $round in
	choose)	echo "$name" >>"$logs/names"
		! chosen || echo "$name,$needs" | tr , '\n' >>"$logs/wanted"
		return 1 ;;
	run)	wanted "$name" || return 1
		printf '%-36s ' "$name"
		start=$(date +%s)
		broken=$(echo "$needs" | tr , '\n' | grep -xFf "$logs/broken") || return 0
		leave "0 passed, 1 failed
not ok: $name: not run, because this failed: $(echo $broken)"
		return 1 ;;
	esac
}

# leave VERDICT: as judge.pl prints it
leave()
{
	counts=$(echo "$1" | head -n 1)
	case $counts in
	*" 0 failed"*)	;;
	*)		echo "$name" >>"$logs/broken" ;;
	esac
	printf '%-32s %4d s\n' "$counts" $(($(date +%s) - start))
	echo "$1" | sed 1d
	echo "$counts" >>"$logs/counts"
}

wanted()
{
	grep -qxF "$1" "$logs/wanted"
}

# Whether ONLY means the section
chosen()
(
	[ -n "$only" ] || exit 0
	set -f
	IFS=,
	for pattern in $only; do
		! fits || exit 0
	done
	exit 1
)

fits()
{
	pattern=${pattern# }
	# shellcheck disable=SC2254 # a pattern
	case $name in
	$pattern | "$pattern "*)	return 0 ;;
	esac
	return 1
}

# What ONLY has but no section is called is a mistake
check_only()
(
	set -f
	IFS=,
	for pattern in $only; do
		while read -r name; do
			! fits || continue 2
		done <"$logs/names"
		die "ONLY: no section is called '$pattern'. There are:
$(cat "$logs/names")"
	done
)

mkdir -p "$logs"
exec 8>"$logs/lock"
flock -n 8 || die "another run is testing in $build"

began=$(date +%s)
rm -f "$logs/names" "$logs/wanted" "$logs/counts"
: >"$logs/broken"
round=choose
sections
check_only

# First what may take long, with its own progress
"$top/scripts/deps.sh" test
for kernel in $kernels $newest_kernels; do
	! wanted "kernel $kernel" || "$top/scripts/fetch-kernel.sh" "$kernel" image >/dev/null
done
! wanted "kernel newest" || "$top/scripts/debian13.sh" true
! wanted "kernel source" || "$top/scripts/fetch-kernel.sh" 6.12 source >/dev/null
! wanted "kernel uml" || "$top/scripts/build-kunit-kernel.sh" >/dev/null
for kernel in $debug_kernels; do
	! wanted "kernel $kernel" || "$top/scripts/build-debug-kernel.sh" "$kernel" >/dev/null
done

export PYTHONDONTWRITEBYTECODE=1
round=run
sections

echo "in $(($(date +%s) - began)) s:"
awk '{ passed += $1; failed += $3; skipped += $5 }
END {
	printf "%d passed, %d failed", passed, failed
	print skipped ? ", " skipped " skipped" : ""
	exit failed || !passed
}' "$logs/counts"
