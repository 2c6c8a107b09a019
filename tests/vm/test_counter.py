# SPDX-License-Identifier: GPL-2.0-only
"""The counter and its CPUs: hot-unplug, another clocksource, a TSC that is declared
unstable. No reading is wrong. usage: test_counter.py KERNEL"""

import sys

import hypervisor
import vm

COMMAND = '''
run counter /clockbound_unstable.ko
sed 's/^/# /' /sys/kernel/clockbound/status
check 'the module is unloaded' rmmod clockbound
'''

if __name__ == '__main__':
    kernel = sys.argv[1]
    unstable = vm.module(kernel, 'tests/vm/clockbound_unstable')
    sys.exit(hypervisor.run(kernel, COMMAND, ['counter'],
                            {'/clockbound_unstable.ko': unstable}))
