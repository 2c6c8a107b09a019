#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fetch-chrony.sh
#
# Unpacks this Debian release's chronyd into the cache and prints its path. It is
# not installed: the package would take the place of the machine's own time daemon.

set -eu
. "$(dirname "$0")/common.sh"

release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
dest=$cache/chrony-$release
chronyd=$dest/usr/sbin/chronyd

fetch()
{
	(cd "$tmp" && apt-get download chrony && dpkg-deb -x chrony_*.deb . && rm chrony_*.deb)
}

[ -d "$dest" ] || lock "fetch"
if [ ! -d "$dest" ]; then
	tmp=$dest.tmp
	rm -rf "$tmp"
	mkdir -p "$tmp"
	step "chrony" fetch
	mv "$tmp" "$dest"
fi

missing=$(ldd "$chronyd" | awk '/not found/ { print $1 }')
[ -z "$missing" ] || die "chronyd needs libraries that are not installed: $missing"
echo "$chronyd"
