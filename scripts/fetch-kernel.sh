#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fetch-kernel.sh VERSION image|headers|source
#
# Fetches Debian 12's stock kernel VERSION (6.1, 6.12) for amd64 into the cache,
# whatever release of Debian the host runs, and prints the path of
#
#   image    the kernel to boot; the modules beside it under ../lib/modules
#   headers  the directory for make -C
#   source   the unpacked linux-source
#
# Image and headers come together, so that a module built with the headers loads
# into the image. What is in the cache is used as it is: remove the directory to
# get what Debian has now.

# shellcheck disable=SC2016 # apt and make have $(variables) of their own

set -eu
. "$(dirname "$0")/common.sh"

usage="usage: $me 6.1|6.12 image|headers|source"
version=${1:?$usage}
kind=${2:?$usage}
apt=$cache/apt

# Suites and keys of Debian 12, and an apt state that knows of no installed
# package. The machine's own apt configuration is read, never changed.
apt_sources()
{
	targets=$(apt-get indextargets \
		--format '$(ORIGIN) $(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
		sed -n 's/^Debian //p')
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	archive=$(echo "$targets" | awk '$1 !~ /-/ { print $2; exit }')
	security=$(echo "$targets" | awk '$1 ~ /-security$/ { print $2; exit }')

	[ -n "$archive" ] ||
		die "apt knows no Debian mirror: run 'apt-get update' as root, then try again"
	[ -e $keyring ] || die "$keyring is missing: install debian-archive-keyring"

	# 6.12 is a security update of Debian 12. Mirrors have these beside the
	# archive, which is where to look if this machine takes none.
	security=${security:-${archive%/}-security/}

	for suite in "$archive bookworm" "$archive bookworm-updates" \
		"$security bookworm-security"; do
		echo "deb [arch=amd64 signed-by=$keyring] $suite main"
	done
}

apt_setup()
{
	mkdir -p "$apt/lists/partial" "$apt/archives/partial"
	: >"$apt/status"
	cat >"$apt/apt.conf" <<-END
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Acquire::Retries "3";
	Dir::Etc::sourcelist "$apt/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	Dir::State "$apt";
	Dir::State::status "$apt/status";
	Dir::Cache "$apt";
	END
	apt_sources >"$apt/sources.list"
	export APT_CONFIG="$apt/apt.conf"
	step "package lists of Debian 12" apt-get update
}

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
	case $version in
	6.1)	flavour=amd64 ;;
	*)	flavour=$version-amd64 ;;
	esac

	image=$(resolve "linux-image-$flavour" 'linux-image-[0-9].*-amd64')
	headers=$(resolve "linux-headers-$flavour" 'linux-(headers|kbuild)-[0-9].*')
	if [ -z "$image" ] || [ -z "$headers" ]; then
		die "Debian 12 has no kernel $version"
	fi

	# A guest of ours needs no more than PTP and virtio's balloon, which are modules
	step "$image" unpack "$image" "$tmp" './boot/*' \
		'./lib/modules/*/kernel/drivers/ptp/*' \
		'./lib/modules/*/kernel/drivers/pps/*' \
		'./lib/modules/*/kernel/drivers/virtio/*'
	for package in $headers; do
		step "$package" unpack "$package" "$tmp" './usr/*'
	done

	# The one absolute path; like this the tree works wherever it is
	release=${image#linux-image-}
	sed -i 's,^include /usr/src/,include $(realpath $(dir $(lastword $(MAKEFILE_LIST))))/../,' \
		"$tmp/usr/src/linux-headers-$release/Makefile"
	ln -s "boot/vmlinuz-$release" "$tmp/image"
	ln -s "usr/src/linux-headers-$release" "$tmp/headers"
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
image | headers)	dest=$cache/debian-$version ;;
source)			dest=$cache/linux-source-$version ;;
*)			die "$usage" ;;
esac

# Once for those in a hurry, once more for those who had to wait
[ -d "$dest" ] || lock "fetch"
if [ ! -d "$dest" ]; then
	tmp=$dest.tmp
	rm -rf "$tmp"
	mkdir -p "$tmp"
	apt_setup
	case $kind in
	source)	step "linux-source-$version" unpack_source ;;
	*)	fetch_binaries ;;
	esac
	mv "$tmp" "$dest"
fi

case $kind in
source)	echo "$dest" ;;
*)	readlink -f "$dest/$kind" ;;
esac
