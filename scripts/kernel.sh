# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
#
# Builds a kernel for tests from Debian's linux-source. To be sourced after common.sh.

# test_kernel NAME ARCH PREPARE FRAGMENT...
#
# Builds the kernel that the fragments in scripts/ describe on top of allnoconfig,
# in the cache, and prints its build directory. PREPARE is called with the directory
# of the source before anything is made of it (":" for nothing to do). An interrupted
# build goes on where it was; another source, recipe or compiler makes another kernel.
test_kernel()
{
	kernel_name=$1
	kernel_arch=$2
	kernel_prepare=$3
	shift 3

	kernel_source=$("$top/scripts/fetch-kernel.sh" 6.12 source)
	kernel_config=$(cd "$top/scripts" && cat "$@")
	kernel_key=$({ sed -n 1,5p "$kernel_source/Makefile"; echo "$kernel_config"
		cat "$top/scripts/$me" "$top/scripts/kernel.sh"
		gcc -dumpfullversion; } | sha256sum | cut -c 1-12)
	kernel_build=$cache/$kernel_name-$kernel_key

	[ -e "$kernel_build/done" ] || lock "$kernel_name-kernel"
	if [ ! -e "$kernel_build/done" ]; then
		mkdir -p "$kernel_build"
		step "configuring the kernel $kernel_name" kernel_configure
		step "building the kernel $kernel_name (minutes)" \
			kernel_make -j"$(nproc)"
		touch "$kernel_build/done"
	fi
	echo "$kernel_build"
}

kernel_make()
{
	make -C "$kernel_source" ARCH="$kernel_arch" O="$kernel_build" "$@"
}

kernel_configure()
{
	"$kernel_prepare" "$kernel_source"
	echo "$kernel_config" >"$kernel_build/fragment"
	kernel_make KCONFIG_ALLCONFIG="$kernel_build/fragment" allnoconfig

	# An option whose dependencies are not met is dropped in silence
	grep '=y$' "$kernel_build/fragment" | while read -r option; do
		grep -qx "$option" "$kernel_build/.config" || die "$option has no effect"
	done
}
