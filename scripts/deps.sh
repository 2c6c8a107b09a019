#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# deps.sh GROUP...
#
# Installs the Debian packages that a group of tasks needs, if any is missing:
#
#   build  the module, the library and the tools
#   vm     running them in a virtual machine
#   test   make test and make check: also the KUnit kernel, sparse, the host tests, and
#          perl for checkpatch and for judging what the tests say
#
# When it was interrupted, or the machine was, the next run goes on from there.

set -eu
. "$(dirname "$0")/common.sh"

build="gcc make libc6-dev libelf-dev libjansson-dev libssl-dev zlib1g-dev pahole kmod
	pkg-config debian-archive-keyring xz-utils"
vm="busybox-static qemu-system-x86 qemu-utils python3"
test="$build $vm g++ flex bison bc sparse perl libcmocka-dev libc6-dev-i386
	lib32gcc-s1 man-db"

wanted=
for group; do
	case $group in
	build)	wanted="$wanted $build" ;;
	vm)	wanted="$wanted $vm" ;;
	test)	wanted="$wanted $test" ;;
	*)	die "no such group: $group (build, vm, test)" ;;
	esac
done
[ -n "$wanted" ] || die "usage: $me build|vm|test..."

command -v apt-get >/dev/null ||
	die "this is not a Debian system; install these packages' equivalents:$wanted"

# Asked one by one: a package that dpkg never heard of is missing as well
missing=
for package in $wanted; do
	case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
	*" installed")	;;
	*)		missing="$missing $package" ;;
	esac
done

# Without lists apt knows no mirror, and fetch-kernel.sh needs one
if [ -z "$missing" ] && [ -n "$(apt-get indextargets 'Created-By: Packages')" ]; then
	exit 0
fi

sudo=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null ||
		die "as root, run: apt-get update && apt-get install$missing"
	sudo=sudo
	sudo -v
fi

# apt does nothing after an installation that was interrupted, until dpkg has put its
# records in order. That fails while others are installing, as on a machine that has
# just been started; for those apt waits.
if [ -n "$(ls /var/lib/dpkg/updates)" ]; then
	$sudo env DEBIAN_FRONTEND=noninteractive dpkg --configure -a >/dev/null 2>&1 ||
		true
fi
apt="apt-get -o DPkg::Lock::Timeout=600"
# shellcheck disable=SC2086 # a command with its options, a list
{
	step "apt-get update" $sudo $apt update
	[ -z "$missing" ] || step "apt-get install$missing" \
		$sudo env DEBIAN_FRONTEND=noninteractive \
		$apt install -y --no-install-recommends $missing
}
