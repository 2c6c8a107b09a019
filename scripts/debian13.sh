#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# debian13.sh COMMAND [ARGUMENT...]
#
# Runs a command with the programs of Debian 13: a compiler for its kernels, and a QEMU
# that has a VMClock device. On Debian 13 these are the machine's own. Elsewhere they are
# fetched into the cache, and the command sees them in place of /usr; all else is where
# it was. Nothing is installed, and nothing stays mounted, however the command ends: the
# mount is in a namespace of its own, which ends with it.

set -eu
. "$(dirname "$0")/common.sh"
. "$top/scripts/apt.sh"

# What scripts/build-module.sh and kernel makefiles call, and QEMU
packages="coreutils dash diffutils findutils gcc-14 grep libelf1t64 libssl3t64 make mawk
	pahole qemu-system-x86 qemu-utils sed sparse util-linux"
key=$(echo "$packages" | sha256sum | cut -c 1-12)
dest=$cache/debian13-$key

[ $# -gt 0 ] || die "usage: $me COMMAND [ARGUMENT...]"
[ "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" != trixie ] || exec "$@"
case $top in
/usr/*)	die "the command would not see $top, in place of which it has Debian 13's /usr" ;;
esac

# No script of a package is run, so what these would have made is made here
unpack_root()
{
	for package in "$apt"/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$package" | tar -x -C "$dest.tmp" \
			--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
			--exclude='./usr/share/locale/*' --wildcards './usr/*'
	done
	ln -s mawk "$dest.tmp/usr/bin/awk"
}

[ -d "$dest" ] || lock "debian13"
if [ ! -d "$dest" ]; then
	rm -rf "$dest.tmp"
	mkdir -p "$dest.tmp"
	(
		apt_setup trixie
		# What an interrupted run has fetched is not fetched again
		# shellcheck disable=SC2086 # a list of packages
		step "programs of Debian 13" apt-get install -y --download-only \
			--no-install-recommends $packages
		# Nor is what has been superseded since then unpacked
		apt-get autoclean >/dev/null
		step "unpacking them" unpack_root
		apt-get clean
	)
	mv "$dest.tmp" "$dest"
	exec 9>&-
fi

own=
[ "$(id -u)" -eq 0 ] || own=--map-root-user
# shellcheck disable=SC2016,SC2086 # variables of the inner shell; one word or none
exec unshare --mount $own sh -c 'mount --bind "$0/usr" /usr && exec "$@"' "$dest" "$@"
