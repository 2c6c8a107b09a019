# SPDX-License-Identifier: GPL-2.0-only
"""The system clock as the source: no reading is wrong, no voided report is used,
while the clock is slewed and set. usage: test_system.py KERNEL"""

import sys

import hypervisor

COMMAND = '''
system || rc=1
sed 's/^/# /' /sys/kernel/clockbound/status
rmmod clockbound || rc=1
exit $rc
'''

if __name__ == '__main__':
    sys.exit(hypervisor.run(sys.argv[1], COMMAND, ['system']))
