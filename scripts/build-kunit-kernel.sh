#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# build-kunit-kernel.sh [coverage]
#
# Builds the User-Mode Linux kernel that runs the KUnit suites, and prints its build
# directory. It looks for wrong accesses and undefined behaviour; that of coverage
# counts instead which branches are taken.

set -eu
. "$(dirname "$0")/common.sh"
. "$top/scripts/kernel.sh"

make_room_for_amx()
{
	# 6.12 has room for the registers of an AVX-512 machine. On one with AMX,
	# which has 11 KiB of them, no program would start.
	sed -i 's/DEFINE_LONGS(HOST_FP_SIZE, 2696)/DEFINE_LONGS(HOST_FP_SIZE, 12288)/' \
		"$1/arch/x86/um/user-offsets.c"
}

case ${1-} in
'')		name=kunit fragment=sanitizers.config ;;
coverage)	name=coverage fragment=coverage.config ;;
*)		die "usage: $me [coverage]" ;;
esac
test_kernel $name um make_room_for_amx kunit.config $fragment
