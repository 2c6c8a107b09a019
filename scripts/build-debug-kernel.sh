#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# build-debug-kernel.sh kasan|lockdep
#
# Builds a kernel that finds faults while the tests run in a machine of QEMU, and
# prints its build directory:
#
#   kasan    wrong accesses to memory, undefined behaviour, leaks
#   lockdep  locks in an order or a context that can deadlock, sleeping where it
#            is not allowed, objects that are used before or after their time
#
# Two kernels, because a report of KASAN turns lockdep off.

set -eu
. "$(dirname "$0")/common.sh"
. "$top/scripts/kernel.sh"

case ${1-} in
kasan)		fragments="sanitizers.config debug-kasan.config" ;;
lockdep)	fragments=debug-lockdep.config ;;
*)		die "usage: $me kasan|lockdep" ;;
esac
# shellcheck disable=SC2086 # a list of files
test_kernel "$1" x86_64 : debug.config $fragments
