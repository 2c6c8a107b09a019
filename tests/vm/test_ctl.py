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
	[ $got -eq $code ] || sed "s/^/# exit code $got, not $code: /" /tmp/out /tmp/err
	check "$name" [ $got -eq $code ]
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
check "it is for the same moment" [ "$(number counter_value)" = "$counter" ]
check "it is not wider" [ "$(number latest_ns)" -le $latest ]
expect 0 "wait until a reading has passed" wait $latest --timeout 60s
expect 0 "a later reading" now --json
check "it has passed" [ "$(number earliest_ns)" -gt $latest ]
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
	check "the trace has $wait" grep -q "clockbound_wait: $wait$" /sys/kernel/tracing/trace
done

# Whenever the wait has begun, there is a disruption after that
( clockboundctl wait +1h --timeout 120s 2>/tmp/err; echo $? >/tmp/code ) &
while [ ! -s /tmp/code ]; do
	echo "host: disrupt"; read -r answer
done
echo "# exit code $(cat /tmp/code), $(cat /tmp/err), $answer"
check "a disruption ends a wait" [ "$(cat /tmp/code)" = 3 ]
check "the wait says so" grep -q "the clock was disrupted" /tmp/err
expect 3 "at refuses a moment from before the disruption" at $counter --marker $marker
expect 0 "wait-sync after it" wait-sync --timeout 60s
expect 0 "bench" bench
check 'the module is unloaded' rmmod clockbound
expect 1 "no module" wait-sync
'''

if __name__ == '__main__':
    sys.exit(hypervisor.run(sys.argv[1], COMMAND, [], {
        '/bin/clockboundctl': vm.TOP / 'build' / 'clockboundctl.static'}))
