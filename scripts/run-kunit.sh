#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# run-kunit.sh [--coverage DIR] MODULE.ko...
#
# Loads KUnit suites into the kernel of build-kunit-kernel.sh. Prints TAP: whether the
# kernel ran to its end and said nothing, and what the suites said. A suite of
# tests/kunit that did not run is a failure.
#
# With --coverage they run in the kernel that counts branches, and the counts go
# beside the objects in DIR, where the modules were built.

set -eu
. "$(dirname "$0")/common.sh"

variant=
counted=
if [ "${1-}" = --coverage ]; then
	variant=coverage
	counted=$(cd "$2" && pwd)
	shift 2
fi
[ $# -gt 0 ] || die "usage: $me [--coverage DIR] MODULE.ko..."
limit=600	# seconds

kernel=$("$top/scripts/build-kunit-kernel.sh" $variant)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
trap 'exit 1' HUP INT TERM

mkdir "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/modules" "$root/out"
cp "$(command -v busybox)" "$root/bin/busybox"
cp "$@" "$root/modules"

# insmod succeeds even if a test fails: the verdict is in the results
cat >"$root/init" <<'END'
#!/bin/busybox sh
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t debugfs debug /sys/kernel/debug
cd /sys/kernel/debug/kunit
for module in /modules/*; do
	before=$(busybox ls | busybox wc -l)
	busybox insmod "$module" || echo "cannot load $module" >>/out/errors
	[ "$(busybox ls | busybox wc -l)" -gt "$before" ] ||
		echo "no suite in $module" >>/out/errors
done
busybox cat */results >/out/results
if cd /sys/kernel/debug/gcov 2>/dev/null; then
	# Not cp: their sizes are not known before they are read
	busybox find . -name '*.gcda' | while read -r file; do
		busybox mkdir -p "/out/gcov/${file%/*}"
		busybox cat "$file" >"/out/gcov/$file"
	done
fi
busybox sync
echo >/out/done
busybox poweroff -f
END
chmod +x "$root/init"

rc=0
timeout --kill-after=5 $limit "$kernel/linux" mem=512M \
	rootfstype=hostfs rootflags="$root" rw init=/init panic_on_warn=1 \
	con=null con0=null,fd:1 </dev/null >"$root/out/console" 2>&1 || rc=$?

why=
if [ $rc -eq 124 ] || [ $rc -eq 137 ]; then
	why="no end after $limit s"
elif grep -E -A 60 'BUG|WARNING|UBSAN|KASAN|Oops|Kernel panic' "$root/out/console" |
	grep -vF '] ? ' >"$root/out/complaint"; then
	why="it complained"
elif [ ! -e "$root/out/done" ]; then
	why="it stopped"
elif [ -e "$root/out/errors" ]; then
	why=$(tr '\n' ';' <"$root/out/errors")
fi
failed=0
if [ -z "$why" ]; then
	echo "ok 1 - the kernel runs to its end and says nothing"
else
	[ -s "$root/out/complaint" ] || tail -n 20 "$root/out/console" >"$root/out/complaint"
	sed 's/^/# /' "$root/out/complaint"
	echo "not ok 1 - the kernel runs to its end and says nothing: $why"
	failed=1
fi

if [ -n "$counted" ]; then
	find "$counted" -name '*.gcda' -delete
	cp -r "$root/out/gcov$counted/." "$counted"
fi

touch "$root/out/results"
awk -v tests="$top/tests/kunit" -v number=1 -v failed=$failed \
	-f "$top/scripts/kunit-results.awk" "$root/out/results"
