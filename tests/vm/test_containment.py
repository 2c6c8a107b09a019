# SPDX-License-Identifier: GPL-2.0-only
"""Containment and freshness: no reading is wrong, none is stale, while the
hypervisor updates, disrupts and migrates. usage: test_containment.py KERNEL"""

import sys

import hypervisor

COMMAND = '''
run containment
run moved
run marker
run follow
sed 's/^/# /' /sys/kernel/clockbound/status
check 'the module is unloaded' rmmod clockbound
'''

if __name__ == '__main__':
    sys.exit(hypervisor.run(sys.argv[1], COMMAND, ['containment', 'moved', 'marker', 'follow']))
