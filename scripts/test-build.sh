#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# test-build.sh PART
#
# Builds a part of what the tests run, as a test of one assertion. Prints TAP.
#
#   6.12, 6.1        the module for Debian's kernel, with sparse
#   newest, newest-rt
#                    the same for Debian 13's newest one, with Debian 13's compiler
#   kasan, lockdep   the module for a debug kernel
#   uml              the KUnit suites for User-Mode Linux
#   bench            the module that measures
#   guest            the programs that run in the guests
#   host             the host tests and the tools
#   sanitized        vmhost and its host tests, with AddressSanitizer and UBSan

set -eu
. "$(dirname "$0")/common.sh"

build=$top/build

module()
{
	kernel=$1
	shift
	"$top/scripts/build-module.sh" "$kernel" "$@"
}

stock()
{
	"$top/scripts/fetch-kernel.sh" "$1" headers
}

# C=2 would build without sparse where the headers lack the script that asks for its version
with_sparse()
{
	"$@" KBUILD_CHECKSRC=2 CF="-Wsparse-error -include $top/scripts/sparse.h"
}

build()
{
	case $1 in
	6.12 | 6.1)	with_sparse module "$(stock "$1")" "$build/$1" ;;
	newest | newest-rt)
		with_sparse "$top/scripts/debian13.sh" "$top/scripts/build-module.sh" \
			"$(stock "$1")" "$build/$1" ;;
	kasan | lockdep)
		module "$("$top/scripts/build-debug-kernel.sh" "$1")" "$build/$1" ;;
	uml)		module "$("$top/scripts/build-kunit-kernel.sh")" "$build/kunit" ARCH=um ;;
	bench)		module "$(stock 6.12)" "$build/bench-6.12" CB_BENCH=1 ;;
	guest)		make -C "$top" -j "$(nproc)" guest ;;
	host)		make -C "$top" -j "$(nproc)" host-programs ;;
	sanitized)	make -C "$top" -j "$(nproc)" sanitized-programs ;;
	*)		die "no such part: $1" ;;
	esac
}

[ $# -eq 1 ] || die "usage: $me PART"
output=$(mktemp)
trap 'rm -f "$output"' EXIT
trap 'exit 1' HUP INT TERM

# Not "if ( ... )": errexit would be off inside
set +e
( set -e; build "$1" ) >"$output" 2>&1
rc=$?
set -e

echo 1..1
sed 's/^/# /' "$output"
[ $rc -eq 0 ] || printf 'not '
echo "ok 1 - $1 is built"
exit $rc
