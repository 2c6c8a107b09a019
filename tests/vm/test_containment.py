# SPDX-License-Identifier: GPL-2.0-only
"""Containment and freshness: no reading is wrong, none is stale, while the
hypervisor updates, disrupts and migrates. usage: test_containment.py KERNEL"""

import sys

import hypervisor

COMMAND = '''
containment || rc=1
moved || rc=1
marker || rc=1
follow || rc=1
sed 's/^/# /' /sys/kernel/clockbound/status
rmmod clockbound || rc=1
exit $rc
'''

if __name__ == '__main__':
    sys.exit(hypervisor.run(sys.argv[1], COMMAND, ['containment', 'moved', 'marker', 'follow']))
