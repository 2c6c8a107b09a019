# SPDX-License-Identifier: GPL-2.0-only
"""The system clock as the source: no reading is wrong, no voided report is used,
while the clock is slewed and set. usage: test_system.py KERNEL"""

import sys

import hypervisor

COMMAND = '''
run system
sed 's/^/# /' /sys/kernel/clockbound/status
check 'the module is unloaded' rmmod clockbound
'''

if __name__ == '__main__':
    sys.exit(hypervisor.run(sys.argv[1], COMMAND, ['system']))
