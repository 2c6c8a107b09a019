#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the kernel's checkpatch.pl --strict over every C file, and kernel-doc -Wall over
# include/ and src/, where each function that a header declares has to have kernel-doc;
# any remark fails the file. Prints TAP, an assertion for each file. A file that checkpatch
# has found clean and that has not changed since is not looked at again by it: build/style
# says which, by their contents.

set -eu
. "$(dirname "$0")/common.sh"

kernel=$("$top/scripts/fetch-kernel.sh" 6.12 source)
checkpatch=$kernel/scripts/checkpatch.pl

# Constants are written out where user space may read the same header
all=BIT_MACRO

# What user space compiles (examples/, include/, tools/, tests/host, tests/vm and the parts of
# src/ that go through portable.h) cannot take these from the kernel:
#   u64, __packed, fallthrough, kstrto*(), strscpy(), ARRAY_SIZE(), typeof in macros
# it has to define some of the kernel's tools, types and barriers among them, and
# C's own PRIu64 and _Static_assert() count as CamelCase. The name of a command in
# a message is taken for the name of the function that carries it out. Texts of many
# lines (help, programs that a test compiles) are not messages to search for.
user=$all,PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO,PREFER_FALLTHROUGH
user=$user,SSCANF_TO_KSTRTO,NAKED_SSCANF,STRCPY,ARRAY_SIZE,MACRO_ARG_REUSE
user=$user,VOLATILE,NEW_TYPEDEFS,MEMORY_BARRIER,CAMELCASE,EMBEDDED_FUNCTION_NAME,SPLIT_STRING

# The one file whose task it is to tell kernel versions apart
compat=$all,LINUX_VERSION_CODE,CONSTANT_COMPARISON

# TRACE_EVENT() has a form of its own
trace=$all,OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT

ignored()
{
	case $1 in
	src/publish/trace.h)
		echo "$trace" ;;
	examples/* | include/* | tools/* | tests/host/* | tests/vm/* | src/claim/portable.h)
		echo "$user" ;;
	src/compat.h)
		echo "$compat" ;;
	*)
		if grep -q '"portable.h"' "$1"; then echo "$user"; else echo "$all"; fi ;;
	esac
}

cd "$top"
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
trap 'exit 1' HUP INT TERM

# What else a verdict depends on. checkpatch knows the names in include/.
known=build/style/$(cat "$checkpatch" "scripts/$me" $(find include -name '*.h' | sort) |
	sha256sum | cut -c 1-16)
mkdir -p build/style
touch "$known"

# Names without spaces only, as in every tree that the kernel's style is for
files=$(find examples include src tools tests -name '*.[ch]' | sort)
# shellcheck disable=SC2086 # a list of files
sha256sum $files >"$found/all"
grep -vxFf "$known" "$found/all" >"$found/new" || true

# A few runs for many files of a kind: checkpatch takes longer to start than to check
rc=0
: >"$found/remarks"
for kind in "$all" "$user" "$compat" "$trace"; do
	while read -r _ file; do
		[ "$(ignored "$file")" != "$kind" ] || echo "$file"
	done <"$found/new" >"$found/chosen"
	split -n "r/$(nproc)" "$found/chosen" "$found/part."
	for part in "$found"/part.*; do
		[ -s "$part" ] || continue
		# shellcheck disable=SC2046 # a list of files
		perl "$checkpatch" --no-tree --strict --terse --show-types --no-summary \
			--ignore "$kind" -f $(cat "$part") >"$part.remarks" 2>&1 ||
			[ -s "$part.remarks" ] || echo "checkpatch: failed" >"$part.remarks" &
	done
	wait
	cat "$found"/part.*.remarks >>"$found/remarks" 2>/dev/null || true
	rm "$found"/part.*
done

# kernel-doc does not know __extension__
documented=$(find include src -name '*.[ch]' | sort)
for file in $documented; do
	mkdir -p "$found/doc/${file%/*}"
	sed 's/__extension__ //' "$file" >"$found/doc/$file"
done
# shellcheck disable=SC2086 # a list of files
(
	cd "$found/doc"
	perl "$kernel/scripts/kernel-doc" -none -Wall $documented 2>&1 ||
		echo "kernel-doc: failed"
	# Functions that a header declares or defines, and that have no kernel-doc anywhere
	awk '
	last == "/**" && /^ \* [a-z0-9_]+\(\) - / {
		documented[$2]
	}
	FILENAME ~ /\.h$/ && /^[a-z]/ && match($0, /(^|[ *])[a-z][a-z0-9_]*\(/) {
		name = substr($0, RSTART, RLENGTH) ")"
		sub(/^[ *]/, "", name)
		where[name] = FILENAME ":" FNR
	}
	{
		last = $0
	}
	END {
		for (name in where)
			if (!(name in documented))
				print where[name] ": " name " has no kernel-doc"
	}' $documented
) >>"$found/remarks"

awk -v clean="$found/clean" '
FILENAME ~ /remarks$/ {
	file = $0
	sub(/:.*/, "", file)
	remarks[file] = remarks[file] "# " $0 "\n"
	next
}
{
	printf "%s%sok %d - %s\n", remarks[$2], remarks[$2] ? "not " : "", ++number, $2
	if (remarks[$2])
		failed = 1
	else
		good = good $0 "\n"
	delete remarks[$2]
}
END {
	# Not about a file: an error of checkpatch or kernel-doc itself
	for (other in remarks)
		printf "%s", remarks[other]
	if (other) {
		printf "not ok %d - checkpatch or kernel-doc has an error of its own\n", ++number
		failed = 1
		good = ""
	}
	print "1.." number
	printf "%s", good >clean
	exit failed
}' "$found/remarks" "$found/all" || rc=1
sort -u "$known" "$found/clean" -o "$known"
exit $rc
