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

# What user space compiles (include/, tools/, tests/host, tests/vm and the parts of
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
	include/* | tools/* | tests/host/* | tests/vm/* | src/portable.h)
		echo "$user" ;;
	src/compat.h)
		echo "$compat" ;;
	*)
		if grep -q '"portable.h"' "$1"; then echo "$user"; else echo "$all"; fi ;;
	esac
}

cd "$top"
passed=0
failed=0
for file in $(find include src tools tests -name '*.[ch]' | sort); do
	if perl "$checkpatch" --no-tree --strict --terse --show-types --no-summary \
		--ignore "$(ignored "$file")" -f "$file"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done

echo "style: $passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
