#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# run-kunit.sh [--coverage DIR] MODULE.ko...
#
# Loads KUnit suites into the kernel of build-kunit-kernel.sh and judges what
# they and the kernel said. Prints the failed cases, and as the last line
#
#   kunit: N passed, N failed
#
# Anything that keeps the suites from running to their end counts as failed.
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

failed=0
fail()
{
	echo "not ok kunit - $*"
	failed=$((failed + 1))
}

if [ $rc -eq 124 ] || [ $rc -eq 137 ]; then
	tail -n 20 "$root/out/console"
	fail "no end after $limit s"
elif grep -E -A 60 'BUG|WARNING|UBSAN|KASAN|Oops|Kernel panic' "$root/out/console" |
	grep -vF '] ? '; then
	fail "the kernel complained"
elif [ ! -e "$root/out/done" ]; then
	tail -n 20 "$root/out/console"
	fail "the kernel stopped"
elif [ -e "$root/out/errors" ]; then
	fail "$(cat "$root/out/errors")"
fi

if [ -n "$counted" ]; then
	find "$counted" -name '*.gcda' -delete
	cp -r "$root/out/gcov$counted/." "$counted"
fi

touch "$root/out/results"
awk -v failed=$failed -f "$top/scripts/kunit-results.awk" "$root/out/results"
