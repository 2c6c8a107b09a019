# SPDX-License-Identifier: GPL-2.0-only
"""What vmhost run adds to a machine, in one of type pc that has an ivshmem device of its
user's, too: the guest finds the right one, notifications arrive, and after a suspend all is
there again. usage: test_vmhost.py KERNEL"""

import sys

import hypervisor

COMMAND = '''
shows() { grep -q "^$1: *$2$" /sys/kernel/clockbound/status; }
notified() { sed -n 's/.*: *\\([0-9]*\\) *\\([0-9]*\\).*ACPI:Ged.*/\\1 \\2/p' /proc/interrupts; }
count() { set -- $(notified); echo $(($1 + $2)); }

more() { [ "$(count)" -gt "$1" ]; }

soon() # COMMAND...
{
	for i in $(seq 1000); do
		"$@" && return
		usleep 10000
	done
	false
}

check 'there are two ivshmem devices' \\
	[ "$(grep -l 0x1110 /sys/bus/pci/devices/*/device | wc -l)" = 2 ]
check 'the page bounds time' shows vmclock 'bounds time'
for command in disrupt generation 'set-status unreliable' 'set-status auto' \\
	'migrate 5000000' notify; do
	before=$(count)
	echo "host: $command"; read -r answer
	check "$command: done" test "${answer#ok}" != "$answer"
	check "$command: the guest is notified" soon more "$before"
done
before=$(count)
echo 'host: status'; read -r answer
sleep 2
check 'updates alone are not worth a notification' [ "$(count)" = "$before" ]

mount -t tracefs trace /sys/kernel/tracing
echo 1 >/sys/kernel/tracing/events/clockbound/clockbound_event/enable
echo 'host: disrupt'; read -r answer
soon more "$before"
check 'the module acts upon it, though nobody reads' \\
	grep -q 'changes=.*disruption' /sys/kernel/tracing/trace
echo 0 >/sys/kernel/tracing/events/clockbound/clockbound_event/enable

# Its memory has no address until Linux has restored the device
echo deep >/sys/power/mem_sleep
echo 'host: wake'; read -r answer
check 'the machine sleeps' sh -c 'echo mem >/sys/power/state'
check 'the page is found again' soon shows vmclock 'bounds time'
check 'and bounds time' soon shows status synchronized
before=$(count)
echo 'host: disrupt'; read -r answer
check 'the guest is notified after that, too' soon more "$before"
check 'the module is unloaded' rmmod clockbound
'''

# The user's own, in an earlier slot
QEMU = ('-object', 'memory-backend-ram,id=own,share=on,size=1M',
        '-device', 'ivshmem-plain,memdev=own,addr=5')

if __name__ == '__main__':
    sys.exit(hypervisor.run(sys.argv[1], COMMAND, [], machine='pc', qemu=QEMU))
