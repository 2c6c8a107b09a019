# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 disable=SC2016
#
# Packages of a release of Debian, whatever release the machine runs, without installing
# them. To be sourced after common.sh. apt has $(variables) of its own.

# apt_setup CODENAME [SUITE]
#
# From here on apt knows the packages of that release, by its own signatures, and no
# installed one; those of the suite come first. The machine's own apt configuration is
# read, never changed.
apt_setup()
{
	apt=$cache/apt-$1
	mkdir -p "$apt/lists/partial" "$apt/archives/partial"
	: >"$apt/status"
	cat >"$apt/apt.conf" <<-END
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Sandbox::User "root";
	${2:+APT::Default-Release "$2";}
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
	apt_sources "$1" >"$apt/sources.list"
	export APT_CONFIG="$apt/apt.conf"
	step "package lists of Debian's $1" apt-get update
}

# The suites of a release and its keys, on the mirrors that this machine uses
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

	# Mirrors have the security updates beside the archive, which is where to look if
	# this machine takes none
	security=${security:-${archive%/}-security/}

	for suite in "$archive $1" "$archive $1-updates" "$archive $1-backports" \
		"$security $1-security"; do
		echo "deb [arch=amd64 signed-by=$keyring] $suite main"
	done
}
