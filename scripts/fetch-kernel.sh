#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fetch-kernel.sh VERSION image|headers|ptp_vmclock|source
#
# Fetches one of Debian's stock kernels for amd64 into the cache, whatever release of
# Debian the host runs. VERSION is
#
#   6.1, 6.12  those of Debian 12
#   newest     what Debian 13's backports have now
#   newest-rt  the same with PREEMPT_RT
#
# and what is printed is the path of
#
#   image        the kernel to boot
#   headers      the directory for make -C
#   ptp_vmclock  the kernel's own driver of the VMClock device, a module
#   source       the unpacked linux-source
#
# Image, modules and headers come together, so that a module built with the headers
# loads into the image. What is in the cache is used as it is: remove the directory to
# get what Debian has now.

# shellcheck disable=SC2016 # make has $(variables) of its own

set -eu
. "$(dirname "$0")/common.sh"
. "$top/scripts/apt.sh"

usage="usage: $me 6.1|6.12|newest|newest-rt image|headers|ptp_vmclock|source"
version=${1:?$usage}
kind=${2:?$usage}
# Another number whenever something else is unpacked: what is in the cache lacks it
contents=2
case $version in
newest*)	release=trixie suite=trixie-backports ;;
*)		release=bookworm suite= ;;
esac

# resolve META PATTERN: the packages matching PATTERN that META stands for
resolve()
{
	apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
		--no-breaks --no-replaces --no-enhances "$1" |
		grep -Ex "$2" | grep -vx "$1" | sort -u
}

# unpack PACKAGE DIR PATH...: only these paths, relative to the root
unpack()
{
	package=$1
	dir=$2
	shift 2
	(cd "$dir" && apt-get download "$package")
	dpkg-deb --fsys-tarfile "$dir/$package"_*.deb |
		tar -x -C "$dir" --wildcards "$@"
	rm "$dir/$package"_*.deb
}

fetch_binaries()
{
	# Newer ones come in two packages
	case $version in
	6.1)		flavour=amd64		parts=image ;;
	newest)		flavour=amd64		parts='(binary|modules)' ;;
	newest-rt)	flavour=rt-amd64	parts='(binary|modules)' ;;
	*)		flavour=$version-amd64	parts=image ;;
	esac

	image=$(resolve "linux-image-$flavour" "linux-$parts-[0-9].*-amd64")
	headers=$(resolve "linux-headers-$flavour" 'linux-(headers|kbuild)-[0-9].*')
	if [ -z "$image" ] || [ -z "$headers" ]; then
		die "Debian's $release has no kernel $version"
	fi

	# A guest of ours needs no other modules than virtio's balloon and ptp_vmclock
	for package in $image; do
		case $package in
		linux-image-*)	 set -- './boot/*' '*/kernel/drivers/virtio/*' ;;
		linux-binary-*)	 set -- '*/vmlinuz' ;;
		linux-modules-*) set -- '*/ptp_vmclock.ko*' '*/kernel/drivers/virtio/*' ;;
		esac
		step "$package" unpack "$package" "$tmp" "$@"
	done
	for package in $headers; do
		step "$package" unpack "$package" "$tmp" './usr/*'
	done

	# The absolute paths; like this the tree works wherever it is
	here='$(realpath $(dir $(lastword $(MAKEFILE_LIST))))'
	sed -i -e "s,^include /usr/src/,include $here/../," \
		-e "s,^KBUILD_OUTPUT=.*,KBUILD_OUTPUT:=$here," \
		"$tmp"/usr/src/linux-headers-*-amd64/Makefile

	find "$tmp" -name ptp_vmclock.ko.xz -exec unxz {} +
	link image "$tmp"/boot/vmlinuz-* "$tmp"/usr/lib/modules/*/vmlinuz
	link headers "$tmp"/usr/src/linux-headers-*-amd64
	link ptp_vmclock "$tmp"/usr/lib/modules/*/kernel/drivers/ptp/ptp_vmclock.ko
}

# link NAME PATH...: to the one that is there, if any is
link()
{
	name=$1
	shift
	for path; do
		[ ! -e "$path" ] || ln -s "${path#"$tmp"/}" "$tmp/$name"
	done
}

# Architectures and subsystems are needed for their Kconfig files at least
unpack_source()
{
	unpack "linux-source-$version" "$tmp" './usr/src/*.tar.xz'
	tar -x -C "$tmp" --strip-components=1 \
		--exclude='*/Documentation/*/*' --exclude='*/tools/testing/selftests' \
		--exclude='*/drivers/gpu/*.[ch]' \
		-f "$tmp/usr/src/linux-source-$version.tar.xz"
	rm -r "$tmp/usr/src"
}

case $kind in
image | headers | ptp_vmclock)
	dest=$cache/debian-$version-$contents ;;
source)	dest=$cache/linux-source-$version ;;
*)	die "$usage" ;;
esac

# Once for those in a hurry, once more for those who had to wait
[ -d "$dest" ] || lock "fetch"
if [ ! -d "$dest" ]; then
	tmp=$dest.tmp
	rm -rf "$tmp"
	mkdir -p "$tmp"
	apt_setup $release $suite
	case $kind in
	source)	step "linux-source-$version" unpack_source ;;
	*)	fetch_binaries ;;
	esac
	mv "$tmp" "$dest"
fi

case $kind in
source)	echo "$dest" ;;
*)	readlink -e "$dest/$kind" || die "the kernel $version has no $kind" ;;
esac
