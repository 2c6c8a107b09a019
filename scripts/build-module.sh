#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# build-module.sh KERNELDIR OUTDIR [MAKE-ARGUMENT...]
#
# Builds the module against KERNELDIR with W=1 and no warning allowed, without
# a file written into the source tree: OUTDIR gets a tree of symbolic links, and
# in it clockbound.ko (and the KUnit suites if that kernel has KUnit), and in tests/vm
# the modules of the VM tests.
# With sparse: KBUILD_CHECKSRC=2 CF=-Wsparse-error

set -eu
. "$(dirname "$0")/common.sh"

usage="usage: $me KERNELDIR OUTDIR [MAKE-ARGUMENT...]"
kernel=${1:?$usage}
out=${2:?$usage}
shift 2

[ -e "$kernel/Makefile" ] ||
	die "$kernel: no kernel headers there: install linux-headers-... or give KDIR="

mkdir -p "$out"
out=$(cd "$out" && pwd)
exec 9>"$out/.lock"
flock 9

# Debian's headers ask for the compiler of their release by name
compiler=$(sed -n 's/^CC = .*\(gcc-[0-9]*\)$/\1/p' "$kernel/.kernelvariables" 2>/dev/null || true)
if ! command -v "${compiler:-gcc}" >/dev/null; then
	set -- CC=gcc "$@"
fi

# The links of files that are gone would be built from stale objects
find "$out" -xtype l -delete
for part in Kbuild include src tests/kunit tests/bench tests/vm; do
	[ -e "$top/$part" ] || continue
	mkdir -p "$out/$(dirname "$part")"
	cp -rsfT "$top/$part" "$out/$part"
done

build()
{
	make -C "$kernel" M="$out" W=1 KCFLAGS=-Werror CB_TESTS=m "$@" modules >"$out/build.log" 2>&1
}

rc=0
build "$@" || rc=$?

# modpost only warns, and says it only once: build again next time
if [ $rc -ne 0 ] || grep -Eq '^WARNING|: warning:' "$out/build.log"; then
	rm -f "$out"/*.ko "$out/Module.symvers"
	cat "$out/build.log" >&2
	die "building for $kernel failed or gave warnings"
fi
