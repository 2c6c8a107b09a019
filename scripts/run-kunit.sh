#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# run-kunit.sh MODULE.ko...
#
# Loads KUnit suites into the kernel of build-kunit-kernel.sh and judges what
# they and the kernel said. Prints the failed cases, and as the last line
#
#   kunit: N passed, N failed
#
# Anything that keeps the suites from running to their end counts as failed.

set -eu
. "$(dirname "$0")/common.sh"

[ $# -gt 0 ] || die "usage: $me MODULE.ko..."
limit=600	# seconds

kernel=$("$top/scripts/build-kunit-kernel.sh")
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

# A case is a line with an indentation of four; what comes before it since the
# case before is its own output. Deeper lines are parameters, the unindented one
# is the suite.
touch "$root/out/results"
awk -v failed=$failed '
	/^    # Subtest: /	{ suite = $3; cases = bad = 0; text = ""; next }
	/^    1\.\./		{ split($1, plan, "[.][.]"); next }
	/^    ok /		{ cases++; text = ""
				  if (!/# SKIP/) passed++
				  next }
	/^    not ok /		{ cases++; bad++; failed++
				  printf "%snot ok kunit %s.%s\n", text, suite, $4
				  text = ""; next }
	/^(not )?ok /		{ if (cases != plan[2] || (/^not/ && !bad)) {
					failed++
					printf "%snot ok kunit %s - ran %d of %d\n",
						text, suite, cases, plan[2]
				  }
				  text = ""; next }
				{ text = text $0 "\n" }
	END {
		if (!passed && !failed) {
			failed = 1
			print "not ok kunit - no test ran"
		}
		printf "kunit: %d passed, %d failed\n", passed, failed
		exit failed != 0
	}' "$root/out/results"
