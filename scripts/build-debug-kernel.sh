#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# build-debug-kernel.sh kasan|lockdep|kcsan
#
# Builds a kernel that finds faults while the tests run in a machine of QEMU, and
# prints its build directory:
#
#   kasan    wrong accesses to memory, undefined behaviour, leaks
#   lockdep  locks in an order or a context that can deadlock, sleeping where it
#            is not allowed, objects that are used before or after their time
#   kcsan    memory that two CPUs access at the same time without saying so
#
# Three kernels, because a report of KASAN turns lockdep off, and KCSAN goes with neither.

set -eu
. "$(dirname "$0")/common.sh"
. "$top/scripts/kernel.sh"

case ${1-} in
kasan)		fragments="sanitizers.config debug-kasan.config" ;;
lockdep)	fragments=debug-lockdep.config ;;
kcsan)		fragments=debug-kcsan.config ;;
*)		die "usage: $me kasan|lockdep|kcsan" ;;
esac
# shellcheck disable=SC2086 # a list of files
test_kernel "$1" x86_64 : debug.config $fragments
