# SPDX-License-Identifier: GPL-2.0-only
"""The hook in the timekeeping core, in a virtual machine that counts instructions: beside
a chronyd that disciplines the clock, and beside programs that are in the way. Prints the
lines of hook_world.c. usage: hook_in_vm.py KERNEL"""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'vm'))
import page
import test_sync
import vm

# First without the module: what lies between two notifiers anyway
COMMAND = '''
insmod /clockbound_hook.ko || exit 1
costs=/sys/kernel/debug/clockbound_hook/costs
echo >$costs
sleep 1
sed "s|^|hook empty |" $costs
insmod /clockbound.ko || exit 1
ip link set lo up
mkdir -p /var
ln -s /run /var/run
clockbound-bench-hook
rc=$?
[ $rc -eq 0 ] || for log in /tmp/*.log; do sed "s|^|# $(basename $log .log): |" $log; done
exit $rc
'''

# A measurement each 4 s: the daemon looks twice as often, but once a second at most
CHRONYD = test_sync.SERVER % (1, 'minpoll 2 maxpoll 2') + test_sync.CLIENT

# A tick each 4 ms, idle or not
APPEND = 'nohz=off'


def main(kernel):
    build = vm.TOP / 'build'
    files = {
        '/clockbound.ko': vm.module(kernel),
        '/clockbound_hook.ko': build / f'bench-{kernel}/clockbound_hook.ko',
        '/bin/clockbound-bench-hook': build / 'clockbound-bench-hook',
        '/bin/clockboundctl': build / 'clockboundctl.static',
        '/bin/guest-ntp': build / 'guest/ntp',
        **test_sync.chrony_files(),
    }

    with tempfile.TemporaryDirectory(prefix='clockbound-etc-') as etc:
        for name, text in {**test_sync.CONFIGURATION, 'client.conf': CHRONYD}.items():
            path = pathlib.Path(etc) / name
            path.write_text(text)
            files[f'/etc/{name}'] = path
        with vm.VM(kernel, COMMAND, files=files, timeout=1800, append=APPEND,
                   accel='icount', page=page.marker_only()) as machine:
            result = machine.run()
    print('\n'.join(result.lines))
    result.assert_clean()
    return result.exit_code


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
