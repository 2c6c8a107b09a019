#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the User-Mode Linux kernel that runs the KUnit suites from Debian's
# linux-source, in the cache, and prints its build directory. An interrupted build
# goes on where it was; another source, recipe or compiler makes another kernel.

set -eu
. "$(dirname "$0")/common.sh"

fragment=$top/scripts/kunit.config
source=$("$top/scripts/fetch-kernel.sh" 6.12 source)
key=$({ sed -n 1,5p "$source/Makefile"; cat "$fragment" "$0"
	gcc -dumpfullversion; } | sha256sum | cut -c 1-12)
build=$cache/kunit-$key

um()
{
	make -C "$source" ARCH=um O="$build" "$@"
}

configure()
{
	# 6.12 has room for the registers of an AVX-512 machine. On one with AMX,
	# which has 11 KiB of them, no program would start.
	sed -i 's/DEFINE_LONGS(HOST_FP_SIZE, 2696)/DEFINE_LONGS(HOST_FP_SIZE, 12288)/' \
		"$source/arch/x86/um/user-offsets.c"

	um KCONFIG_ALLCONFIG="$fragment" allnoconfig

	# An option whose dependencies are not met is dropped in silence
	grep '=y$' "$fragment" | while read -r option; do
		grep -qx "$option" "$build/.config" || die "$option has no effect"
	done
}

[ -e "$build/done" ] || lock "kunit-kernel"
if [ ! -e "$build/done" ]; then
	mkdir -p "$build"
	step "configuring the KUnit kernel" configure
	step "building the KUnit kernel (a few minutes)" um -j"$(nproc)"
	touch "$build/done"
fi
echo "$build"
