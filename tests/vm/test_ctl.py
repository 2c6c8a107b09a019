# SPDX-License-Identifier: GPL-2.0-only
"""clockboundctl's wait, wait-sync and at with the module itself: what they print, and
their exit codes, through a disruption. usage: test_ctl.py KERNEL"""

import sys

import hypervisor
import vm

COMMAND = '''
# expect CODE NAME ARGUMENT...
expect()
{
	code=$1
	name=$2
	shift 2
	clockboundctl "$@" >/tmp/out 2>/tmp/err
	got=$?
	if [ $got -eq $code ]; then
		echo "ok $name"
	else
		echo "not ok $name: exit code $got, not $code"
		sed 's/^/# /' /tmp/out /tmp/err
		rc=1
	fi
}

# number NAME: a member of what was printed last
number()
{
	sed "s/.*\\"$1\\":\\([0-9]*\\).*/\\1/" /tmp/out
}

mount -t tracefs trace /sys/kernel/tracing
echo 1 >/sys/kernel/tracing/events/clockbound/clockbound_wait/enable
expect 0 "wait-sync" wait-sync --timeout 60s
expect 4 "wait-sync gives up when the interval stays too wide" \
	wait-sync --timeout 10ms --max-width 1ns
expect 0 "a reading" now --json
latest=$(number latest_ns)
counter=$(number counter_value)
marker=$(number disruption_marker)
expect 0 "at gives the interval of that reading" at $counter --marker $marker --json
if [ "$(number counter_value)" = "$counter" ] && [ "$(number latest_ns)" -le $latest ]; then
	echo "ok it is not wider"
else
	echo "not ok it is not wider"
	rc=1
fi
expect 0 "wait until a reading has passed" wait $latest --timeout 60s
expect 0 "a later reading" now --json
if [ "$(number earliest_ns)" -gt $latest ]; then
	echo "ok it has passed"
else
	echo "not ok it has passed"
	rc=1
fi
expect 0 "wait until now has passed" wait --timeout 60s
expect 0 "wait in TAI" wait +1ms --tai --timeout 60s
expect 4 "wait gives up" wait +1h --timeout 10ms
expect 1 "wait refuses a wide interval" wait +1h --max-width 1ns --timeout 60s
expect 1 "at refuses what is still to come" at 0x7fffffffffffffff --marker $marker
expect 1 "at takes no counter value for CLOCK_MONOTONIC_RAW" \
	at 0x7fffffffffffffff --raw --marker $marker
expect 3 "at refuses another marker" at $counter --marker $((marker + 1))

for wait in "sync=0 flags=deadline timeout=[0-9]* max_width=0 error=0" \
	"until=[0-9]* flags=tai|deadline timeout=[0-9]* max_width=0 error=0" \
	"until=[0-9]* flags=deadline timeout=[0-9]* max_width=0 error=-110" \
	"until=[0-9]* flags=deadline timeout=[0-9]* max_width=1 error=-34"; do
	if grep -q "clockbound_wait: $wait$" /sys/kernel/tracing/trace; then
		echo "ok the trace has $wait"
	else
		echo "not ok the trace has $wait"
		rc=1
	fi
done

# Whenever the wait has begun, there is a disruption after that
( clockboundctl wait +1h --timeout 120s 2>/tmp/err; echo $? >/tmp/code ) &
while [ ! -s /tmp/code ]; do
	echo "host: disrupt"; read -r answer
done
got=$(cat /tmp/code)
if [ $got -eq 3 ] && grep -q "the clock was disrupted" /tmp/err; then
	echo "ok a disruption ends a wait"
else
	echo "not ok a disruption ends a wait: exit code $got, $(cat /tmp/err), $answer"
	rc=1
fi
expect 3 "at refuses a moment from before the disruption" at $counter --marker $marker
expect 0 "wait-sync after it" wait-sync --timeout 60s
expect 0 "bench" bench
rmmod clockbound || rc=1
expect 1 "no module" wait-sync
exit $rc
'''

if __name__ == '__main__':
    sys.exit(hypervisor.run(sys.argv[1], COMMAND, [], {
        '/bin/clockboundctl': vm.TOP / 'build' / 'clockboundctl.static'}))
