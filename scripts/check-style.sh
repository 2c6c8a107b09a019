#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the kernel's checkpatch.pl --strict over every C file; any remark fails the
# file. The last line is "style: N passed, N failed", counting files.

set -eu
. "$(dirname "$0")/common.sh"

checkpatch=$("$top/scripts/fetch-kernel.sh" 6.12 source)/scripts/checkpatch.pl

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
	src/trace.h)
		echo "$trace" ;;
	examples/* | include/* | tools/* | tests/host/* | tests/vm/* | src/portable.h)
		echo "$user" ;;
	src/compat.h)
		echo "$compat" ;;
	*)
		if grep -q '"portable.h"' "$1"; then echo "$user"; else echo "$all"; fi ;;
	esac
}

# One run for all files of a kind: checkpatch takes longer to start than to check.
# Names without spaces only, as in every tree that the kernel's style is for.
cd "$top"
found=$(mktemp)
trap 'rm -f "$found"' EXIT
files=$(find examples include src tools tests -name '*.[ch]' | sort)
rc=0
for kind in "$all" "$user" "$compat" "$trace"; do
	chosen=$(for file in $files; do
		[ "$(ignored "$file")" != "$kind" ] || echo "$file"
	done)
	# shellcheck disable=SC2086 # a list of files
	perl "$checkpatch" --no-tree --strict --terse --show-types --no-summary \
		--ignore "$kind" -f $chosen >>"$found" || rc=1
done

cat "$found"
failed=$(sed 's/:.*//' "$found" | sort -u | grep -c . || true)
passed=$(($(echo "$files" | wc -l) - failed))
echo "style: $passed passed, $failed failed"
[ $rc -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
