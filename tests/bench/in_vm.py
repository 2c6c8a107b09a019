# SPDX-License-Identifier: GPL-2.0-only
"""The bench in a virtual machine with a stock kernel: the real device, and what the
timekeeping notifier costs. Prints the guest's lines. usage: in_vm.py KERNEL"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'vm'))
import page
import vm

COMMAND = '''
insmod /clockbound.ko || exit 1
clockbound-bench-device || exit 1
rmmod clockbound || exit 1
insmod /clockbound_bench.ko && rmmod clockbound_bench
'''

MARK = 'bench: kernel '

# A counter of 2 GHz, as fast as a TSC: below 1 GHz, readings go the long way.
COUNTER_PERIOD_SHIFT = 39
PAGE = bytearray(page.full())
PAGE[COUNTER_PERIOD_SHIFT] += 1


def main(kernel):
    files = {
        '/clockbound.ko': vm.module(kernel),
        '/clockbound_bench.ko': vm.TOP / f'build/bench-{kernel}/clockbound_bench.ko',
        '/bin/clockbound-bench-device': vm.TOP / 'build/clockbound-bench-device',
    }

    with vm.VM(kernel, COMMAND, files=files, timeout=600, page=PAGE) as machine:
        result = machine.run()
    result.assert_clean()
    lines = result.lines + ['kernel ' + text.split(MARK, 1)[1]
                            for _, text in result.kmsg if MARK in text]
    print('\n'.join(lines))
    return result.exit_code or not any(line.startswith('kernel ') for line in lines)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
