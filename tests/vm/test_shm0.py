# SPDX-License-Identifier: GPL-2.0-only
"""ClockBound's clients on this module: an independent reader of shm0 finds it where
ClockBound has it, and no interval is wrong. usage: test_shm0.py KERNEL"""

import sys

import hypervisor
import vm

# /var/run as on every distribution; the links as systemd-tmpfiles makes them
COMMAND = '''
mkdir -p /var
ln -s /run /var/run
while read -r type path mode user group age target; do
	case $type in
	d) mkdir -p -m "$mode" "$path" ;;
	L) ln -s "$target" "$path" ;;
	esac
done </tmpfiles.conf
run shm0
sed 's/^/# /' /sys/kernel/clockbound/status
check 'the module is unloaded' rmmod clockbound
check '/dev/clockbound-shm0 is gone' [ ! -e /dev/clockbound-shm0 ]
if [ -e /sys/module/ptp_vmclock ]; then
	check "/dev/vmclock0 is ptp_vmclock's: it stays" [ -e /dev/vmclock0 ]
else
	check '/dev/vmclock0 is gone' [ ! -e /dev/vmclock0 ]
fi
'''

if __name__ == '__main__':
    sys.exit(hypervisor.run(sys.argv[1], COMMAND, ['shm0'],
                            {'/tmpfiles.conf': vm.TOP / 'dist' / 'clockbound.tmpfiles.conf'}))
