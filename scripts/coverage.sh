#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# coverage.sh: what "make coverage" runs. Counts how often the KUnit suites take each
# branch of the pure files, prints a table, and fails under 95 % of the branches.

set -eu
. "$(dirname "$0")/common.sh"

build=$top/build/coverage

# One copy of each function with its branches as they are written: neither inlined
# nor turned into arithmetic
flags="-Werror -O1 -fno-inline -fno-ssa-phiopt --param=logical-op-non-short-circuit=0"

"$top/scripts/deps.sh" test
kernel=$("$top/scripts/build-kunit-kernel.sh" coverage)
step "building the KUnit suites for coverage" \
	"$top/scripts/build-module.sh" "$kernel" "$build" ARCH=um GCOV_PROFILE=y \
	KCFLAGS="$flags"
step "running the KUnit suites" \
	"$top/scripts/run-kunit.sh" --coverage "$build" "$build"/*_kunit.ko

export PYTHONDONTWRITEBYTECODE=1
exec python3 "$top/scripts/coverage.py" "$build"
