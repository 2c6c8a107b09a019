#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Checks how the files of src/ depend on each other. A folder includes only from those
# before it in the list below; src/main.c knows them all, and nobody knows src/main.c.
# No file includes another one that includes it, however far round. Prints TAP.

set -eu
. "$(dirname "$0")/common.sh"

folders="claim source publish interface"

found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
trap 'exit 1' HUP INT TERM

# A line for each include between the files of src/: "folder/file other-folder/file",
# where a .c file and its header are one
cd "$top/src"
grep -o '^#include "[^"]*"' -- */*.[ch] | awk -F '[:"/]' '
{
	from = $1 "/" $2
	to = /"\.\.\// ? $(NF - 2) "/" $(NF - 1) : $1 "/" $(NF - 1)
	sub(/\.[ch]$/, "", from)
	sub(/\.[ch]$/, "", to)
	if (from != to)
		print from, to
}' | sort -u >"$found/includes"

rc=0
number=0
# result NAME REMARKS: good if there are none
result()
{
	number=$((number + 1))
	if [ -s "$2" ]; then
		sed 's/^/# /' "$2"
		printf 'not '
		rc=1
	fi
	echo "ok $number - $1"
}

before=
for folder in $folders; do
	before="$before $folder"
	awk -v folder="$folder" -v before="$before" '
	BEGIN {
		count = split(before, names, " ")
		for (i = 1; i <= count; i++)
			allowed[names[i]] = 1
	}
	{
		split($1, from, "/")
		split($2, to, "/")
	}
	from[1] == folder && !(to[1] in allowed) {
		print $1 " includes " $2
	}' "$found/includes" >"$found/remarks"
	result "src/$folder includes only from$before" "$found/remarks"
done

tsort "$found/includes" >"$found/sorted" 2>"$found/remarks" || true
[ -s "$found/sorted" ] || echo "no file was found" >>"$found/remarks"
result "no file includes itself by way of others" "$found/remarks"

ls >"$found/here"
printf '%s\n' $folders compat.h main.c | sort | diff - "$found/here" >"$found/remarks" || true
result "nothing but these folders, main.c and compat.h" "$found/remarks"

echo "1..$number"
exit $rc
