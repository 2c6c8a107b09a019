# SPDX-License-Identifier: GPL-2.0-only
"""Leap seconds: no reading is wrong and none is lost, while a second is inserted and
one is left out, by the hypervisor and by the kernel. usage: test_leap.py KERNEL"""

import sys

import hypervisor

COMMAND = '''
run leap
sed 's/^/# /' /sys/kernel/clockbound/status
check 'the module is unloaded' rmmod clockbound
'''

if __name__ == '__main__':
    sys.exit(hypervisor.run(sys.argv[1], COMMAND, ['leap']))
