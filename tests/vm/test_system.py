# SPDX-License-Identifier: GPL-2.0-only
"""The system clock as the source: no reading is wrong, no voided report is used,
while the clock is slewed and set. usage: test_system.py KERNEL"""

import sys

import hypervisor
import vm

COMMAND = '''
insmod /clockbound.ko || exit 1
vmhost-guest handshake 60 >/tmp/handshake &
echo "host: handshake 60"; read -r answer
wait
echo "# handshake: $answer"
rc=0
system || rc=1
cat /sys/kernel/clockbound/status | sed 's/^/# /'
rmmod clockbound || rc=1
exit $rc
'''


def main():
    kernel = sys.argv[1]
    guest = vm.TOP / 'build' / 'guest'
    files = {'/clockbound.ko': vm.module(kernel),
             '/bin/vmhost-guest': hypervisor.GUEST,
             '/bin/system': guest / 'system'}
    host = None
    with vm.VM(kernel, COMMAND, files=files, on_line=print,
               on_host=lambda text: host.ask(text)) as machine:
        with hypervisor.Hypervisor(machine) as host:
            result = machine.run()
    result.assert_clean()
    print('ok the kernel log is clean')
    return result.exit_code


if __name__ == '__main__':
    sys.exit(main())
