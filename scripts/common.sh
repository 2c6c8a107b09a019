# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
#
# What the scripts share. To be sourced: . "$(dirname "$0")/common.sh"
# Results go to stdout, everything that a person reads to stderr.

me=$(basename "$0")
top=$(cd "$(dirname "$0")/.." && pwd)
cache=${CLOCKBOUND_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/clockbound}
mkdir -p "$cache"

die()
{
	echo "$me: $*" >&2
	exit 1
}

# step TEXT COMMAND...: one line that says what runs and how long it took.
# What the command prints is shown only when it fails.
step()
{
	step_text=$1
	step_start=$(date +%s)
	step_log=$(mktemp)
	shift
	printf '%s: %s ... ' "$me" "$step_text" >&2

	# Not "if ( ... )": errexit would be off inside, and a function that
	# is given as the command would go on after its first error.
	set +e
	( set -e; "$@" ) >"$step_log" 2>&1 </dev/null
	step_rc=$?
	set -e

	if [ $step_rc -ne 0 ]; then
		echo "failed" >&2
		tail -n 40 "$step_log" >&2
		rm -f "$step_log"
		die "$step_text failed (exit code $step_rc)"
	fi
	rm -f "$step_log"
	echo "$(($(date +%s) - step_start)) s" >&2
}

# lock NAME: one run at a time does the work that NAME stands for; the others
# wait and then find it done. Released when the script and its children end.
lock()
{
	exec 9>"$cache/$1.lock"
	flock -n 9 && return
	echo "$me: waiting for another run to finish with $1" >&2
	flock 9
}
