# SPDX-License-Identifier: GPL-2.0-only
"""The device as a user meets it: with a full VMClock, with one that has but a
marker, and without any. usage: test_device.py KERNEL"""

import sys

import page
import tap
import vm

COMMAND = '''
value() { cat /sys/kernel/clockbound/$1; }
shows() { value status | grep -q "^$1: *$2$"; }
is() { [ "$(value $1)" = "$2" ] || { echo "# $1 is '$(value $1)'"; false; }; }

insmod /clockbound.ko || exit 1
value status | sed 's/^/# /'
%s
check 'all files are readable' sh -c 'cat /sys/kernel/clockbound/* >/dev/null'
check 'no file is writable' \
	[ "$(find /sys/kernel/clockbound -type f -perm /222 | wc -l)" = 0 ]
run abi
%s
check 'the module is unloaded' rmmod clockbound
'''

NONE = '''
check 'status without a device' shows status unknown
check 'status names what is missing' shows vmclock 'no VMClock device'
check 'clock_status without a device' is clock_status 0
check 'source without a device' is source none
check 'width without a device' is width_ns 18446744073709551615
'''

MARKER_ONLY = '''
check 'status with a marker alone' shows status unknown
check 'status says so' shows vmclock 'disruption marker only, no time'
check 'the marker' is disruption_marker 1
echo 'host: marker 2'; read -r answer
check 'a changed marker is a disruption' is clock_status 3
check 'its number' is disruption_marker 2
check 'it was counted' is disruptions 1
echo 'host: full 3'; read -r answer
check 'a full page vouches for it again' is clock_status 1
check 'it was counted as well' is disruptions 2
echo 'host: marker 3'; read -r answer
check 'no time again' is clock_status 0
check 'and no disruption' is disruptions 2
'''

FULL = '''
check 'status with a full page' shows status synchronized
check 'the source' is source vmclock
check 'the verdict' is vmclock 'bounds time'
check 'TAI' shows 'TAI - UTC' '37 s'
check 'the generation' is vm_generation 9
check 'earliest before latest' \
	[ "$(value earliest_ns)" -lt "$(value latest_ns)" ]
before=$(value disruptions)
echo 'host: notify'; read -r answer
check 'a notification alone changes nothing' is disruptions "$before"
mount -t tracefs trace /sys/kernel/tracing
echo 1 >/sys/kernel/tracing/events/clockbound/enable
echo 'host: marker 8'; read -r answer
check 'a disruption' is clock_status 3
echo 'host: full 9'; read -r answer
check 'and back' is clock_status 1
for event in 'disruption status=3' clockbound_publish 'disruption status=1'; do
	check "the trace has $event" grep -q "$event" /sys/kernel/tracing/trace
done
echo 0 >/sys/kernel/tracing/events/clockbound/enable
echo 'host: busy'; read -r answer
check 'kept while the hypervisor writes' is clock_status 1
until [ "$(value clock_status)" = 0 ]; do :; done
check 'unknown when it never ends' shows vmclock \
	'never consistent: stopped in the middle of an update'
echo 'host: full 7'; read -r answer
check 'and back' is clock_status 1
if [ -e /sys/module/ptp_vmclock ]; then
	check 'ptp_vmclock is unloaded' rmmod ptp_vmclock
	check 'nothing has changed by that' is clock_status 1
	echo 'host: marker 8'; read -r answer
	check 'a disruption without it' is clock_status 3
	check 'ptp_vmclock is loaded again' busybox insmod /ptp_vmclock.ko
	echo 'host: full 9'; read -r answer
	check 'and back beside it' is clock_status 1
fi
'''


# Neither the module nor a reader may execute what the CPU does not have.
OLD_CPU = '''
check 'the CPU has no RDTSCP' sh -c '! grep -qw rdtscp /proc/cpuinfo'
check 'synchronized on an old CPU' is clock_status 1
'''

LIFECYCLE = '''
check 'unloaded' rmmod clockbound

# Somebody else has a name already. The kernel prints a stack for that, which is none
# of our faults: it goes into a log of its own.
dmesg -n 1
dmesg -c >/dev/null
taken() # NAME
{
	check "somebody takes the name $1" insmod /clockbound_taken.ko name=$1
}
nodes='vmclock0 clockbound-shm0'
if [ -e /ptp_vmclock.ko ]; then
	nodes=clockbound-shm0
	skip 'vmclock0 is taken' "the module leaves it to the kernel's own driver"
fi
for node in $nodes; do
	taken $node
	check "$node is taken: the module does without it" insmod /clockbound.ko
	check "$node is taken: it works" is clock_status 1
	check "$node is taken: it is unloaded" rmmod clockbound
	check "$node is taken: it was not removed" [ -e /dev/$node ]
	check "the name $node is given back" rmmod clockbound_taken
	dmesg -c >/tmp/log
	check "$node is taken: the log says so" grep -q "clockbound: no /dev/$node" /tmp/log
done
taken clockbound
check 'clockbound is taken: the module cannot be loaded' \
	sh -c '! insmod /clockbound.ko 2>/dev/null'
check 'clockbound is taken: nothing is left behind' \
	[ ! -e /dev/clockbound-shm0 -a ! -e /sys/kernel/clockbound ]
check 'clockbound is taken: nor is /dev/vmclock0, unless it is not ours' \
	[ ! -e /dev/vmclock0 -o -e /sys/module/ptp_vmclock ]
check 'the name clockbound is given back' rmmod clockbound_taken
dmesg -c >/tmp/log
dmesg -n 7
check 'clockbound is taken: all that the kernel says is that' \
	[ "$(grep -c 'Call Trace' /tmp/log)" = "$(grep -c 'duplicate filename' /tmp/log)" ]

check 'a source that there is not is refused' sh -c '! insmod /clockbound.ko source=sun'
check 'loaded for reports' insmod /clockbound.ko source=report
check 'pinned to reports: no bound' is clock_status 0
check 'and no source' is source none
check 'unloaded again' rmmod clockbound
check 'loaded for the VMClock' insmod /clockbound.ko source=vmclock
check 'pinned to the VMClock' is source vmclock
check 'unloaded once more' rmmod clockbound
check 'loaded again at the end' insmod /clockbound.ko
'''


def boot(test, kernel, scenario, content=None, afterwards='', accel='tcg'):
    """Runs one scenario."""
    def on_host(text):
        word, _, number = text.partition(' ')
        if word == 'marker':
            machine.write(page.marker_only(4, int(number)))
        elif word == 'full':
            machine.write(page.full(6, int(number)))
        elif word == 'busy':
            machine.write(b'\x03', page.SEQ_COUNT)
        elif word == 'notify':
            machine.ask('notify')
        return 'ok'

    guest = vm.TOP / 'build' / 'guest'
    files = {'/clockbound.ko': vm.module(kernel), '/bin/abi': guest / 'abi',
             '/clockbound_taken.ko': vm.module(kernel, 'tests/vm/clockbound_taken')}
    with vm.VM(kernel, test.command(COMMAND % (scenario, afterwards)), files=files,
               on_line=test.line, on_host=on_host, vmclock=content is not None,
               page=content, accel=accel) as machine:
        test.judge(machine)


def main():
    kernel = sys.argv[1]
    test = tap.Test()
    boot(test, kernel, NONE)
    boot(test, kernel, MARKER_ONLY, page.marker_only())
    boot(test, kernel, OLD_CPU, page.full(), accel='tcg-old')
    boot(test, kernel, FULL, page.full(), LIFECYCLE)
    return test.end()


if __name__ == '__main__':
    sys.exit(main())
